// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/result.h"
#include "model/ids.h"

struct sqlite3_stmt;

namespace crossrole::store {

/// The text of a statement, known when the program is compiled: there is no way to build SQL from input.
/// Parameters are `$1`, `$2` … as in PostgreSQL; in a tenant's transaction `$1` is always the tenant, bound by
/// the transaction itself, and the caller's first argument is `$2`. Write statements as `R"sql(…)sql"`: a test
/// collects them by that mark and checks each against the schema.
class Sql {
 public:
  consteval Sql(const char* text) : text_(text) {}  // NOLINT: implicit, so that a literal is a statement
  /// The statement.
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

/// One argument of a statement: NULL, a BIGINT or a TEXT. Texts are borrowed for the call.
class Value {
 public:
  Value() = default;
  Value(std::integral auto number) : value_(static_cast<std::int64_t>(number)) {}
  Value(std::string_view text) : value_(text) {}
  Value(const std::string& text) : value_(std::string_view(text)) {}
  Value(const char* text) : value_(std::string_view(text)) {}
  Value(base::Time time) : value_(base::ToMicros(time)) {}
  template <typename Kind>
  Value(const model::Id<Kind>& id) : value_(std::string_view(id.text())) {}
  template <typename T>
  Value(const std::optional<T>& value) {
    if (value) value_ = Value(*value).value_;
  }
  /// What is bound.
  const std::variant<std::monostate, std::int64_t, std::string_view>& get() const { return value_; }

 private:
  std::variant<std::monostate, std::int64_t, std::string_view> value_;
};

/// One row of an answer, valid until the next one. Columns count from 0.
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}

  bool IsNull(int column) const;               ///< whether the column is NULL
  std::int64_t Int(int column) const;          ///< a BIGINT; 0 for NULL
  bool Flag(int column) const { return Int(column) != 0; }  ///< a BIGINT that means yes or no
  std::string Text(int column) const;          ///< a TEXT; "" for NULL
  std::string_view TextView(int column) const; ///< the same, borrowed from the row
  base::Time Time(int column) const;           ///< a BIGINT of microseconds
  std::optional<std::string> OptionalText(int column) const;  ///< nothing for NULL
  std::optional<base::Time> OptionalTime(int column) const;   ///< nothing for NULL

  /// Parses a column by `T::Parse`. Errors: kInternal when it does not hold what was once written.
  template <typename T>
  base::Result<T> Parsed(int column) const {
    return Checked(T::Parse(TextView(column)), column);
  }
  /// Turns a failed parse of a column into kInternal, which it is: the text came from here.
  template <typename T>
  static base::Result<T> Checked(base::Result<T> parsed, int column) {
    if (parsed) return parsed;
    return base::Fail(base::Code::kInternal,
                      "column " + std::to_string(column) + " is unreadable: " + parsed.error().message);
  }

 private:
  sqlite3_stmt* statement_;
};

}  // namespace crossrole::store
