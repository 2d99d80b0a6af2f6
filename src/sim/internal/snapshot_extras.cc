// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <exception>
#include <stdexcept>
#include <utility>

#include "sim/internal/snapshot_parts.h"

namespace crossrole::sim {
namespace {

namespace json = boost::json;
using saved::Flag;
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

base::Result<std::vector<OtherCredential>> CredentialsOf(const json::object& object, std::string_view name) {
  std::vector<OtherCredential> credentials;
  TRY(saved::Each(object, name, [&](const json::object& each) -> base::Status {
    credentials.push_back({.id = Text(each, "id"),
                           .body = Text(each, "body"),
                           .service = Text(each, "service"),
                           .password = Text(each, "password"),
                           .active = Flag(each, "active"),
                           .created = Moment(each, "created")});
    return {};
  }));
  return credentials;
}

json::object ReportToJson(const CredentialReport& report) {
  return {{"content", report.content}, {"generated", base::ToMicros(report.generated)}};
}

// Adds a thing by its ARN, which has to be a new one.
template <typename Map, typename Thing>
base::Status AddNew(Map& map, Thing thing) {
  std::string arn = thing.arn;
  if (map.emplace(arn, std::move(thing)).second) return {};
  return saved::Broken(fmt::format("`{}` is there twice", arn));
}

}  // namespace

namespace saved {
namespace {

// Of 9999-12-31, in microseconds.
constexpr std::int64_t kLastMoment = 253'402'300'799'999'999;

[[noreturn]] void Refuse(std::string_view name, std::string_view why) {
  throw std::invalid_argument(fmt::format("`{}` {}", name, why));
}

}  // namespace

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

void SetMoment(json::object& object, std::string_view name, const std::optional<base::Time>& moment) {
  if (moment) object[name] = base::ToMicros(*moment);
}

const json::value& Member(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  if (member == nullptr) Refuse(name, "is missing");
  return *member;
}

const json::object& Object(const json::object& object, std::string_view name) {
  const json::value& member = Member(object, name);
  if (!member.is_object()) Refuse(name, "is no object");
  return member.get_object();
}

const json::array& List(const json::object& object, std::string_view name) {
  const json::value& member = Member(object, name);
  if (!member.is_array()) Refuse(name, "is no list");
  return member.get_array();
}

std::string Text(const json::object& object, std::string_view name) {
  const json::value& member = Member(object, name);
  if (!member.is_string()) Refuse(name, "is no text");
  return std::string(member.get_string());
}

bool Flag(const json::object& object, std::string_view name) {
  const json::value& member = Member(object, name);
  if (!member.is_bool()) Refuse(name, "is neither true nor false");
  return member.get_bool();
}

std::vector<std::string> Texts(const json::object& object, std::string_view name) {
  std::vector<std::string> texts;
  for (const json::value& item : List(object, name)) {
    if (!item.is_string()) Refuse(name, "holds what is no text");
    texts.emplace_back(item.get_string());
  }
  return texts;
}

std::int64_t Number(const json::object& object, std::string_view name, std::int64_t least, std::int64_t most) {
  const json::value& member = Member(object, name);
  if (!member.is_int64() || member.get_int64() < least || member.get_int64() > most) {
    Refuse(name, fmt::format("is no whole number from {} to {}", least, most));
  }
  return member.get_int64();
}

std::size_t Count(const json::object& object, std::string_view name, std::size_t most) {
  return static_cast<std::size_t>(Number(object, name, 0, static_cast<std::int64_t>(most)));
}

base::Time Moment(const json::object& object, std::string_view name) { return base::FromMicros(Number(object, name, 0, kLastMoment)); }

std::optional<base::Time> OptionalMoment(const json::object& object, std::string_view name) {
  return object.contains(name) ? std::optional(Moment(object, name)) : std::nullopt;
}

std::map<std::string, std::string> TextMap(const json::object& object, std::string_view name) {
  std::map<std::string, std::string> map;
  const json::object& members = Object(object, name);
  for (const auto& member : members) map.emplace(member.key(), Text(members, member.key()));
  return map;
}

Tags TagsOf(const json::object& object) {
  Tags tags;
  for (const json::value& item : List(object, "tags")) {
    const json::array* pair = item.if_array();
    if (pair == nullptr || pair->size() != 2 || !pair->front().is_string() || !pair->back().is_string()) {
      Refuse("tags", "holds what is no pair of texts");
    }
    tags.push_back({std::string(pair->front().get_string()), std::string(pair->back().get_string())});
  }
  return tags;
}

Account& AccountOf(const World& world, const json::object& object, std::string_view name) {
  const std::string id = Text(object, name);
  Account* account = world.FindAccount(id);
  if (account == nullptr) Refuse(name, fmt::format("names the account `{}`, which is not there", id));
  return *account;
}

std::unexpected<base::Error> Broken(std::string message) { return base::Fail(base::Code::kInvalidArgument, std::move(message)); }

base::Status Each(const json::object& object, std::string_view name, const std::function<base::Status(const json::object&)>& read) {
  std::size_t index = 0;
  for (const json::value& item : List(object, name)) {
    std::optional<std::string> problem;
    try {
      const base::Status done = item.is_object() ? read(item.get_object()) : Broken("is no object");
      if (!done) problem = done.error().message;
    } catch (const std::exception& error) {
      problem = error.what();
    }
    if (problem) return Broken(fmt::format("{}[{}]: {}", name, index, *problem));
    ++index;
  }
  return {};
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

base::Result<UserExtras> LoadUserExtras(const json::object& object) {
  UserExtras extras;
  TRY_ASSIGN(extras.certificates, CredentialsOf(object, "certificates"));
  TRY_ASSIGN(extras.ssh_keys, CredentialsOf(object, "ssh_keys"));
  TRY_ASSIGN(extras.service_credentials, CredentialsOf(object, "service_credentials"));
  if (object.contains("login")) {
    const json::object& login = saved::Object(object, "login");
    extras.login = LoginProfile{Text(login, "password"), Moment(login, "created"), Flag(login, "reset")};
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
  json::object object{{"mfa", std::move(devices)},
                      {"oidc", std::move(oidc)},
                      {"saml", std::move(saml)},
                      {"outbound_issuer", extras.outbound_issuer},
                      {"outbound", extras.outbound}};
  if (extras.report) object["report"] = ReportToJson(*extras.report);
  if (!extras.deletion_tasks.empty()) object["deletion_tasks"] = TextsToJson({extras.deletion_tasks.begin(), extras.deletion_tasks.end()});
  return object;
}

base::Result<AccountExtras> LoadAccountExtras(const json::object& object) {
  AccountExtras extras{.outbound_issuer = Text(object, "outbound_issuer"), .outbound = Flag(object, "outbound")};
  TRY(saved::Each(object, "mfa", [&](const json::object& each) {
    return AddNew(extras.mfa_devices,
                  MfaDevice{.arn = Text(each, "arn"), .user = Text(each, "user"), .enabled = Moment(each, "enabled"), .tags = TagsOf(each)});
  }));
  TRY(saved::Each(object, "oidc", [&](const json::object& each) -> base::Status {
    OidcProvider provider{.arn = Text(each, "arn"),
                          .url = Text(each, "url"),
                          .client_ids = Texts(each, "clients"),
                          .thumbprints = Texts(each, "thumbprints"),
                          .tags = TagsOf(each),
                          .created = Moment(each, "created")};
    if (!provider.url.contains("://")) return saved::Broken(fmt::format("`{}` is no URL", provider.url));
    return AddNew(extras.oidc_providers, std::move(provider));
  }));
  TRY(saved::Each(object, "saml", [&](const json::object& each) {
    return AddNew(extras.saml_providers, SamlProvider{.arn = Text(each, "arn"),
                                                      .id = Text(each, "id"),
                                                      .document = Text(each, "document"),
                                                      .tags = TagsOf(each),
                                                      .created = Moment(each, "created")});
  }));
  // Few accounts have these, and former states none.
  if (object.contains("report")) {
    const json::object& report = saved::Object(object, "report");
    extras.report = CredentialReport{Text(report, "content"), Moment(report, "generated")};
  }
  if (object.contains("deletion_tasks")) {
    for (std::string& task : Texts(object, "deletion_tasks")) extras.deletion_tasks.insert(std::move(task));
  }
  return extras;
}

}  // namespace crossrole::sim
