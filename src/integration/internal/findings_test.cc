// SPDX-License-Identifier: Apache-2.0
#include "integration/findings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <set>
#include <string>

#include "base/json.h"
#include "golden/golden_file.h"

namespace crossrole::integration {
namespace {

// All that contract 4.1.1 lists.
const std::set<std::string_view> kErrors = {"trust.not_assumable",
                                            "trust.external_id_not_required",
                                            "trust.external_id_any_value",
                                            "trust.external_id_if_exists",
                                            "trust.external_id_case_insensitive",
                                            "trust.wildcard_principal",
                                            "trust.tag_session_missing",
                                            "trust.source_identity_missing",
                                            "trust.dangling_principal",
                                            "role.wrong_account",
                                            "sts.region_disabled",
                                            "organization.not_management_account"};
const std::set<std::string_view> kWarnings = {"trust.wildcard_limited_to_org", "trust.other_principals",
                                              "trust.external_id_other_value", "trust.document_unread",
                                              "role.duration_too_short",       "capability.missing_actions",
                                              "verification.emulator",         "member.without_external_id"};

TEST(FindingTableTest, HasEveryCodeOfTheContractWithItsSeverityAndNoOther) {
  std::set<std::string_view> errors;
  std::set<std::string_view> warnings;
  std::set<std::string_view> infos;
  for (const FindingFacts& facts : FindingTable()) {
    (facts.severity == Severity::kError     ? errors
     : facts.severity == Severity::kWarning ? warnings
                                            : infos)
        .insert(facts.code);
    EXPECT_FALSE(facts.cause.empty() || facts.fix.empty()) << facts.code;
  }
  EXPECT_EQ(errors, kErrors);
  EXPECT_EQ(warnings, kWarnings);
  EXPECT_EQ(infos, std::set<std::string_view>{"trust.account_principal"});
  EXPECT_TRUE(std::ranges::is_sorted(FindingTable(), {}, &FindingFacts::code));
}

// A code that nothing reports would be a promise: every one stands where roles are judged, written out.
TEST(FindingTableTest, EveryCodeIsReportedSomewhere) {
  std::string judge;
  for (const char* file : {"internal/judge_trust.cc", "members/discovery.cc", "members/verify_member.cc"}) {
    judge += golden::ReadAll(CROSSROLE_SOURCE_DIR "/src/integration/" + std::string(file));
  }
  for (const FindingFacts& facts : FindingTable())
    EXPECT_TRUE(judge.contains("\"" + std::string(facts.code) + "\"")) << facts.code;
}

TEST(FindingTableTest, TheReferencePageIsMadeFromIt) { golden::Expect("docs/reference/findings.md", FindingsPage()); }

TEST(FindingTest, JsonIsThatOfTheContractAndReadsBack) {
  const Finding finding =
      MakeFinding("trust.external_id_any_value", FindingEvidence::kDocument, "says why", R"({"Version":"2012-10-17"})");
  EXPECT_EQ(
      base::PrintJson(ToJson(finding)),
      R"({"code":"trust.external_id_any_value","severity":"error","evidence":"document","message":"says why","fix":{"policy":{"Version":"2012-10-17"}}})");
  EXPECT_EQ(*FindingFromJson(ToJson(finding)), finding);
  const Finding plain = MakeFinding("trust.account_principal", FindingEvidence::kProbe, "m");
  EXPECT_FALSE(ToJson(plain).as_object().contains("fix"));
  EXPECT_EQ(*FindingFromJson(ToJson(plain)), plain);
  EXPECT_FALSE(FindingFromJson(boost::json::object{{"code", "made.up"}}).has_value());
}

}  // namespace
}  // namespace crossrole::integration
