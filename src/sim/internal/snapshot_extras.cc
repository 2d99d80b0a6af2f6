// SPDX-License-Identifier: Apache-2.0
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "sim/internal/snapshot_parts.h"

namespace crossrole::sim {
namespace {

namespace json = boost::json;
using saved::Moment;
using saved::TagsOf;
using saved::TagsToJson;
using saved::Text;
using saved::Texts;
using saved::TextsToJson;

json::array CredentialsToJson(const std::vector<OtherCredential>& credentials) {
  json::array list;
  for (const OtherCredential& each : credentials) {
    list.push_back(json::object{{"id", each.id},
                                {"body", each.body},
                                {"service", each.service},
                                {"password", each.password},
                                {"active", each.active},
                                {"created", base::ToMicros(each.created)}});
  }
  return list;
}

std::vector<OtherCredential> CredentialsOf(const json::object& object, std::string_view name) {
  std::vector<OtherCredential> credentials;
  for (const json::value& item : object.at(name).as_array()) {
    const json::object& each = item.as_object();
    credentials.push_back({.id = Text(each, "id"),
                           .body = Text(each, "body"),
                           .service = Text(each, "service"),
                           .password = Text(each, "password"),
                           .active = each.at("active").as_bool(),
                           .created = Moment(each, "created")});
  }
  return credentials;
}

}  // namespace

namespace saved {

json::array TagsToJson(const Tags& tags) {
  json::array list;
  for (const Tag& tag : tags) list.push_back(json::array{tag.key, tag.value});
  return list;
}

json::array TextsToJson(const std::vector<std::string>& texts) {
  json::array list;
  for (const std::string& text : texts) list.emplace_back(text);
  return list;
}

std::string Text(const json::object& object, std::string_view name) { return std::string(object.at(name).as_string()); }

base::Time Moment(const json::object& object, std::string_view name) { return base::FromMicros(object.at(name).as_int64()); }

std::vector<std::string> Texts(const json::object& object, std::string_view name) {
  std::vector<std::string> texts;
  for (const json::value& item : object.at(name).as_array()) texts.emplace_back(item.as_string());
  return texts;
}

Tags TagsOf(const json::object& object) {
  Tags tags;
  for (const json::value& item : object.at("tags").as_array()) {
    tags.push_back({std::string(item.at(0).as_string()), std::string(item.at(1).as_string())});
  }
  return tags;
}

}  // namespace saved

json::object SaveUserExtras(const UserExtras& extras) {
  json::object object{{"certificates", CredentialsToJson(extras.certificates)},
                      {"ssh_keys", CredentialsToJson(extras.ssh_keys)},
                      {"service_credentials", CredentialsToJson(extras.service_credentials)}};
  if (extras.login) {
    object["login"] = json::object{{"password", extras.login->password},
                                   {"created", base::ToMicros(extras.login->created)},
                                   {"reset", extras.login->reset_required}};
  }
  return object;
}

UserExtras LoadUserExtras(const json::object& object) {
  UserExtras extras{.certificates = CredentialsOf(object, "certificates"),
                    .ssh_keys = CredentialsOf(object, "ssh_keys"),
                    .service_credentials = CredentialsOf(object, "service_credentials")};
  if (const json::value* login = object.if_contains("login")) {
    const json::object& each = login->as_object();
    extras.login = LoginProfile{Text(each, "password"), Moment(each, "created"), each.at("reset").as_bool()};
  }
  return extras;
}

json::object SaveAccountExtras(const AccountExtras& extras) {
  json::array devices;
  for (const auto& [arn, device] : extras.mfa_devices) {
    devices.push_back(json::object{
        {"arn", arn}, {"user", device.user}, {"enabled", base::ToMicros(device.enabled)}, {"tags", TagsToJson(device.tags)}});
  }
  json::array oidc;
  for (const auto& [arn, provider] : extras.oidc_providers) {
    oidc.push_back(json::object{{"arn", arn},
                                {"url", provider.url},
                                {"clients", TextsToJson(provider.client_ids)},
                                {"thumbprints", TextsToJson(provider.thumbprints)},
                                {"tags", TagsToJson(provider.tags)},
                                {"created", base::ToMicros(provider.created)}});
  }
  json::array saml;
  for (const auto& [arn, provider] : extras.saml_providers) {
    saml.push_back(json::object{{"arn", arn},
                                {"id", provider.id},
                                {"document", provider.document},
                                {"tags", TagsToJson(provider.tags)},
                                {"created", base::ToMicros(provider.created)}});
  }
  return {{"mfa", std::move(devices)},
          {"oidc", std::move(oidc)},
          {"saml", std::move(saml)},
          {"outbound_issuer", extras.outbound_issuer},
          {"outbound", extras.outbound}};
}

AccountExtras LoadAccountExtras(const json::object& object) {
  AccountExtras extras{.outbound_issuer = Text(object, "outbound_issuer"), .outbound = object.at("outbound").as_bool()};
  for (const json::value& item : object.at("mfa").as_array()) {
    const json::object& each = item.as_object();
    extras.mfa_devices.emplace(Text(each, "arn"), MfaDevice{Text(each, "arn"), Text(each, "user"), Moment(each, "enabled"), TagsOf(each)});
  }
  for (const json::value& item : object.at("oidc").as_array()) {
    const json::object& each = item.as_object();
    extras.oidc_providers.emplace(Text(each, "arn"), OidcProvider{.arn = Text(each, "arn"),
                                                                  .url = Text(each, "url"),
                                                                  .client_ids = Texts(each, "clients"),
                                                                  .thumbprints = Texts(each, "thumbprints"),
                                                                  .tags = TagsOf(each),
                                                                  .created = Moment(each, "created")});
  }
  for (const json::value& item : object.at("saml").as_array()) {
    const json::object& each = item.as_object();
    extras.saml_providers.emplace(Text(each, "arn"), SamlProvider{.arn = Text(each, "arn"),
                                                                  .id = Text(each, "id"),
                                                                  .document = Text(each, "document"),
                                                                  .tags = TagsOf(each),
                                                                  .created = Moment(each, "created")});
  }
  return extras;
}

}  // namespace crossrole::sim
