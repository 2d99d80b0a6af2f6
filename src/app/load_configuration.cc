// SPDX-License-Identifier: Apache-2.0
#include "app/load_configuration.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace crossrole::app {
namespace {

constexpr const char* kDefaultFile = "/etc/crossrole/crossrole.toml";

}  // namespace

base::Result<Configuration> LoadConfiguration(const cli::Context& context, const cli::Arguments& arguments, std::string_view flag) {
  Configuration::Sources sources{.environment = context.environment};
  const auto named = arguments.Text(flag);
  const std::string file = named.value_or(kDefaultFile);
  if (std::error_code none; named || std::filesystem::exists(file, none)) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    if (!stream) return base::Fail(base::Code::kInvalidArgument, fmt::format("`{}` cannot be read", file));
    sources.file_text = text.str();
    sources.file_name = file;
  }
  if (const auto listen = arguments.Text("--listen")) sources.command_line["server.listen"] = *listen;
  return Configuration::Load(sources);
}

}  // namespace crossrole::app
