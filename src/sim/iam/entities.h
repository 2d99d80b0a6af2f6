// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "aws/iam.h"
#include "base/crypto.h"
#include "policy/context.h"
#include "sim/call.h"
#include "sim/internal/refuse.h"

// What the handlers of IAM share: users, groups and roles are handled by one template wherever they behave alike.

namespace crossrole::sim::iam {

/// Inputs by the kind of entity they name.
template <typename Input>
concept NamesRole = requires(const Input& input) { input.role_name; };
template <typename Input>
concept NamesGroup = requires(const Input& input) { input.group_name; };
template <typename Input>
concept NamesUser = requires(const Input& input) { input.user_name; } && !NamesGroup<Input>;

/// `Role`, `Group` or `User`: what an input is about.
template <typename Input>
using EntityOf = std::conditional_t<NamesRole<Input>, Role, std::conditional_t<NamesGroup<Input>, Group, User>>;

/// "role", "group" or "user".
template <typename T>
constexpr std::string_view WordOf() {
  if constexpr (std::is_same_v<T, Role>) return "role";
  if constexpr (std::is_same_v<T, Group>) return "group";
  return "user";
}

/// The same with a capital, as some of IAM's messages begin.
template <typename T>
constexpr std::string_view TitleOf() {
  if constexpr (std::is_same_v<T, Role>) return "Role";
  if constexpr (std::is_same_v<T, Group>) return "Group";
  return "User";
}

/// The catalog of an account that holds `T`.
template <typename T, typename AccountType>
auto& CatalogOf(AccountType& account) {
  if constexpr (std::is_same_v<T, Role>) return account.roles;
  else if constexpr (std::is_same_v<T, Group>) return account.groups;
  else return account.users;
}

/// The name of the user whose credentials are used; "" for roles.
std::string CallersUserName(const Call& call);

/// The name in an input; a missing user name means the caller.
template <typename Input>
std::string NameIn(const Call& call, const Input& input) {
  if constexpr (NamesRole<Input>) return input.role_name;
  else if constexpr (NamesGroup<Input>) return input.group_name;
  else if constexpr (std::is_same_v<decltype(input.user_name), const std::string> ||
                     std::is_same_v<decltype(input.user_name), std::string>)
    return input.user_name;
  else return input.user_name ? *input.user_name : CallersUserName(call);
}

/// The entity an input names. Errors: NoSuchEntity; ValidationError when no user is named and the caller is none.
template <typename Input>
base::Result<std::shared_ptr<const EntityOf<Input>>> FindEntity(const Call& call, const Input& input) {
  using T = EntityOf<Input>;
  const std::string name = NameIn(call, input);
  if (name.empty()) return Invalid("Must specify userName when calling with non-User credentials");
  auto found = CatalogOf<T>(call.account()).Find(name);
  if (!found) {
    return Refuse("NoSuchEntity", "The " + std::string(WordOf<T>()) + " with name " + name + " cannot be found.");
  }
  return found;
}

/// The same for changes. Errors: UnmodifiableEntity for roles that only AWS changes.
template <typename Input>
base::Result<std::shared_ptr<const EntityOf<Input>>> FindChangeable(const Call& call, const Input& input) {
  TRY_ASSIGN(auto found, FindEntity(call, input));
  if (std::is_same_v<EntityOf<Input>, Role> &&
      (found->path.starts_with("/aws-service-role/") || found->path.starts_with("/aws-reserved/"))) {
    return Refuse("UnmodifiableEntity", "Cannot perform the operation on the protected role '" + found->name +
                                            "' - this role is only modifiable by AWS");
  }
  return found;
}

/// Tags of a request. Errors: InvalidInput for keys that occur twice or begin with `aws:`, LimitExceeded for over 50.
base::Result<Tags> ReadTags(const std::vector<aws::iam::Tag>& tags);
/// The same the other way round.
std::vector<aws::iam::Tag> ShowTags(const Tags& tags);
/// A boundary that is a policy which exists. Errors: NoSuchEntity.
base::Status CheckBoundary(const Call& call, const std::string& arn);
/// How boundaries are shown.
std::optional<aws::iam::AttachedPermissionsBoundary> ShowBoundary(const std::string& arn);

/// Whether an answer shows everything (Get…) or what lists show.
enum class Show : std::uint8_t { kWhole, kListed };
/// Entities as answers show them.
aws::iam::Role ShowRole(const Call& call, const Role& role, Show show);
aws::iam::User ShowUser(const Call& call, const User& user, Show show);
aws::iam::Group ShowGroup(const Call& call, const Group& group);

/// The text of a member that may be optional.
inline std::string_view TextOf(const std::string& text) { return text; }
inline std::string_view TextOf(const std::optional<std::string>& text) { return *text; }

/// Puts one page of `items`, sorted by `key`, into `list`, and the marker of the next into `output`.
template <typename Input, typename Output, typename Item, typename Key>
base::Status Page(const Input& input, std::vector<Item> items, Key key, std::vector<Item>& list, Output& output) {
  const policy::LessIgnoringCase less;
  std::ranges::sort(items, [&](const Item& a, const Item& b) { return less(key(a), key(b)); });
  auto first = items.begin();
  if (input.marker) {
    const base::Result<std::string> last = base::Base64Decode(*input.marker);
    if (!last || last->empty()) return Invalid("Invalid Marker.");
    first = std::ranges::find_if(items, [&](const Item& item) { return less(*last, key(item)); });
  }
  const std::ptrdiff_t wanted = input.max_items.value_or(100);
  const auto end = items.end() - first > wanted ? first + wanted : items.end();
  output.is_truncated = end != items.end();
  if (*output.is_truncated) output.marker = base::Base64Encode(key(*(end - 1)));
  list.assign(std::make_move_iterator(first), std::make_move_iterator(end));
  return {};
}

/// Where a list goes on whose pages are by position. Errors: ValidationError.
base::Result<std::size_t> ReadPosition(const std::optional<std::string>& marker, std::size_t size);

/// What most operations ask for: the entity they name, with its tags, its boundary and the request's own keys.
struct OnEntity {
  template <typename Input>
  Ask operator()(const Call& call, const Input& input) const {
    using T = EntityOf<Input>;
    const std::string name = NameIn(call, input);
    const std::string word(WordOf<T>());
    Ask ask{.resource = call.account().IamArn(word + "/" + name), .label = word + " " + name};
    if (const auto found = CatalogOf<T>(call.account()).Find(name)) {
      ask.resource = found->arn;
      if constexpr (!std::is_same_v<T, Group>) {
        AddResourceTags(ask.context, found->tags);
        if (!found->boundary.empty()) ask.context.Set("iam:PermissionsBoundary", found->boundary);
      }
    }
    if constexpr (requires { input.policy_arn; }) ask.context.Set("iam:PolicyARN", input.policy_arn);
    if constexpr (requires { input.permissions_boundary; }) {
      ask.context.Set("iam:PermissionsBoundary", input.permissions_boundary);
    }
    if constexpr (requires { input.tag_keys; }) ask.context.SetList("aws:TagKeys", input.tag_keys);
    if constexpr (requires { input.tags; }) AddTags(ask.context, input.tags);
    return ask;
  }
  /// Adds the keys for tags of a request.
  static void AddTags(policy::ContextMap& context, const std::vector<aws::iam::Tag>& tags);
};

/// For operations that make an entity: its ARN to be.
struct OnNewEntity {
  template <typename Input>
  Ask operator()(const Call& call, const Input& input) const {
    const std::string word(WordOf<EntityOf<Input>>());
    Ask ask{.resource = call.account().IamArn(word + input.path.value_or("/") + NameIn(call, input))};
    if constexpr (requires { input.permissions_boundary; }) {
      if (input.permissions_boundary) ask.context.Set("iam:PermissionsBoundary", *input.permissions_boundary);
    }
    if constexpr (requires { input.tags; }) OnEntity::AddTags(ask.context, input.tags);
    return ask;
  }
};

/// Whether the caller may also tag what it makes: IAM asks for iam:TagRole, iam:TagUser … when tags come along.
/// `ask` is that for the making; `word` "Role", "User" or "Policy". Errors: AccessDenied.
base::Status AuthorizeTags(const Call& call, Ask ask, std::string_view word, const std::vector<aws::iam::Tag>& tags);

/// For operations on a managed policy.
struct OnPolicy {
  template <typename Input>
  Ask operator()(const Call& call, const Input& input) const {
    Ask ask{.resource = input.policy_arn, .label = "policy " + input.policy_arn};
    if (const auto found = call.world.FindPolicy(call.account(), input.policy_arn)) {
      AddResourceTags(ask.context, found->tags);
    }
    if constexpr (requires { input.tag_keys; }) ask.context.SetList("aws:TagKeys", input.tag_keys);
    if constexpr (requires { input.tags; }) OnEntity::AddTags(ask.context, input.tags);
    return ask;
  }
};

/// For lists: `arn:aws:iam::<account>:<word>/`.
struct OnAll {
  std::string_view word;
  template <typename Input>
  Ask operator()(const Call& call, const Input& input) const {
    return {.resource = call.account().IamArn(std::string(word) + input.path_prefix.value_or("/"))};
  }
};

/// For operations without a resource.
struct OnAnything {
  template <typename Input>
  Ask operator()(const Call&, const Input&) const {
    return {};
  }
};

}  // namespace crossrole::sim::iam
