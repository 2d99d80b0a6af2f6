// SPDX-License-Identifier: Apache-2.0
#include "session/limits.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "model/partition.h"

namespace crossrole::session {
namespace {

using base::Code;
using base::Error;
using base::Fail;
using std::chrono::seconds;

constexpr seconds kShortest{900};
constexpr seconds kLongestChained{3600};
constexpr std::size_t kLongestPolicy = 2048;
constexpr std::size_t kMostPolicyArns = 10;
constexpr std::size_t kMostTags = 50;
constexpr std::string_view kTagPrefix = "x:";

std::unexpected<Error> Refuse(std::string_view field, std::string message, std::string fix = "") {
  return Fail(Error{.code = Code::kInvalidArgument,
                    .message = std::move(message),
                    .field = std::string(field),
                    .fix = std::move(fix)});
}

bool IsSessionNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_+=,.@-").contains(c);
}

// Code points, since AWS counts characters, not bytes.
std::size_t Length(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

bool IsTagCharacter(char c) {
  // Everything beyond ASCII may be a letter; STS has the last word on those.
  return (c & 0x80) != 0 || IsSessionNameCharacter(c) || std::string_view(" :/").contains(c);
}

base::Status CheckTags(const std::map<std::string, std::string>& tags) {
  if (tags.size() + 6 > kMostTags) return Refuse("tags", fmt::format("more than {} tags", kMostTags - 6));
  std::string previous;
  for (const auto& [key, value] : tags) {
    if (base::Lower(key).starts_with("crossrole:")) {
      return Refuse("tags", fmt::format("the tag `{}` is reserved", base::Shortened(key, 80)), "choose a key without `crossrole:`");
    }
    if (key.empty() || Length(key) > 128 - kTagPrefix.size() || Length(value) > 256 || !base::IsUtf8(key) ||
        !base::IsUtf8(value) || !std::ranges::all_of(key, IsTagCharacter) || !std::ranges::all_of(value, IsTagCharacter)) {
      return Refuse("tags", fmt::format("the tag `{}` is not one that STS takes", base::Shortened(key, 80)));
    }
    for (const auto& [other, unused] : tags) {
      if (&other != &key && base::EqualsIgnoreCase(other, key)) {
        return Refuse("tags", fmt::format("the tags `{}` and `{}` differ by case only", key, other));
      }
    }
  }
  return {};
}

base::Status CheckNarrowing(const model::Integration& integration, const MintRequest& request) {
  if (request.session_policy.size() > kLongestPolicy) {
    return Refuse("session_policy", fmt::format("the session policy is longer than {} characters", kLongestPolicy));
  }
  if (request.policy_arns.size() > kMostPolicyArns) {
    return Refuse("policy_arns", fmt::format("more than {} policy ARNs", kMostPolicyArns));
  }
  for (const std::string& text : request.policy_arns) {
    const auto arn = model::Arn::Parse(text);
    if (!arn || arn->service != "iam" || !arn->resource.starts_with("policy/") ||
        arn->partition != model::FactsOf(integration.partition).name) {
      return Refuse("policy_arns", fmt::format("`{}` is not the ARN of a policy in this partition", base::Shortened(text, 120)));
    }
  }
  return {};
}

std::string NameFor(const model::Integration& integration, const model::Actor& actor, std::string_view tenant_handle,
                    const MintRequest& request) {
  if (!request.session_name.empty()) return SessionNameFrom(actor.id + "@" + request.session_name);
  const std::string_view what = request.stack.empty() ? std::string_view(integration.handle.text()) : request.stack;
  return SessionNameFrom(fmt::format("{}@{}@{}", actor.id, what, tenant_handle));
}

std::map<std::string, std::string> TagsFor(const model::Integration& integration, const model::Actor& actor,
                                           const MintRequest& request) {
  std::map<std::string, std::string> tags;
  if (!integration.session_tags) return tags;
  for (const auto& [key, value] : request.tags) tags.emplace(std::string(kTagPrefix) + key, value);
  tags["crossrole:tenant"] = integration.tenant.text();
  tags["crossrole:space"] = integration.space.text();
  tags["crossrole:integration"] = integration.id.text();
  if (!request.stack.empty()) tags["crossrole:stack"] = request.stack;
  if (actor.id.starts_with("run_")) tags["crossrole:run"] = actor.id;
  if (request.phase) tags["crossrole:phase"] = std::string(model::NameOf(*request.phase));
  return tags;
}

}  // namespace

std::string SessionNameFrom(std::string_view text) {
  std::string name(base::Shortened(text, 64));
  std::ranges::replace_if(name, [](char c) { return !IsSessionNameCharacter(c); }, '-');
  return name;
}

base::Result<SessionPlan> PlanSession(const model::Integration& integration, const model::Actor& actor,
                                      std::string_view tenant_handle, const MintRequest& request, integration::Chaining chaining) {
  const seconds asked = request.duration.value_or(integration.duration);
  if (asked < kShortest) {
    return Refuse("duration_seconds", fmt::format("a session lasts at least {} seconds", kShortest.count()));
  }
  if (asked > integration.duration) {
    return Refuse("duration_seconds",
                  fmt::format("{} seconds are more than the {} that this integration allows", asked.count(),
                              integration.duration.count()),
                  "ask for less, or raise `duration_seconds` of the integration");
  }
  if (!request.region.empty() && !model::IsRegion(integration.partition, request.region)) {
    return Refuse("region", fmt::format("`{}` is not a region of {}", base::Shortened(request.region, 80),
                                        model::FactsOf(integration.partition).name));
  }
  if (!request.tags.empty() && !integration.session_tags) {
    return Refuse("tags", "this integration sends no session tags", "switch `session_tags` on, and allow sts:TagSession");
  }
  TRY(CheckTags(request.tags));
  TRY(CheckNarrowing(integration, request));

  SessionPlan plan{.asked = asked,
                   .duration = asked,
                   .session_name = NameFor(integration, actor, tenant_handle, request),
                   .source_identity = integration.source_identity ? SessionNameFrom(actor.id) : "",
                   .tags = TagsFor(integration, actor, request),
                   .region = request.region.empty() ? integration.region : request.region};
  if (chaining == integration::Chaining::kYes && plan.duration > kLongestChained) {
    plan.duration = kLongestChained;
    plan.limited_by = LimitedBy::kChaining;
  }
  return plan;
}

SessionPlan LimitToRole(SessionPlan plan, std::chrono::seconds maximum) {
  if (plan.duration > maximum) {
    plan.duration = maximum;
    plan.limited_by = LimitedBy::kRoleMaximum;
  }
  return plan;
}

}  // namespace crossrole::session
