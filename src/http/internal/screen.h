// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "http/internal/wire.h"
#include "http/limits.h"
#include "http/message.h"
#include "http/target.h"

namespace crossrole::http::internal {

/// The hosts a server answers for.
class HostList {
 public:
  explicit HostList(const std::vector<std::string>& hosts = {});
  /// Whether `host`, as `ParseHost` gives it, is one of them or a loopback name.
  bool Allows(std::string_view host) const;

 private:
  std::set<std::string, std::less<>> hosts_;
  bool any_ = false;
};

/// The head of a request, to be judged.
struct RequestHead {
  std::string_view method;
  std::string_view target;
  int version = 11;
  const Headers& headers;
};

/// What judging depends on.
struct ScreenRules {
  const Limits& limits;
  const HostList& hosts;
  std::function<std::string()> local_address;  // of the connection; asked only for hosts that are not on the list
};

/// Judges a head: framing that two readers may read differently, `Host`, target, `Expect`. Gives the target taken
/// apart, or why the request is refused. Pure.
std::expected<Target, Refusal> ScreenHead(const RequestHead& head, const ScreenRules& rules);

/// Whether the client waits for `100 Continue`.
bool ExpectsContinue(const RequestHead& head);

}  // namespace crossrole::http::internal
