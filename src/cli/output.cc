// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cerrno>
#include <cstdio>

#include "base/json.h"
#include "base/text.h"
#include "http/problem.h"

namespace crossrole::cli {
namespace {

namespace json = boost::json;

std::size_t WidthOf(std::string_view text) {
  // Continuation bytes of UTF-8 take no column.
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string CellOf(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return "-";
    case json::kind::string: return value.get_string().empty() ? "-" : std::string(value.get_string());
    case json::kind::bool_: return value.get_bool() ? "yes" : "no";
    case json::kind::array: {
      std::string all;
      for (const json::value& item : value.get_array()) all += (all.empty() ? "" : ", ") + CellOf(item);
      return all.empty() ? "-" : all;
    }
    case json::kind::object: {
      const json::value* name = value.get_object().if_contains("name");
      return name != nullptr && name->is_string() ? std::string(name->get_string()) : base::PrintJson(value);
    }
    default: return base::PrintJson(value);
  }
}

void PrintForPeople(const base::Error& error) {
  std::string text = fmt::format("crossrole: {}\n", Printable(error.message));
  for (const auto& [name, values] : error.details) {
    if (name == "request_id" || values.empty()) continue;
    text += fmt::format("  {}: {}\n", Printable(name), Printable(base::Join(values, ", ")));
  }
  if (!error.fix.empty()) text += fmt::format("  {}\n", Printable(error.fix));
  const auto id = error.details.find("request_id");
  if (error.code == base::Code::kInternal && id != error.details.end()) {
    text += fmt::format("  the server's log tells more about request {}\n", Printable(base::Join(id->second, " ")));
  }
  Note(text);
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string safe;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xC2U && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0U;
    if (c1) ++i;
    safe += c1 || byte < 0x20U || byte == 0x7FU ? '?' : text[i];
  }
  return safe;
}

std::string Table::Text() const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    if (row.size() > widths.size()) widths.resize(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], WidthOf(Printable(row[i])));
  }
  std::string text;
  for (const auto& row : rows_) {
    if (&row == &rows_.front() && std::ranges::all_of(row, &std::string::empty)) continue;
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string cell = Printable(row[i]);
      line += cell;
      if (i + 1 < row.size()) line.append(widths[i] - WidthOf(cell) + 2, ' ');
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

const json::value* Member(const json::value& object, std::string_view member) {
  const json::value* at = &object;
  for (const std::string_view name : base::Split(member, '.')) {
    const json::object* members = at->if_object();
    at = members == nullptr ? nullptr : members->if_contains(name);
    if (at == nullptr) return nullptr;
  }
  return at;
}

std::string Cell(const json::value& object, std::string_view member) {
  const json::value* value = Member(object, member);
  return value == nullptr ? "-" : CellOf(*value);
}

std::string TextOf(const json::value& object, std::string_view member) {
  const json::value* value = Member(object, member);
  return value == nullptr || !value->is_string() ? std::string() : std::string(value->get_string());
}

std::vector<std::string> TextsOf(const json::value& object, std::string_view member) {
  std::vector<std::string> texts;
  const json::value* list = Member(object, member);
  if (list == nullptr || !list->is_array()) return texts;
  for (const json::value& item : list->get_array()) {
    if (item.is_string()) texts.emplace_back(item.get_string());
  }
  return texts;
}

int PrintObject(const Context& context, const json::value& object, std::span<const Column> columns) {
  if (context.output == Output::kJson) {
    PrintJson(object);
    return 0;
  }
  Table table({"", ""});
  for (const Column& column : columns) table.Add({std::string(column.head), Cell(object, column.member)});
  Print(table.Text());
  return 0;
}

int PrintList(const Context& context, const json::value& list, std::span<const Column> columns) {
  if (context.output == Output::kJson) {
    PrintJson(list);
    return 0;
  }
  std::vector<std::string> head;
  for (const Column& column : columns) head.emplace_back(column.head);
  Table table(std::move(head));
  const json::value* items = Member(list, "items");
  if (items != nullptr && items->is_array()) {
    for (const json::value& item : items->get_array()) {
      std::vector<std::string> row;
      for (const Column& column : columns) row.push_back(Cell(item, column.member));
      table.Add(std::move(row));
    }
  }
  Print(table.Text());
  return 0;
}

void PrintJson(const json::value& value) { Print(base::PrintJsonPretty(value) + "\n"); }

void Note(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

void Print(std::string_view text) {
  errno = 0;
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written && errno == EPIPE) std::clearerr(stdout);
}

int PrintError(const Context& context, const base::Error& error) {
  if (context.output == Output::kTable) {
    PrintForPeople(error);
  } else {
    base::Error problem = error;
    const auto id = problem.details.extract("request_id");
    const std::string request_id = id.empty() || id.mapped().empty() ? std::string() : id.mapped().front();
    Note(http::ProblemResponse(problem, request_id).body + "\n");
  }
  return base::FactsOf(error.code).exit_code;
}

int PrintUsage(const Context& context, std::string message, std::string fix) {
  return PrintError(context, {.code = base::Code::kInvalidArgument, .message = std::move(message), .fix = std::move(fix)});
}

}  // namespace crossrole::cli
