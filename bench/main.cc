// SPDX-License-Identifier: Apache-2.0
// The native half of `make bench`: crossrole_bench COMMAND --name value … prints one JSON object. bench.py drives it.
#include <cstdio>
#include <map>
#include <string>

#include "base/json.h"
#include "commands.h"

int main(int argc, char** argv) {
  using namespace crossrole;
  const std::map<std::string, boost::json::object (*)(const bench::Arguments&)> commands = {
      {"http", bench::RunHttp}, {"sts", bench::RunSts},       {"client", bench::RunClient}, {"audit", bench::RunAudit},
      {"sync", bench::RunSync}, {"policy", bench::RunPolicy}, {"tenant", bench::RunTenant},
      {"password", bench::RunPassword},
  };
  const auto command = commands.find(argc > 1 ? argv[1] : "");
  if (command == commands.end()) {
    std::fputs("usage: crossrole_bench COMMAND --name value ...\n", stderr);
    return 2;
  }
  std::puts(base::PrintJson(command->second(bench::Arguments(argc, argv))).c_str());
  return 0;
}
