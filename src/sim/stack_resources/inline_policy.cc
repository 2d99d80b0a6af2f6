// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "sim/stack_resources/holders.h"
#include "sim/stack_resources/rows.h"

namespace crossrole::sim::stack_resources {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 3> kSingle = {"RoleName", "UserName", "GroupName"};

std::string NameIn(const json::object& properties) { return TextIn(properties, "PolicyName").value_or(""); }

// The one holder of a RolePolicy, UserPolicy or GroupPolicy; nothing for AWS::IAM::Policy, which has lists.
std::optional<std::string> OnlyHolder(const json::object& properties) {
  for (const std::string_view name : kSingle) {
    if (auto holder = TextIn(properties, name)) return holder;
  }
  return std::nullopt;
}

// Notes that the holder has the policy.
void Note(Physical& policy, const Target& target, const Holder& holder) {
  if (!OnlyHolder(target.properties)) return AddHolder(policy, holder);
  for (const std::string_view name : kSingle) Apply(policy, target.properties, name);
}

base::Status PutAll(const Target& target, Physical& policy) {
  const InlinePolicy wanted{.name = NameIn(target.properties), .document = DocumentIn(target.properties, "PolicyDocument")};
  const bool is_other = Differ(policy.properties, target.properties, "PolicyDocument");
  const Holders before = HoldersIn(policy.properties);
  for (const Holder& holder : HoldersIn(target.properties)) {
    if (!is_other && Has(before, holder)) continue;
    TRY(Put(target.call, holder, wanted));
    Note(policy, target, holder);
    Apply(policy, target.properties, "PolicyDocument");
  }
  return {};
}

base::Status DeleteExcept(Call& call, Physical& policy, const Holders& kept) {
  for (const Holder& holder : HoldersIn(policy.properties)) {
    if (Has(kept, holder)) continue;
    TRY(Delete(call, holder, NameIn(policy.properties)));
    if (!OnlyHolder(policy.properties)) DropHolder(policy, holder);
  }
  return {};
}

}  // namespace

base::Status CreateInline(const Target& target, Physical& made) {
  if (const auto holder = OnlyHolder(target.properties)) {
    made.id = NameIn(target.properties) + "|" + *holder;
  } else {
    made.id = GeneratedName(target, 40);
    made.attributes = {{"Id", made.id}};
  }
  Apply(made, target.properties, "PolicyName");
  return PutAll(target, made);
}

base::Status UpdateInline(const Target& target, Physical& policy) {
  if (Differ(policy.properties, target.properties, "PolicyName")) {
    TRY(DeleteExcept(target.call, policy, {}));
    Apply(policy, target.properties, "PolicyName");
  }
  TRY(PutAll(target, policy));
  return DeleteExcept(target.call, policy, HoldersIn(target.properties));
}

base::Status RemoveInline(Call& call, Physical& policy) { return DeleteExcept(call, policy, {}); }

}  // namespace crossrole::sim::stack_resources
