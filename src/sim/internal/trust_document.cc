// SPDX-License-Identifier: Apache-2.0
#include "sim/internal/trust_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <optional>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "model/arn.h"
#include "model/partition.h"
#include "policy/parse.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim {
namespace {

namespace json = boost::json;

// Calls `change(type, text)` for each principal; stops at the first error. `type` is "AWS", "Service" …
using Change = std::function<base::Status(std::string_view type, json::string& text)>;

base::Status ChangeValues(std::string_view type, json::value& values, const Change& change) {
  if (values.is_string()) return change(type, values.get_string());
  for (json::value& value : values.as_array()) TRY(change(type, value.as_string()));
  return {};
}

base::Status ChangeStatement(json::value& statement, const Change& change) {
  json::value* principal = statement.as_object().if_contains("Principal");
  if (principal == nullptr || principal->is_string()) return {};
  for (auto& member : principal->as_object()) TRY(ChangeValues(member.key(), member.value(), change));
  return {};
}

// The document has been parsed as a trust policy before, so that its shape is known.
base::Status ChangePrincipals(json::value& document, const Change& change) {
  json::value& statements = document.as_object().at("Statement");
  if (statements.is_object()) return ChangeStatement(statements, change);
  for (json::value& statement : statements.as_array()) TRY(ChangeStatement(statement, change));
  return {};
}

template <typename T>
std::optional<std::string> IdOf(const Catalog<T>& catalog, std::string_view resource, std::string_view arn,
                                base::Time moment) {
  const auto found = catalog.FindAsOf(resource.substr(resource.rfind('/') + 1), moment);
  if (!found || found->arn != arn) return std::nullopt;
  return found->id;
}

// Two letters, then words, then one digit, as in `us-gov-west-1`.
bool LooksLikeRegion(std::string_view label) {
  const auto parts = base::Split(label, '-');
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return parts.size() >= 3 && parts.front().size() == 2 && std::ranges::all_of(parts.front(), is_letter) && parts.back().size() == 1 &&
         parts.back()[0] >= '0' && parts.back()[0] <= '9';
}

// A part of a service principal between dots: of letters, digits and hyphens, and a region only if there is one of that name.
bool IsServiceLabel(std::string_view label) {
  const auto is_alnum = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  if (label.empty() || !is_alnum(label.front()) || !is_alnum(label.back())) return false;
  if (!std::ranges::all_of(label, [&](char c) { return is_alnum(c) || c == '-'; })) return false;
  return !LooksLikeRegion(label) || model::PartitionOfRegion(label).has_value();
}

class Resolver {
 public:
  Resolver(const World& world, const Account& account, base::Time moment)
      : world_(world), account_(account), moment_(moment) {}

  // What `text` is stored as; nothing when there is no such principal.
  std::optional<std::string> Resolve(std::string_view type, std::string_view text) const {
    if (type == "Service") return IsService(text) ? std::optional(std::string(text)) : std::nullopt;
    if (type == "Federated") return std::string(text);
    if (type != "AWS") return std::nullopt;
    if (text == "*") return "*";
    if (policy::IsUniqueId(text)) return ArnOfId(world_, text).empty() ? std::nullopt : std::optional(std::string(text));
    if (const auto id = model::AccountId::Parse(text)) return RootOf(id->text());
    return ResolveArn(text);
  }

 private:
  // AWS publishes no complete list of its services' principals: what cannot be one of them by its form is refused.
  bool IsService(std::string_view text) const {
    constexpr std::array<std::string_view, 4> kSuffixes = {".amazonaws.com.cn", ".amazonaws.com", ".amazon.com", ".aws.internal"};
    const auto* suffix = std::ranges::find_if(kSuffixes, [&](std::string_view each) { return text.ends_with(each); });
    if (suffix == kSuffixes.end()) return false;
    if (suffix->ends_with(".cn") && account_.partition != model::Partition::kAwsCn) return false;
    return std::ranges::all_of(base::Split(text.substr(0, text.size() - suffix->size()), '.'), IsServiceLabel);
  }

  std::optional<std::string> RootOf(std::string_view account_id) const {
    const Account* found = world_.FindAccount(account_id);
    if (found == nullptr || found->partition != account_.partition) return std::nullopt;
    return found->IamArn("root");
  }

  std::optional<std::string> ResolveArn(std::string_view text) const {
    const auto arn = model::Arn::Parse(text);
    if (!arn || arn->partition != account_.partition_name()) return std::nullopt;
    const Account* owner = world_.FindAccount(arn->account);
    if (owner == nullptr) return std::nullopt;
    if (arn->service == "sts") return std::string(text);
    if (arn->resource == "root") return std::string(text);
    if (arn->resource.starts_with("user/")) return IdOf(owner->users, arn->resource, text, moment_);
    if (arn->resource.starts_with("role/")) return IdOf(owner->roles, arn->resource, text, moment_);
    return std::nullopt;
  }

  const World& world_;
  const Account& account_;
  base::Time moment_;
};

}  // namespace

std::string ArnOfId(const World& world, std::string_view unique_id) {
  const Owner* owner = world.FindId(unique_id);
  if (owner == nullptr) return "";
  if (unique_id.starts_with("AIDA")) {
    const auto user = owner->account->users.Find(owner->name);
    return user && user->id == unique_id ? user->arn : "";
  }
  const auto role = owner->account->roles.Find(owner->name);
  return role && role->id == unique_id ? role->arn : "";
}

base::Result<PolicyText> StoreTrust(const World& world, const Account& account, base::Time moment, std::string_view text) {
  TRY(policy::Parse(text, policy::DocumentKind::kTrust));
  TRY_ASSIGN(json::value document, base::ParseJson(text));
  const Resolver resolver(world, account, moment);
  TRY(ChangePrincipals(document, [&](std::string_view type, json::string& principal) -> base::Status {
    const std::string written(principal);
    const std::optional<std::string> stored = resolver.Resolve(type, written);
    if (!stored) {
      return Refuse("MalformedPolicyDocument",
                    fmt::format("Invalid principal in policy: \"{}\":\"{}\"", policy::NameInMessages(type), written));
    }
    principal = *stored;
    return {};
  }));
  if (policy::CountedSize(text) > policy::kTrustPolicySize) {
    return Refuse("LimitExceeded", fmt::format("Cannot exceed quota for ACLSizePerRole: {}", policy::kTrustPolicySize));
  }
  TRY_ASSIGN(policy::Document parsed, policy::FromJson(document, policy::DocumentKind::kTrust));
  return PolicyText{base::PrintJson(document), std::make_shared<const policy::Document>(std::move(parsed))};
}

std::string ShowTrust(const World& world, const PolicyText& trust) {
  base::Result<json::value> document = base::ParseJson(trust.text);
  CHECK(document.has_value());
  const base::Status changed = ChangePrincipals(*document, [&](std::string_view, json::string& principal) -> base::Status {
    if (!policy::IsUniqueId(std::string_view(principal))) return {};
    if (const std::string arn = ArnOfId(world, std::string_view(principal)); !arn.empty()) principal = arn;
    return {};
  });
  CHECK(changed.has_value());
  return base::PrintJson(*document);
}

base::Result<PolicyText> StorePolicy(std::string_view text, policy::DocumentKind kind) {
  TRY_ASSIGN(policy::Document parsed, policy::Parse(text, kind));
  return PolicyText{std::string(text), std::make_shared<const policy::Document>(std::move(parsed))};
}

}  // namespace crossrole::sim
