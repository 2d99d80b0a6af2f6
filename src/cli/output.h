// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace crossrole::cli {

/// Columns for people: aligned, without control characters, which could speak to the terminal.
class Table {
 public:
  explicit Table(std::vector<std::string> head) : rows_{std::move(head)} {}
  /// Adds a line.
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  /// The text, one line for each row, the head first unless all its cells are empty.
  std::string Text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// One column of a list, or one line of an object.
struct Column {
  std::string_view head;
  std::string_view member;  // "sync.state" looks inside
};

/// A member as a short text: lists joined, null and what is missing as "-".
std::string Cell(const boost::json::value& object, std::string_view member);
/// The text of a member; "" when it is missing or no text.
std::string TextOf(const boost::json::value& object, std::string_view member);
/// The member, or nullptr.
const boost::json::value* Member(const boost::json::value& object, std::string_view member);
/// The strings in the list `member`.
std::vector<std::string> TextsOf(const boost::json::value& object, std::string_view member);

/// Prints an object: json, or one line for each column.
int PrintObject(const Context& context, const boost::json::value& object, std::span<const Column> columns);
/// Prints `{"items": […]}`: json, or a table.
int PrintList(const Context& context, const boost::json::value& list, std::span<const Column> columns);
/// Prints json, indented.
void PrintJson(const boost::json::value& value);

/// A note for people, to standard error.
void Note(std::string_view text);
/// `text` with control characters replaced.
std::string Printable(std::string_view text);
/// Prints `message` as wrong usage; returns 2.
int PrintUsage(const Context& context, std::string message, std::string fix = {});

}  // namespace crossrole::cli
