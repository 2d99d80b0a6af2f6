// SPDX-License-Identifier: Apache-2.0
#include "cli/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/text.h"
#include "cli/input.h"

namespace crossrole::cli {
namespace {

namespace json = boost::json;

// Adds `key=value` to `object`; false when it is none or the key is there already.
bool AddPair(std::string_view text, json::object& object) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return false;
  return object.emplace(text.substr(0, equals), text.substr(equals + 1)).second;
}

}  // namespace

std::string Fields::FlagOf(std::string_view member) const {
  std::string flag = fmt::format("--{}", member);
  std::ranges::replace(flag, '_', '-');
  return flag;
}

void Fields::Refuse(std::string message) {
  if (!error_) error_ = base::Error{.code = base::Code::kInvalidArgument, .message = std::move(message)};
}

Fields& Fields::Set(std::string_view member, json::value value) {
  object_[member] = std::move(value);
  return *this;
}

Fields& Fields::Text(std::string_view member) {
  if (const auto text = arguments_.Text(FlagOf(member))) Set(member, json::value(*text));
  return *this;
}

Fields& Fields::Integer(std::string_view member) {
  if (const auto number = arguments_.Integer(FlagOf(member))) Set(member, *number);
  return *this;
}

Fields& Fields::Switch(std::string_view member) {
  const std::string flag = FlagOf(member);
  if (arguments_.Has(flag)) Set(member, arguments_.Switch(flag));
  return *this;
}

Fields& Fields::Texts(std::string_view member) {
  const std::string flag = FlagOf(member);
  if (!arguments_.Has(flag)) return *this;
  auto texts = arguments_.Texts(flag);
  if (texts.size() == 1) std::erase(texts, "");
  return Set(member, json::array(texts.begin(), texts.end()));
}

Fields& Fields::Pairs(std::string_view member) {
  const std::string flag = FlagOf(member);
  if (!arguments_.Has(flag)) return *this;
  json::object pairs;
  for (const std::string& text : arguments_.Texts(flag)) {
    if (!AddPair(text, pairs)) Refuse(fmt::format("`{}` takes key=value, each key once, not `{}`", flag, text));
  }
  return Set(member, std::move(pairs));
}

Fields& Fields::File(std::string_view member) {
  const auto path = arguments_.Text(FlagOf(member));
  if (!path) return *this;
  auto document = ReadJsonInput(*path);
  if (document) return Set(member, *std::move(document));
  Refuse(document.error().message);
  return *this;
}

Fields& Fields::Capabilities() {
  if (!arguments_.Has("--capabilities")) return *this;
  json::array list;
  for (const std::string& text : arguments_.Texts("--capabilities")) {
    const std::size_t colon = text.find(':');
    if (text.empty()) continue;
    if (colon == std::string::npos) {
      list.emplace_back(text);
      continue;
    }
    json::object parameters;
    for (const std::string_view pair : base::Split(std::string_view(text).substr(colon + 1), ',')) {
      if (!AddPair(pair, parameters)) Refuse(fmt::format("`--capabilities` takes name or name:key=value,…, not `{}`", text));
    }
    list.push_back(json::object{{"name", text.substr(0, colon)}, {"parameters", std::move(parameters)}});
  }
  return Set("capabilities", std::move(list));
}

base::Result<json::object> Fields::Take() {
  if (error_) return base::Fail(*error_);
  return std::move(object_);
}

std::optional<json::object> ShareFlag(const Arguments& arguments) {
  const std::vector<std::string> spaces = arguments.Texts("--share-with");
  if (spaces.empty()) return std::nullopt;
  if (spaces == std::vector<std::string>{"all"}) return json::object{{"spaces", "all"}};
  json::array ids;
  for (const std::string& id : spaces) {
    if (!id.empty()) ids.emplace_back(id);
  }
  return json::object{{"spaces", std::move(ids)}};
}

}  // namespace crossrole::cli
