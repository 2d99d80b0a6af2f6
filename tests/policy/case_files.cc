// SPDX-License-Identifier: Apache-2.0
#include "policy/case_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>

#include "base/json.h"

namespace crossrole::policy_tests {
namespace {

namespace json = boost::json;

[[noreturn]] void Give(const std::string& where, const std::string& what) {
  fmt::print(stderr, "{}: {}\n", where, what);
  std::exit(2);
}

std::string Text(const json::value& value) { return std::string(value.as_string()); }

bool IsStatement(const json::value& value) { return value.is_object() && value.as_object().contains("Effect"); }

json::object DocumentOf(json::value statements) { return {{"Version", "2012-10-17"}, {"Statement", std::move(statements)}}; }

json::object Everything(std::string_view effect, const json::value* condition) {
  json::object statement = {{"Effect", effect}, {"Action", "*"}, {"Resource", "*"}};
  if (condition != nullptr) statement["Condition"] = *condition;
  return statement;
}

// Turns the short forms of one case into a question.
class Expansion {
 public:
  Expansion(const json::object& documents, std::string where) : documents_(documents), where_(std::move(where)) {}

  json::object Expand(json::object given) const {
    json::object question;
    if (const json::value* condition = given.if_contains("allow_if")) {
      question["identity"] = json::array{DocumentOf(Everything("Allow", condition))};
    }
    if (const json::value* condition = given.if_contains("deny_if")) {
      question["identity"] = json::array{DocumentOf(json::array{Everything("Allow", nullptr), Everything("Deny", condition)})};
    }
    for (const auto& [key, value] : given) {
      if (key == "allow_if" || key == "deny_if" || value.is_null()) continue;
      if (key == "identity" || key == "resource_policies" || key == "trust" || key == "session") {
        question[key] = List(value);
      } else if (key == "boundary" || key == "vpc_endpoint") {
        question[key] = Document(value);
      } else if (key == "scp" || key == "rcp") {
        json::array levels;
        for (const json::value& level : value.as_array()) levels.push_back(List(level));
        question[key] = std::move(levels);
      } else {
        question[key] = value;
      }
    }
    return question;
  }

 private:
  // A document's name, a document, a statement, or an array of statements.
  json::value Document(const json::value& value) const {
    if (value.is_string()) {
      const json::value* named = documents_.if_contains(value.as_string());
      if (named != nullptr) return Document(*named);
      // A text that is no name is a document's text as it is.
      if (value.as_string().starts_with("{") || value.as_string().starts_with("[")) return value;
      Give(where_, fmt::format("there is no document `{}`", Text(value)));
    }
    if (IsStatement(value) || value.is_array()) return DocumentOf(value);
    return value;
  }

  json::array List(const json::value& value) const {
    const auto* array = value.if_array();
    if (array == nullptr || (!array->empty() && IsStatement(array->front()))) return {Document(value)};
    json::array list;
    for (const json::value& item : *array) list.push_back(Document(item));
    return list;
  }

  const json::object& documents_;
  std::string where_;
};

Case ReadCase(const json::object& file, const std::string& file_name, const json::object& given) {
  const std::string name = Text(given.at("name"));
  json::object members = file.contains("defaults") ? file.at("defaults").as_object() : json::object();
  Case one{.file = file_name, .name = name, .page = Text(file.at("page"))};
  for (const auto& [key, value] : given) {
    if (key == "name") continue;
    if (key == "page") one.page = Text(value);
    else if (key == "expect") one.expected = Text(value);
    else if (key == "layers") for (const json::value& layer : value.as_array()) one.layers.push_back(Text(layer));
    else if (key == "traps") for (const json::value& trap : value.as_array()) one.traps.push_back(Text(trap));
    else if (key != "why") members[key] = value;
  }
  std::ranges::sort(one.layers);
  const json::object none;
  const json::object& documents = file.contains("documents") ? file.at("documents").as_object() : none;
  one.question = Expansion(documents, file_name + ": " + name).Expand(std::move(members));
  return one;
}

}  // namespace

void PrintTo(const Case& one, std::ostream* out) { *out << one.file << ": " << one.name; }

std::vector<Case> ReadCases(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<Case> cases;
  for (const std::filesystem::path& path : paths) {
    std::ifstream stream(path);
    const std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
    const auto file = base::ParseJson(text);
    if (!file.has_value()) Give(path.string(), file.error().message);
    for (const json::value& given : file->as_object().at("cases").as_array()) {
      cases.push_back(ReadCase(file->as_object(), path.stem().string(), given.as_object()));
    }
  }
  return cases;
}

}  // namespace crossrole::policy_tests
