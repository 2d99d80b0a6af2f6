// SPDX-License-Identifier: Apache-2.0
#include "sim/internal/session_token.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/crypto.h"
#include "base/json.h"

namespace crossrole::sim {
namespace {

namespace json = boost::json;

constexpr std::size_t kMacSize = 32;

json::array ListOf(const std::vector<std::string>& items) {
  json::array list;
  for (const std::string& item : items) list.emplace_back(item);
  return list;
}

}  // namespace

json::object SessionToJson(const Session& session) {
  json::object object;
  object["kind"] = static_cast<int>(session.kind);
  object["key"] = session.access_key_id;
  object["account"] = session.account_id;
  object["id"] = session.principal_id;
  object["name"] = session.name;
  object["issued"] = base::ToMicros(session.issued);
  object["expires"] = base::ToMicros(session.expires);
  if (!session.policy.empty()) object["policy"] = session.policy;
  if (!session.policy_arns.empty()) object["arns"] = ListOf(session.policy_arns);
  if (!session.transitive_tags.empty()) object["transitive"] = ListOf(session.transitive_tags);
  if (!session.source_identity.empty()) object["source"] = session.source_identity;
  if (session.chained == Chained::kYes) object["chained"] = true;
  if (!session.provider.empty()) object["provider"] = session.provider;
  if (session.mfa == Mfa::kYes) object["mfa"] = true;
  json::array tags;
  for (const Tag& tag : session.tags) tags.emplace_back(json::array{tag.key, tag.value});
  if (!tags.empty()) object["tags"] = std::move(tags);
  return object;
}

namespace {

std::string TextAt(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::vector<std::string> ListAt(const json::object& object, std::string_view key) {
  std::vector<std::string> list;
  if (const json::value* value = object.if_contains(key); value != nullptr && value->is_array()) {
    for (const json::value& item : value->get_array()) list.emplace_back(item.as_string());
  }
  return list;
}

}  // namespace

Session SessionFromJson(const json::object& object) {
  Session session{.kind = static_cast<SessionKind>(object.at("kind").as_int64()),
                  .access_key_id = TextAt(object, "key"),
                  .account_id = TextAt(object, "account"),
                  .principal_id = TextAt(object, "id"),
                  .name = TextAt(object, "name"),
                  .issued = base::FromMicros(object.at("issued").as_int64()),
                  .expires = base::FromMicros(object.at("expires").as_int64()),
                  .policy = TextAt(object, "policy"),
                  .policy_arns = ListAt(object, "arns"),
                  .transitive_tags = ListAt(object, "transitive"),
                  .source_identity = TextAt(object, "source"),
                  .chained = object.contains("chained") ? Chained::kYes : Chained::kNo,
                  .provider = TextAt(object, "provider"),
                  .mfa = object.contains("mfa") ? Mfa::kYes : Mfa::kNo};
  if (const json::value* tags = object.if_contains("tags")) {
    for (const json::value& tag : tags->as_array()) {
      session.tags.push_back({std::string(tag.at(0).as_string()), std::string(tag.at(1).as_string())});
    }
  }
  return session;
}

std::string SessionTokens::Make(const Session& session) const {
  std::string sealed = base::PrintJson(SessionToJson(session));
  const base::Digest mac = base::HmacSha256(key_, sealed);
  sealed.insert(0, base::AsText(mac));
  return base::Base64Encode(sealed);
}

std::optional<Session> SessionTokens::Read(std::string_view token, std::string_view access_key_id) const {
  const base::Result<std::string> sealed = base::Base64Decode(token);
  if (!sealed || sealed->size() <= kMacSize) return std::nullopt;
  const std::string_view text = std::string_view(*sealed).substr(kMacSize);
  const base::Digest mac = base::HmacSha256(key_, text);
  if (!base::ConstantTimeEqual(base::AsText(mac), std::string_view(*sealed).substr(0, kMacSize))) return std::nullopt;
  const base::Result<json::value> value = base::ParseJson(text);
  if (!value) return std::nullopt;
  Session session = SessionFromJson(value->as_object());
  if (session.access_key_id != access_key_id) return std::nullopt;
  return session;
}

std::string SessionTokens::SecretOf(std::string_view access_key_id) const {
  const base::Digest mac = base::HmacSha256(key_, "secret of " + std::string(access_key_id));
  return base::Base64Encode(base::AsText(mac)).substr(0, 40);
}

}  // namespace crossrole::sim
