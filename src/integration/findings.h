// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace crossrole::integration {

/// How bad a finding is: with an error a verification is not `ok`.
enum class Severity : std::uint8_t { kError, kWarning, kInfo };
/// What a finding stands on: an answer of AWS, or the text of the trust policy and the role's settings.
enum class FindingEvidence : std::uint8_t { kProbe, kDocument };

/// What is true of every finding with a code.
struct FindingFacts {
  std::string_view code;
  Severity severity;
  std::string_view cause;  // one or two sentences
  std::string_view fix;    // what to do, one or two sentences
};

/// THE table: every code that a verification can report, sorted by code.
std::span<const FindingFacts> FindingTable();
/// The facts of a code, or nullptr.
const FindingFacts* FindFindingFacts(std::string_view code);

/// One finding of one verification.
struct Finding {
  std::string code;
  Severity severity = Severity::kError;
  FindingEvidence evidence = FindingEvidence::kProbe;
  std::string message{};     // one sentence about this role
  std::string fix_policy{};  // the corrected trust policy as JSON, or ""
  bool operator==(const Finding&) const = default;
};

/// A finding with the severity that the table gives its code. `code` is in the table.
Finding MakeFinding(std::string_view code, FindingEvidence evidence, std::string message, std::string fix_policy = {});

/// `{"code","severity","evidence","message","fix"?: {"policy"}}`, as in the API and the store.
boost::json::value ToJson(const Finding& finding);
/// The inverse. Errors: kInternal for a value that `ToJson` has not made.
base::Result<Finding> FindingFromJson(const boost::json::value& value);

/// "error", "warning" or "info".
std::string_view NameOf(Severity severity);
/// "probe" or "document".
std::string_view NameOf(FindingEvidence evidence);

/// The page docs/reference/findings.md.
std::string FindingsPage();

}  // namespace crossrole::integration
