// SPDX-License-Identifier: Apache-2.0
#include "app/data_path.h"

namespace crossrole::app {

std::string DataPath(const cli::Context& context, const cli::Arguments& arguments) {
  if (const auto data = arguments.Text("--data")) return *data;
  const std::string_view xdg = base::Get(context.environment, "XDG_DATA_HOME");
  if (!xdg.empty()) return std::string(xdg) + "/crossrole";
  const std::string_view home = base::Get(context.environment, "HOME");
  return std::string(home.empty() ? "." : home) + "/.local/share/crossrole";
}

}  // namespace crossrole::app
