// SPDX-License-Identifier: Apache-2.0
#include "organization/internal/member_pace.h"

#include <algorithm>
#include <utility>

namespace crossrole::organization {
namespace {

constexpr std::size_t kFewMembers = 50;
constexpr std::chrono::seconds kFewPause{10};
constexpr std::chrono::seconds kManyPause{60};
constexpr std::chrono::minutes kLongestPause{30};
constexpr int kPartOfSilence = 8;

}  // namespace

MemberPace PaceFor(std::size_t unproven, std::chrono::seconds interval) {
  return {.shortest = unproven <= kFewMembers ? kFewPause : kManyPause, .interval = interval};
}

std::optional<base::Time> NextProbeAt(const store::Connection& member, std::optional<base::Time> last, const MemberPace& pace) {
  if (member.state == store::ConnectionState::kSuspended) return std::nullopt;
  if (member.state == store::ConnectionState::kActive) {
    return member.last_success_at ? *member.last_success_at + pace.interval : member.updated_at;
  }
  if (!last || *last < member.updated_at) return member.updated_at;
  const std::chrono::microseconds longest = std::max<std::chrono::microseconds>(pace.shortest, kLongestPause);
  return *last + std::clamp<std::chrono::microseconds>((*last - member.updated_at) / kPartOfSilence, pace.shortest, longest);
}

MemberRound DivideMembers(std::vector<store::Connection> members, const LastProbes& probes, const MemberPace& pace, base::Time now) {
  MemberRound round;
  for (store::Connection& member : members) {
    if (!member.folder) continue;
    const auto last = probes.find(member.id);
    const auto at = NextProbeAt(member, last == probes.end() ? std::nullopt : std::optional(last->second), pace);
    if (!at) continue;
    if (*at <= now) {
      round.due.push_back(std::move(member));
    } else {
      round.next = std::min(round.next.value_or(*at), *at);
    }
  }
  return round;
}

}  // namespace crossrole::organization
