// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <iosfwd>
#include <string>
#include <vector>

// The cases written from AWS's documentation: tests/policy/cases/*.json, described in tests/policy/README.md.
namespace crossrole::policy_tests {

/// One documented fact.
struct Case {
  std::string file;                 // without folder and suffix
  std::string name;
  std::string page;                 // path on docs.aws.amazon.com
  std::vector<std::string> traps;   // "T4" …
  std::string expected;             // an answer, or "refused"
  std::vector<std::string> layers;  // that decide, sorted; empty: not asked
  boost::json::object question;     // see question.h
};

/// A case by its name, for messages of tests.
void PrintTo(const Case& one, std::ostream* out);

/// All cases of the files in `folder`, in the order of their names. Ends the process, saying where, when a file is malformed.
std::vector<Case> ReadCases(const std::string& folder);

}  // namespace crossrole::policy_tests
