// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "model/ids.h"
#include "store/connections.h"

namespace crossrole::organization {

/// How often members are probed.
struct MemberPace {
  std::chrono::seconds shortest{10};   // between two probes of a member that is not proven
  std::chrono::seconds interval{86400};  // between two of one that is, as of integrations
};
/// That for `unproven` members: many are given more time.
MemberPace PaceFor(std::size_t unproven, std::chrono::seconds interval);

/// When each member was probed last, as far as this process knows.
using LastProbes = std::map<model::ConnectionId, base::Time>;

/// When a member is probed next; nothing: not at all, while it is suspended. Pure.
///
/// One that is not proven is probed at once when something about it has changed since the last probe, and when no probe of it is
/// known. Then the pause is an eighth of the time for which it has been as it is, from `pace.shortest` up to 30 minutes: a role that
/// comes late is found after that at the latest. One that is proven is probed again after `pace.interval`.
std::optional<base::Time> NextProbeAt(const store::Connection& member, std::optional<base::Time> last, const MemberPace& pace);

/// What is to be probed now, and when to look again.
struct MemberRound {
  std::vector<store::Connection> due{};
  std::optional<base::Time> next{};  // of those that are not due
};
/// Divides `members`. Connections that no listing has brought are none.
MemberRound DivideMembers(std::vector<store::Connection> members, const LastProbes& probes, const MemberPace& pace, base::Time now);

}  // namespace crossrole::organization
