// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/role_specification.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/text.h"
#include "integration/internal/names.h"
#include "model/arn.h"
#include "policy/parse.h"
#include "policy/print.h"

namespace crossrole::integration {
namespace {

using base::Code;
using base::Error;
using base::Fail;

std::unexpected<Error> Refuse(std::string_view field, std::string message, std::string fix) {
  return Fail(Error{.code = Code::kInvalidArgument,
                    .message = std::move(message),
                    .field = std::string(field),
                    .fix = std::move(fix)});
}

// CloudFormation replaces these wherever they stand, in the customer's account and with the customer's rights.
bool HasDynamicReference(std::string_view text) { return text.contains("{{resolve:"); }

base::Status CheckDescription(std::string_view text) {
  // Source: IAM, RoleDescription: `[\t\n\r -~¡-ÿ]*`, in UTF-8 here.
  bool valid = text.size() <= 2000 && base::IsUtf8(text);
  std::size_t characters = 0;
  for (std::size_t i = 0; valid && i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    ++characters;
    if (c < 0x80) {
      valid = (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n' || c == '\r';
    } else {
      const auto next = static_cast<unsigned char>(text[++i]);
      valid = c == 0xc3 || (c == 0xc2 && next >= 0xa1);
    }
  }
  if (!valid || characters > 1000 || HasDynamicReference(text)) {
    return Refuse("role_description", "the description of the role has characters that IAM or CloudFormation refuse",
                  "use at most 1000 characters of Latin-1 and no {{resolve:");
  }
  return {};
}

bool IsTagCharacter(char c) {
  const auto code = static_cast<unsigned char>(c);
  const bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return code >= 0x80 || alnum || std::string_view(" _.:/=+-@").contains(c);
}

bool IsTagText(std::string_view text, std::size_t longest) {
  return text.size() <= longest && base::IsUtf8(text) && std::ranges::all_of(text, IsTagCharacter);
}

base::Status CheckTags(const std::map<std::string, std::string>& tags) {
  std::set<std::string> seen;
  for (const auto& [key, value] : tags) {
    const std::string lower = base::Lower(key);
    if (key.empty() || !IsTagText(key, 128) || !IsTagText(value, 256)) {
      return Refuse(
          "role_tags", fmt::format("the tag `{}` is not one that IAM takes", base::Shortened(key, 80)),
          "use letters, digits, blanks and _.:/=+-@, at most 128 characters for the key and 256 for the value");
    }
    if (lower.starts_with("aws:") || lower.starts_with(kOwnTagPrefix)) {
      return Refuse("role_tags", fmt::format("the tag `{}` begins with a reserved prefix", base::Shortened(key, 80)),
                    "choose a key that does not begin with aws: or crossrole:");
    }
    if (!seen.insert(lower).second) {
      return Refuse("role_tags", fmt::format("the tag `{}` is there twice but for its case", base::Shortened(key, 80)),
                    "IAM takes keys of tags without regard to case");
    }
  }
  // IAM takes 50; two are ours.
  if (tags.size() > 48) return Refuse("role_tags", "there are more than 48 tags", "leave some out");
  return {};
}

base::Status CheckPolicyArn(std::string_view text, std::string_view field, model::Partition partition,
                            const std::optional<model::AccountId>& account) {
  const auto arn = model::Arn::Parse(text);
  const std::string_view name = arn ? std::string_view(arn->resource) : "";
  const bool shaped = arn && arn->service == "iam" && arn->region.empty() && name.starts_with("policy/") &&
                      model::IsPolicyName(name.substr(name.rfind('/') + 1)) &&
                      (arn->account == "aws" || model::AccountId::Parse(arn->account).has_value());
  if (!shaped || text.contains('*') || text.contains('?') || HasDynamicReference(text)) {
    return Refuse(field, fmt::format("`{}` is not the ARN of a managed policy", base::Shortened(text, 120)),
                  "give an ARN of the form arn:aws:iam::aws:policy/ReadOnlyAccess");
  }
  if (arn->partition != model::FactsOf(partition).name) {
    return Refuse(field, fmt::format("`{}` is in another partition", base::Shortened(text, 120)),
                  fmt::format("the integration is in partition {}", model::FactsOf(partition).name));
  }
  if (arn->account != "aws" && account && arn->account != account->text()) {
    return Refuse(field, fmt::format("`{}` is in another account", base::Shortened(text, 120)),
                  "a role takes policies of its own account and of AWS only");
  }
  return {};
}

bool IsConditionKey(std::string_view key) {
  // `Ref`, `Condition` and `Fn::…` as the only key of an object are functions to CloudFormation.
  return key.size() <= 512 && key.contains(':') && !key.starts_with("Fn::") && !key.starts_with("fn::");
}

base::Status CheckPolicyDocument(std::string_view text) {
  if (text.empty()) return {};
  auto document = policy::Parse(text, policy::DocumentKind::kIdentity);
  if (!document) return Fail(RefusedDocument("policy_document", document.error()));
  if (HasDynamicReference(text)) {
    return Refuse("policy_document", "the policy document has a `{{resolve:`, which CloudFormation would replace",
                  "leave it out");
  }
  for (const policy::Statement& statement : document->statements) {
    policy::Document alone{.version = document->version, .statements = {statement}};
    if (policy::CountedSize(policy::Print(alone)) > policy::kManagedPolicySize) {
      return Refuse("policy_document", "one statement of the policy document is longer than a managed policy may be",
                    "split it into statements of at most 6144 characters");
    }
    for (const policy::Condition& condition : statement.conditions) {
      if (!IsConditionKey(condition.key)) {
        return Refuse("policy_document", fmt::format("`{}` is not a condition key", base::Shortened(condition.key, 80)),
                      "condition keys have the form service:name");
      }
    }
  }
  return {};
}

}  // namespace

base::Error RefusedDocument(std::string_view field, const base::Error& found) {
  std::string_view words = found.message;
  while (words.ends_with('.')) words.remove_suffix(1);
  const std::string_view colon = found.field.empty() || found.fix.empty() ? "" : ": ";
  return {.code = Code::kInvalidArgument,
          .message = fmt::format("`{}` is refused: {}", field, words),
          .field = std::string(field),
          .fix = fmt::format("{}{}{}", found.field, colon, found.fix),
          .aws_code = found.aws_code};
}

base::Status CheckRoleSpecification(const model::RoleSpecification& role, model::Partition partition,
                                    const std::optional<model::AccountId>& account) {
  if (!model::IsRoleName(role.role_name)) {
    return Refuse("role_name", fmt::format("`{}` is not a name of a role", base::Shortened(role.role_name, 80)),
                  "use 1 to 64 letters, digits and _+=,.@-");
  }
  if (!model::IsIamPath(role.role_path) || HasDynamicReference(role.role_path)) {
    return Refuse("role_path", fmt::format("`{}` is not a path of IAM", base::Shortened(role.role_path, 80)),
                  "a path begins and ends with /");
  }
  if (!model::IsPolicyName(role.policy_name)) {
    return Refuse("policy_name", fmt::format("`{}` is not a name of a policy", base::Shortened(role.policy_name, 80)),
                  "use 1 to 128 letters, digits and _+=,.@-");
  }
  TRY(CheckDescription(role.description));
  TRY(CheckTags(role.tags));
  if (!role.permissions_boundary_arn.empty()) {
    TRY(CheckPolicyArn(role.permissions_boundary_arn, "permissions_boundary_arn", partition, account));
  }
  std::set<std::string_view> seen;
  for (const std::string& arn : role.managed_policy_arns) {
    TRY(CheckPolicyArn(arn, "managed_policy_arns", partition, account));
    if (!seen.insert(arn).second) {
      return Refuse("managed_policy_arns", fmt::format("`{}` is named twice", base::Shortened(arn, 120)), "name it once");
    }
  }
  return CheckPolicyDocument(role.policy_document);
}

}  // namespace crossrole::integration
