// SPDX-License-Identifier: Apache-2.0
// Configuration files (TOML): what loads has only known keys with values of their kind, and printing shows no secret.
#include <string>

#include "app/configuration.h"
#include "input.h"

using crossrole::fuzz::Require;
namespace app = crossrole::app;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const app::Configuration::Sources sources{.file_text = std::string(crossrole::fuzz::TextOf(data, size)), .file_name = "crossrole.toml"};
  const auto loaded = app::Configuration::Load(sources);
  if (!loaded) {
    Require(!loaded.error().message.empty() && loaded.error().message.find('\0') == std::string::npos);
    return 0;
  }
  const std::string printed = loaded->Print();
  for (const app::ConfigurationKey& key : app::ConfigurationKeys()) {
    const std::string& text = loaded->Text(key.name);
    switch (key.kind) {
      case app::KeyKind::kInteger:
        if (!text.empty()) (void)loaded->Integer(key.name);
        break;
      case app::KeyKind::kNumber:
        if (!text.empty()) (void)loaded->Number(key.name);
        break;
      case app::KeyKind::kBoolean:
        if (!text.empty()) (void)loaded->Boolean(key.name);
        break;
      case app::KeyKind::kSecret:
        // Short ones may occur elsewhere by chance.
        Require(text.size() < 12 || printed.find(text) == std::string::npos);
        break;
      case app::KeyKind::kText:
        break;
    }
  }
  return 0;
}
