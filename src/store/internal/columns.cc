// SPDX-License-Identifier: Apache-2.0
#include "store/internal/columns.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/json.h"

namespace crossrole::store {
namespace {

namespace json = boost::json;
using base::Code;
using base::Error;
using base::Fail;

json::array ArrayOf(const std::vector<std::string>& list) {
  json::array array;
  for (const std::string& text : list) array.emplace_back(text);
  return array;
}

// What is parsed here was printed here: another shape is damage, reported by the caller's catch.
std::vector<std::string> ListOf(const json::value& value) {
  std::vector<std::string> list;
  for (const json::value& entry : value.as_array()) list.emplace_back(entry.as_string());
  return list;
}

std::unexpected<Error> Unreadable(std::string_view what) {
  return Fail(Code::kInternal, fmt::format("a stored {} is unreadable", what));
}

std::string TextAt(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? std::string() : std::string(value->as_string());
}

}  // namespace

std::string PrintList(const std::vector<std::string>& list) { return base::PrintJson(ArrayOf(list)); }

base::Result<std::vector<std::string>> ParseList(std::string_view text) {
  const auto value = base::ParseJson(text);
  if (!value) return Unreadable("list");
  try {
    return ListOf(*value);
  } catch (const std::exception&) {
    return Unreadable("list");
  }
}

std::string PrintError(const Error& error) {
  json::object object{{"code", base::FactsOf(error.code).name}, {"message", error.message}};
  const auto put = [&](std::string_view name, const std::string& text) {
    if (!text.empty()) object[name] = text;
  };
  put("reason", error.reason);
  put("field", error.field);
  put("fix", error.fix);
  put("aws_code", error.aws_code);
  if (error.stale) object["stale"] = true;
  if (error.retry_after) object["retry_after"] = error.retry_after->count();
  json::object details;
  for (const auto& [name, list] : error.details) details[name] = ArrayOf(list);
  if (!details.empty()) object["details"] = std::move(details);
  return base::PrintJson(object);
}

base::Result<Error> ParseError(std::string_view text) {
  const auto value = base::ParseJson(text);
  if (!value) return Unreadable("error");
  try {
    const json::object& object = value->as_object();
    Error error{.code = base::CodeByName(TextAt(object, "code")).value_or(Code::kInternal),
                .message = TextAt(object, "message"),
                .reason = TextAt(object, "reason"),
                .field = TextAt(object, "field"),
                .fix = TextAt(object, "fix"),
                .aws_code = TextAt(object, "aws_code"),
                .stale = object.contains("stale")};
    if (const json::value* seconds = object.if_contains("retry_after")) error.retry_after = std::chrono::seconds(seconds->to_number<std::int64_t>());
    if (const json::value* details = object.if_contains("details")) {
      for (const auto& [name, list] : details->as_object()) error.details[name] = ListOf(list);
    }
    return error;
  } catch (const std::exception&) {
    return Unreadable("error");
  }
}

Error StaleVersion() {
  return {.code = Code::kConflict, .message = "it was changed in the meantime", .fix = "read it again and repeat the change", .stale = true};
}

Error NoSuch(std::string_view noun, std::string_view id) {
  return {.code = Code::kNotFound, .message = fmt::format("there is no {} `{}`", noun, id)};
}

Error HandleTaken(std::string_view handle) {
  return {.code = Code::kConflict,
          .message = fmt::format("the handle `{}` is in use", handle),
          .reason = "handle.used",
          .field = "handle",
          .fix = "choose another handle"};
}

}  // namespace crossrole::store
