// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/data_directory.h"
#include "app/installation.h"
#include "app/signals.h"
#include "aws/curl_transport.h"
#include "base/json.h"
#include "http/server.h"
#include "sim/cloud.h"

namespace crossrole::app {
namespace {

namespace json = boost::json;
using base::Code;
using base::Fail;

constexpr std::string_view kMark = "demo";  // a file that tells a demo's directory from an installation's

// The directory of a demo: a temporary one that dies with it, or one that a demo made before.
struct DemoDirectory {
  std::string path;
  bool temporary = false;
  DemoDirectory(std::string where, bool is_temporary) : path(std::move(where)), temporary(is_temporary) {}
  DemoDirectory(const DemoDirectory&) = delete;
  DemoDirectory& operator=(const DemoDirectory&) = delete;
  ~DemoDirectory() {
    std::error_code ignored;
    if (temporary) std::filesystem::remove_all(path, ignored);
  }
};

base::Result<std::string> PrepareDirectory(const std::optional<std::string>& given) {
  if (!given) {
    std::string pattern = (std::filesystem::temp_directory_path() / "crossrole-demo-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) return Fail(Code::kUnavailable, "no temporary directory can be made");
    return pattern;
  }
  const bool empty = !std::filesystem::exists(*given) || std::filesystem::is_empty(*given);
  if (!empty && !std::filesystem::exists(*given + "/" + std::string(kMark))) {
    return Fail({.code = Code::kFailedPrecondition,
                 .message = fmt::format("`{}` was not made by a demo", *given),
                 .fix = "give an empty directory, or none"});
  }
  std::error_code error;
  std::filesystem::create_directories(*given, error);
  std::ofstream(*given + "/" + std::string(kMark)) << "a demo\n";
  return *given;
}

struct SimulatedAws {
  base::SystemClock clock{};
  base::SystemRandom random{};
  aws::CurlTransport transport{aws::CurlOptions{}};  // to the issuers of web identity tokens, as the demo's own server is one
  std::unique_ptr<sim::Cloud> cloud{};
  std::unique_ptr<http::Server> server{};
};

base::Status StartSim(SimulatedAws& sim, const std::string& listen) {
  TRY_ASSIGN(const ListenAddress address, ParseListenAddress(listen));
  sim.cloud = std::make_unique<sim::Cloud>(sim::CloudOptions{.clock = &sim.clock, .random = &sim.random, .transport = &sim.transport});
  TRY_ASSIGN(sim.server, http::Server::Start({.address = address.host, .port = address.port, .clock = &sim.clock},
                                             [&sim](const http::Request& request, const http::Responder& responder) {
                                               sim::Serve(*sim.cloud, request, responder);
                                             }));
  sim.server->SetReady(true);
  return {};
}

// Nothing of the user's own AWS configuration may leak into a demo.
base::Environment DemoEnvironment(const SimulatedAws& sim, const base::Environment& real) {
  base::Environment environment;
  for (const auto& [name, value] : real) {
    if (!name.starts_with("AWS_") && !name.starts_with("CROSSROLE_")) environment.emplace(name, value);
  }
  const sim::AccountKeys platform = sim.cloud->Accounts().front();
  environment["AWS_ACCESS_KEY_ID"] = platform.access_key_id;
  environment["AWS_SECRET_ACCESS_KEY"] = platform.secret_access_key;
  environment["AWS_REGION"] = "us-east-1";
  environment["AWS_ENDPOINT_URL"] = sim.server->url();
  environment["AWS_EC2_METADATA_DISABLED"] = "true";
  environment["AWS_CONFIG_FILE"] = "/dev/null";
  environment["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null";
  return environment;
}

std::string Executable() {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "crossrole" : path.string();
}

std::string ScriptFor(std::string_view name, std::string_view directory, std::string_view body) {
  const std::string file = fmt::format("{}/{}", directory, name);
  std::ofstream(file) << body;
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  return file;
}

struct DemoFacts {
  std::string api_url;
  std::string sim_url;
  std::string token_file;
  std::string directory;
  sim::AccountKeys customer;
};

// What the three commands share: where everything is, and the customer's keys of the simulation.
std::string Prelude(const DemoFacts& facts) {
  return fmt::format(
      "#!/bin/sh\n# A simulation: these keys open nothing at AWS.\nset -eu\n"
      "export CROSSROLE_SERVER='{}' CROSSROLE_TOKEN=\"$(cat '{}')\"\ncrossrole='{}'\n"
      "simulated_aws() {{ AWS_ENDPOINT_URL='{}' AWS_ACCESS_KEY_ID='{}' AWS_SECRET_ACCESS_KEY='{}' AWS_REGION=us-east-1 "
      "\"$crossrole\" sim-call \"$@\"; }}\n",
      facts.api_url, facts.token_file, Executable(), facts.sim_url, facts.customer.access_key_id, facts.customer.secret_access_key);
}

std::vector<std::string> WriteCommands(const DemoFacts& facts) {
  const std::string& account = facts.customer.account_id;
  const std::string connect = Prelude(facts) + fmt::format(
      "\"$crossrole\" integration create --handle demo --kind account --account-id {0} >/dev/null\n"
      "\"$crossrole\" integration setup demo cloudformation > '{1}/template.yaml'\n"
      "simulated_aws create-stack demo '{1}/template.yaml'\n"
      "\"$crossrole\" integration verify demo --wait-seconds 30\n",
      account, facts.directory);
  const std::string open = Prelude(facts) + fmt::format(
      "\"$crossrole\" integration create --handle open --kind account --account-id {0} --role-name OpenRole --role-path / >/dev/null\n"
      "simulated_aws create-open-role OpenRole \"$(\"$crossrole\" integration show open --output json)\"\n"
      "\"$crossrole\" integration connect open arn:aws:iam::{0}:role/OpenRole >/dev/null\n"
      "\"$crossrole\" integration verify open --wait-seconds 10 || true\n",
      account);
  const std::string run = Prelude(facts) +
      "if command -v aws >/dev/null 2>&1 && aws --version 2>&1 | grep -Eq 'aws-cli/(1\\.(29|[3-9][0-9])|2\\.(1[3-9]|[2-9][0-9]))'; then\n"
      "  exec \"$crossrole\" exec --integration demo -- aws sts get-caller-identity\n"
      "fi\n"
      "exec \"$crossrole\" exec --integration demo -- \"$crossrole\" sim-call get-caller-identity\n";
  return {ScriptFor("1-connect", facts.directory, connect), ScriptFor("2-refused", facts.directory, open),
          ScriptFor("3-exec", facts.directory, run)};
}

void Announce(const cli::Context& context, const DemoFacts& facts, const std::vector<std::string>& commands) {
  if (context.output == cli::Output::kJson) {
    json::array list(commands.begin(), commands.end());
    cli::Print(base::PrintJson(json::object{{"api_url", facts.api_url},
                                            {"console_url", nullptr},
                                            {"sim_url", facts.sim_url},
                                            {"token_file", facts.token_file},
                                            {"commands", std::move(list)}}) +
               "\n");
    return;
  }
  cli::Print(fmt::format(
      "Crossrole demo: everything here is a simulation; no key below opens anything at AWS.\n\n"
      "  API            {}\n  simulated AWS  {}\n  sign in with   {}  (simulation)\n  customer       account {}, key {}  (simulation)\n\n"
      "Three commands to try, in another terminal:\n\n"
      "  {}   connect the customer's account by CloudFormation, and prove the trust\n"
      "  {}   a second role, without the condition: refused, with its finding\n"
      "  {}      run a command with temporary credentials\n\nStop with Ctrl-C.\n",
      facts.api_url, facts.sim_url, facts.token_file, facts.customer.account_id, facts.customer.access_key_id, commands[0], commands[1],
      commands[2]));
}

}  // namespace

int RunDemo(const cli::Context& context, const cli::Arguments& arguments) {
  HardenProcess();
  const auto given = arguments.Text("--data");
  const auto path = PrepareDirectory(given);
  if (!path) return cli::PrintError(context, path.error());
  const DemoDirectory directory(*path, !given.has_value());
  BlockSignals();
  SimulatedAws sim;
  if (const auto started = StartSim(sim, arguments.Text("--sim-listen").value_or("127.0.0.1:0")); !started) {
    return cli::PrintError(context, started.error());
  }
  auto configuration = Configuration::Load({.command_line = {{"server.listen", arguments.Text("--listen").value_or("127.0.0.1:0")},
                                                             {"log.level", "error"}}});
  if (!configuration) return cli::PrintError(context, configuration.error());
  base::Log log;
  auto installation = Installation::Open({.configuration = *configuration,
                                          .environment = DemoEnvironment(sim, context.environment),
                                          .data = directory.path + "/data",
                                          .log = &log});
  if (!installation) return cli::PrintError(context, installation.error());
  if (const auto started = (*installation)->Start(); !started) return cli::PrintError(context, started.error());
  const DemoFacts facts{.api_url = (*installation)->url(),
                        .sim_url = sim.server->url(),
                        .token_file = (*installation)->token_file(),
                        .directory = directory.path,
                        .customer = sim.cloud->Accounts().at(1)};
  Announce(context, facts, WriteCommands(facts));
  WaitForStop([] {});
  (*installation)->Stop();
  sim.server->Drain(base::Deadline::After(std::chrono::seconds(2)));
  return 0;
}

}  // namespace crossrole::app
