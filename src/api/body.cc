// SPDX-License-Identifier: Apache-2.0
#include "api/body.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "base/text.h"

namespace crossrole::api {

namespace json = boost::json;
using base::Code;
using base::Error;
using base::Fail;

struct Body::Parts {
  json::object object;
  std::string prefix{};  // "external_id." inside that member
  std::vector<std::string> known{};
  std::optional<Error> error{};
};

Body::Body(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Body::Body(Body&&) noexcept = default;
Body& Body::operator=(Body&&) noexcept = default;
Body::~Body() = default;

base::Result<Body> Body::Parse(std::string_view text) {
  if (base::Trim(text).empty()) return Body(std::make_unique<Parts>());
  TRY_ASSIGN(json::value value, base::ParseJson(text));
  if (!value.is_object()) return Fail(Code::kInvalidArgument, "the body must be a JSON object");
  auto parts = std::make_unique<Parts>();
  parts->object = std::move(value.as_object());
  return Body(std::move(parts));
}

const json::value* Body::Find(std::string_view name) {
  parts_->known.emplace_back(name);
  const json::value* value = parts_->object.if_contains(json::string_view(name.data(), name.size()));
  return value == nullptr || value->is_null() ? nullptr : value;
}

void Body::Refuse(std::string_view name, std::string message, std::string fix) {
  if (parts_->error) return;
  parts_->error = Error{.code = Code::kInvalidArgument,
                        .message = std::move(message),
                        .field = parts_->prefix + std::string(name),
                        .fix = std::move(fix)};
}

std::optional<std::string> Body::Text(std::string_view name) {
  const json::value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (const auto* text = value->if_string()) return std::string(*text);
  Refuse(name, fmt::format("`{}{}` must be a text", parts_->prefix, name));
  return std::nullopt;
}

std::optional<std::int64_t> Body::Integer(std::string_view name) {
  const json::value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (const auto* number = value->if_int64()) return *number;
  Refuse(name, fmt::format("`{}{}` must be a whole number", parts_->prefix, name));
  return std::nullopt;
}

std::optional<bool> Body::Boolean(std::string_view name) {
  const json::value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (const auto* boolean = value->if_bool()) return *boolean;
  Refuse(name, fmt::format("`{}{}` must be true or false", parts_->prefix, name));
  return std::nullopt;
}

std::optional<std::vector<std::string>> Body::Texts(std::string_view name) {
  const json::value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  const auto* array = value->if_array();
  if (array == nullptr || !std::ranges::all_of(*array, [](const json::value& item) { return item.is_string(); })) {
    Refuse(name, fmt::format("`{}{}` must be a list of texts", parts_->prefix, name));
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (const json::value& item : *array) texts.emplace_back(item.get_string());
  return texts;
}

std::optional<std::map<std::string, std::string>> Body::TextMap(std::string_view name) {
  const json::value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  const auto* object = value->if_object();
  if (object == nullptr || !std::ranges::all_of(*object, [](const auto& member) { return member.value().is_string(); })) {
    Refuse(name, fmt::format("`{}{}` must be an object of texts", parts_->prefix, name));
    return std::nullopt;
  }
  std::map<std::string, std::string> texts;
  for (const auto& member : *object) texts.emplace(member.key(), member.value().get_string());
  return texts;
}

std::optional<Body> Body::Object(std::string_view name) {
  const json::value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  const auto* object = value->if_object();
  if (object == nullptr) {
    Refuse(name, fmt::format("`{}{}` must be an object", parts_->prefix, name));
    return std::nullopt;
  }
  auto parts = std::make_unique<Parts>();
  parts->object = *object;
  parts->prefix = fmt::format("{}{}.", parts_->prefix, name);
  return Body(std::move(parts));
}

const json::value* Body::Any(std::string_view name) { return Find(name); }

bool Body::Has(std::string_view name) {
  parts_->known.emplace_back(name);
  return parts_->object.contains(json::string_view(name.data(), name.size()));
}

base::Status Body::Finish() {
  if (parts_->error) return Fail(*parts_->error);
  for (const auto& member : parts_->object) {
    const std::string_view key(member.key().data(), member.key().size());
    if (std::ranges::find(parts_->known, key) != parts_->known.end()) continue;
    const std::vector<std::string_view> known(parts_->known.begin(), parts_->known.end());
    const std::string nearest = base::NearestName(key, known);
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = fmt::format("unknown field `{}{}`", parts_->prefix, base::Shortened(key, 80)),
                      .field = parts_->prefix + std::string(base::Shortened(key, 80)),
                      .fix = nearest.empty() ? "" : fmt::format("did you mean `{}{}`?", parts_->prefix, nearest)});
  }
  return {};
}

std::optional<std::string> ReadSettings(Body& body) {
  const json::value* settings = body.Any("settings");
  return settings == nullptr ? std::nullopt : std::optional(base::PrintJson(*settings));
}

std::optional<model::SpaceId> ReadSpace(Body& body, std::string_view member) {
  const auto text = body.Text(member);
  if (!text) return std::nullopt;
  const auto id = model::SpaceId::Parse(*text);
  if (id) return *id;
  body.Refuse(member, fmt::format("there is no space `{}`", base::Shortened(*text, 80)));
  return std::nullopt;
}

}  // namespace crossrole::api
