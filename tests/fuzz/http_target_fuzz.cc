// SPDX-License-Identifier: Apache-2.0
// Request targets, forms and Host headers: an accepted path has nothing that two readers understand differently.
#include "http/target.h"
#include "input.h"

using crossrole::fuzz::Require;
namespace http = crossrole::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = crossrole::fuzz::TextOf(data, size);
  if (const auto target = http::ParseTarget(text)) {
    Require(target->path == "*" || target->path.starts_with('/'));
    const std::string bounded = target->path + "/";
    Require(bounded.find("/../") == std::string::npos && bounded.find("/./") == std::string::npos);
    Require(target->path.find('\0') == std::string::npos && target->path.find('\\') == std::string::npos);
    Require(target->query.size() <= 200);
  }
  (void)http::ParseForm(text);
  if (const auto host = http::ParseHost(text)) Require(host->find('/') == std::string::npos && host->find('@') == std::string::npos);
  return 0;
}
