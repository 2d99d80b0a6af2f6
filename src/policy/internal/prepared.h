// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "policy/document.h"
#include "policy/internal/values.h"

namespace crossrole::policy::internal {

/// The six parts of an ARN.
using ArnParts = std::array<std::string_view, 6>;

/// What kind of values an operator compares.
enum class Family : std::uint8_t { kString, kNumber, kDate, kBool, kBinary, kAddress, kArn };

/// The family of `op`; of `Null` kString.
Family FamilyOf(Operator op);

/// Whether values of the family may hold policy variables. Source: IAM User Guide, "policy variables".
bool TakesVariables(Family family);

/// A text read as a value of some family; nothing when it is none, and for strings, which need no reading. Views look
/// into the text.
using Reading = std::variant<std::monostate, Decimal, std::int64_t, bool, Network, ArnParts, std::string>;

/// Reads `text` as the family's operators do.
Reading ReadAs(Family family, std::string_view text);

/// One value of a condition, read once.
struct PreparedValue {
  std::string_view text;
  bool has_variable = false;
  Reading reading{};
};

/// Reads a policy's value. Variables are known in version 2012-10-17 only.
PreparedValue PrepareValue(Family family, std::string_view text, Version version);

/// An action split at its first colon.
struct ActionName {
  std::string_view service;
  std::string_view name;
};

/// Splits `sts:AssumeRole`; nothing without a colon.
std::optional<ActionName> SplitAction(std::string_view action);

/// An action pattern, read once.
struct ActionPattern {
  enum class Shape : std::uint8_t { kNothing, kEverything, kWholeService, kLiteral, kPattern };
  Shape shape = Shape::kNothing;
  bool any_service = false;
  std::string_view service{};
  std::string_view name{};
};

/// Reads an action pattern.
ActionPattern PrepareAction(std::string_view pattern);

/// Whether `pattern` covers the action; without regard to case.
bool Covers(const ActionPattern& pattern, const std::optional<ActionName>& action);

/// A pattern of ARNs, read once.
struct ArnPattern {
  enum class Shape : std::uint8_t { kNothing, kEverything, kLiteral, kParts };
  Shape shape = Shape::kNothing;
  bool has_variable = false;  // then always kParts
  std::string_view text{};
  std::string_view beginning{};  // of the text, up to the first wildcard
  ArnParts parts{};              // for kParts
};

/// Reads a resource pattern.
ArnPattern PrepareArn(std::string_view pattern, Version version);

/// What only needs reading once of a statement.
struct PreparedStatement {
  std::vector<ActionPattern> actions{};
  std::vector<ArnPattern> resources{};
  std::vector<std::vector<PreparedValue>> conditions{};  // values, by condition
};

/// A document in canonical form with everything read that can be, and its statements found by service. Immutable; views
/// look into `document`, so it stays where it is.
class Core {
 public:
  /// Takes canonical statements.
  Core(Document document, std::string address);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  /// The canonical document.
  const Document& document() const { return document_; }
  /// SHA-256 of the canonical form, in hexadecimal.
  const std::string& address() const { return address_; }
  /// What was read of statement `index`.
  const PreparedStatement& statement(std::size_t index) const { return statements_[index]; }
  /// What every resource of statement `index` begins with; "" when nothing is known of it.
  std::string_view beginning(std::size_t index) const { return beginnings_[index]; }
  /// The statements that can match an action of `service` ("" for no service), in order.
  std::span<const std::uint32_t> Candidates(std::string_view service) const;

 private:
  void IndexServices();

  Document document_;
  std::string address_;
  std::vector<PreparedStatement> statements_;
  std::vector<std::string_view> beginnings_;  // apart, so that most statements are passed over without being touched
  std::vector<std::uint32_t> of_other_services_;
  std::vector<std::pair<std::string, std::vector<std::uint32_t>>> by_service_;  // lower case, sorted
};

}  // namespace crossrole::policy::internal
