// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/document.h"

namespace crossrole::policy {

/// How much a finding matters.
enum class LintSeverity : std::uint8_t { kError, kWarning, kInfo };

/// One thing to know about a policy.
struct LintFinding {
  std::string code;  // as in contract 4.1.1 where it is the same thing, else `lint.…`
  LintSeverity severity = LintSeverity::kWarning;
  std::optional<std::size_t> statement{};
  std::string message;  // one sentence
  std::string fix;      // what to do about it
};

/// What `crossrole policy lint` prints.
struct LintReport {
  std::vector<std::string> statements;  // each in plain words
  std::vector<LintFinding> findings;
  std::size_t size = 0;  // as IAM counts it
  /// Whether no finding is an error.
  bool ok() const;
};

/// What is known besides the document.
struct LintOptions {
  std::string principal_arn{};              // who should be let in; "": whoever the document names
  std::vector<std::string> external_ids{};  // that should be asked for; empty: those of the document
};

/// Reads a trust policy and says in plain words what it does and where it is open.
/// Errors: as `Parse`; kInvalidArgument for `principal_arn`.
base::Result<LintReport> LintTrust(std::string_view text, const LintOptions& options = {});

/// Reads a policy of any kind and says in plain words what it does and what is easily misread in it; of a trust policy as
/// `LintTrust` without options. Errors: as `Parse`.
base::Result<LintReport> LintPolicy(std::string_view text, DocumentKind kind);

/// The same for an identity policy.
base::Result<LintReport> LintIdentity(std::string_view text);

/// The report on a text that AWS would not take as a policy, from the error of reading it: one finding `lint.malformed`.
LintReport ReportOf(const base::Error& malformed);

/// Text for people.
std::string Describe(const LintReport& report);

/// `{"ok", "size", "statements": […], "findings": [{"code","severity","statement"?,"message","fix"}]}`.
boost::json::value ToJson(const LintReport& report);

}  // namespace crossrole::policy
