// SPDX-License-Identifier: Apache-2.0
#include "sim/iam/entities.h"

#include "base/text.h"
#include "sim/internal/trust_document.h"

namespace crossrole::sim::iam {
namespace {

constexpr std::size_t kTagsPerEntity = 50;

}  // namespace

std::string CallersUserName(const Call& call) {
  const policy::Principal& principal = call.caller->principal;
  if (principal.kind != policy::CallerKind::kUser) return "";
  return principal.arn.substr(principal.arn.rfind('/') + 1);
}

base::Result<Tags> ReadTags(const std::vector<aws::iam::Tag>& tags) {
  Tags read;
  for (const aws::iam::Tag& tag : tags) {
    if (FindTag(read, tag.key) != nullptr) {
      return Refuse("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    }
    if (base::Lower(tag.key).starts_with("aws:")) {
      return Refuse("InvalidInput", "aws: prefixed tag key names are not allowed for external use.");
    }
    read.push_back({tag.key, tag.value});
  }
  if (read.size() > kTagsPerEntity) return Refuse("LimitExceeded", "The number of tags has reached the maximum limit.");
  return read;
}

std::vector<aws::iam::Tag> ShowTags(const Tags& tags) {
  std::vector<aws::iam::Tag> shown;
  for (const Tag& tag : tags) shown.push_back({.key = tag.key, .value = tag.value});
  return shown;
}

base::Result<std::size_t> ReadPosition(const std::optional<std::string>& marker, std::size_t size) {
  if (!marker) return 0;
  const auto text = base::Base64Decode(*marker);
  if (!text || text->empty() || text->find_first_not_of("0123456789") != std::string::npos || text->size() > 9) {
    return Invalid("Invalid Marker.");
  }
  return std::min(size, static_cast<std::size_t>(std::stoul(*text)));
}

base::Status CheckBoundary(const Call& call, const std::string& arn) {
  if (call.world.FindPolicy(call.account(), arn)) return {};
  return Refuse("NoSuchEntity", "Scope ARN: " + arn + " does not exist or is not attachable.");
}

std::optional<aws::iam::AttachedPermissionsBoundary> ShowBoundary(const std::string& arn) {
  if (arn.empty()) return std::nullopt;
  // The model names a longer word here; this is what IAM answers.
  return aws::iam::AttachedPermissionsBoundary{.permissions_boundary_type = "Policy", .permissions_boundary_arn = arn};
}

aws::iam::Role ShowRole(const Call& call, const Role& role, Show show) {
  aws::iam::Role shown{.path = role.path,
                       .role_name = role.name,
                       .role_id = role.id,
                       .arn = role.arn,
                       .create_date = call.Shown(role.created),
                       .assume_role_policy_document = base::PercentEncode(ShowTrust(call.world, role.trust)),
                       .max_session_duration = static_cast<std::int32_t>(role.max_session.count())};
  if (role.has_description) shown.description = role.description;
  if (show == Show::kListed) return shown;
  shown.permissions_boundary = ShowBoundary(role.boundary);
  shown.tags = ShowTags(role.tags);
  shown.role_last_used.emplace();
  const auto used = call.account().last_use.find(role.id);
  if (used != call.account().last_use.end()) {
    shown.role_last_used->last_used_date = call.Shown(used->second.at);
    shown.role_last_used->region = used->second.region;
  }
  return shown;
}

aws::iam::User ShowUser(const Call& call, const User& user, Show show) {
  aws::iam::User shown{.path = user.path,
                       .user_name = user.name,
                       .user_id = user.id,
                       .arn = user.arn,
                       .create_date = call.Shown(user.created)};
  if (show == Show::kListed) return shown;
  shown.permissions_boundary = ShowBoundary(user.boundary);
  shown.tags = ShowTags(user.tags);
  return shown;
}

aws::iam::Group ShowGroup(const Call& call, const Group& group) {
  return {.path = group.path,
          .group_name = group.name,
          .group_id = group.id,
          .arn = group.arn,
          .create_date = call.Shown(group.created)};
}

base::Status AuthorizeTags(const Call& call, Ask ask, std::string_view word, const std::vector<aws::iam::Tag>& tags) {
  if (tags.empty()) return {};
  ask.action = "iam:Tag" + std::string(word);
  return Authorize(call, ask);
}

void OnEntity::AddTags(policy::ContextMap& context, const std::vector<aws::iam::Tag>& tags) {
  Tags read;
  for (const aws::iam::Tag& tag : tags) read.push_back({tag.key, tag.value});
  AddRequestTags(context, read);
}

}  // namespace crossrole::sim::iam
