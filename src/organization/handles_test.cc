// SPDX-License-Identifier: Apache-2.0
#include "organization/handles.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "organization/change_prefix.h"

namespace crossrole::organization {
namespace {

constexpr std::string_view kKey = "111122223333";

std::string Plain(std::string_view name, std::string_view prefix = "") {
  return HandleChoices({.prefix = prefix, .name = name, .key = kKey}).At(0).text();
}

std::string Ranked(std::string_view name, std::size_t rank, std::string_view key = kKey, std::string_view prefix = "") {
  return HandleChoices({.prefix = prefix, .name = name, .key = key}).At(rank).text();
}

model::Handle Parsed(const std::string& text) { return *model::Handle::Parse(text); }

TEST(HandlesTest, NamesBecomeHandlesByTheDocumentedRule) {
  struct Case {
    std::string_view name, handle;
  };
  for (const Case& each : std::vector<Case>{{"production", "production"},
                                            {"Production EU", "production_eu"},
                                            {"payments-2-prod", "payments_2_prod"},
                                            {"  _Sandbox_ (old) ", "sandbox_old"},
                                            {"a--b__c", "a_b_c"},
                                            {"Zürich Zahlung", "zurich_zahlung"},
                                            {"Straße", "strasse"},
                                            {"São Paulo", "sao_paulo"},
                                            {"Ünlü & Söhne", "unlu_sohne"},
                                            {"Łódź", "lodz"},
                                            {"Ærø", "aero"},
                                            {"Nguyễn", "nguyen"},
                                            {"Zu\xcc\x88rich", "zurich"},  // an accent of its own
                                            {"Отдел продаж", "otdel_prodazh"},
                                            {"Щука и конь", "shchuka_i_kon"},
                                            {"Αθήνα", "athina"},
                                            {"ＡＢＣ１２", "abc12"},
                                            {"日本 決済", "account"},
                                            {"日本 payments", "payments"},
                                            {"", "account"},
                                            {"!!!", "account"},
                                            {"123 legacy", "a_123_legacy"},
                                            {"9", "a_9"},
                                            {"bad \xff\xc0 bytes", "bad_bytes"},
                                            {"tab\tline\nend", "tab_line_end"}}) {
    EXPECT_EQ(Plain(each.name), each.handle) << each.name;
  }
}

TEST(HandlesTest, APrefixStandsInFrontAsItIs) {
  EXPECT_EQ(Plain("Production", "aws_"), "aws_production");
  EXPECT_EQ(Plain("Production", "aws"), "awsproduction");
  EXPECT_EQ(Plain("123", "aws_"), "aws_123");
  EXPECT_EQ(Plain("日本", "aws_"), "aws_account");
}

TEST(HandlesTest, WhatIsTooLongIsCutAndSuffixesAreKept) {
  const std::string name(60, 'x');
  EXPECT_EQ(Plain(name), std::string(39, 'x'));
  EXPECT_EQ(Ranked(name, 1), std::string(34, 'x') + "_3333");
  EXPECT_EQ(Ranked(name, 2), std::string(26, 'x') + "_111122223333");
  EXPECT_EQ(Ranked(name, 3), std::string(24, 'x') + "_111122223333_2");
  EXPECT_EQ(Ranked(name, 12), std::string(23, 'x') + "_111122223333_11");
  EXPECT_EQ(Plain(std::string(38, 'y') + " z"), std::string(38, 'y')) << "no underscore at the end";
  EXPECT_EQ(Ranked(std::string(33, 'y') + " zzzz", 1), std::string(33, 'y') + "_3333");
}

TEST(HandlesTest, FoldersTakeTheirSuffixFromTheirId) {
  EXPECT_EQ(Ranked("Workloads", 1, "ou-ab12-x1y2z3w4"), "workloads_z3w4");
  EXPECT_EQ(Ranked("Workloads", 2, "ou-ab12-x1y2z3w4"), "workloads_x1y2z3w4");
  EXPECT_EQ(Ranked("Root", 1, "r-ab12"), "root_ab12");
}

TEST(HandlesTest, APrefixMustBeTheBeginningOfAHandle) {
  for (const std::string_view good : {"", "a", "aws_", "aws_prod_", "abcdefghijklmnopqrst"}) EXPECT_TRUE(CheckHandlePrefix(good)) << good;
  for (const std::string_view bad : {"_a", "1a", "A", "a-", "a__", "a b", "ä", "abcdefghijklmnopqrstu"}) {
    const auto status = CheckHandlePrefix(bad);
    ASSERT_FALSE(status) << bad;
    EXPECT_EQ(status.error().field, "handle_prefix");
  }
}

TEST(HandlesTest, ShownNamesAreWhatNamesMayBe) {
  EXPECT_EQ(ShownName("Zürich", "x"), "Zürich");
  EXPECT_EQ(ShownName("", "111122223333"), "111122223333");
  EXPECT_EQ(ShownName("a\nb", "x"), "a\xef\xbf\xbd" "b");
  EXPECT_EQ(ShownName("a\xe2\x80\xae" "b", "x"), "a\xef\xbf\xbd" "b") << "right-to-left override";
  EXPECT_EQ(ShownName("\xff", "x"), "\xef\xbf\xbd");
  EXPECT_EQ(ShownName(std::string(200, 'n'), "x"), std::string(128, 'n'));
}

RC_GTEST_PROP(HandlesProperty, AnyNameHasHandlesOfEveryRankAndThoseAreKnownAgain, (const std::string& name)) {
  const auto prefix = *rc::gen::elementOf(std::vector<std::string>{"", "aws_", "x", "abcdefghijklmnopqrst"});
  const HandleChoices choices({.prefix = prefix, .name = name, .key = kKey});
  for (const std::size_t rank : std::vector<std::size_t>{0, 1, 2, 3, 10, 100}) {
    const model::Handle handle = choices.At(rank);  // valid, or At would abort
    RC_ASSERT(choices.RankOf(handle).has_value());
    RC_ASSERT(handle.text().starts_with(prefix));
  }
  RC_ASSERT(model::CheckName(ShownName(name, "x"), "name").has_value());
}

TEST(HandlesTest, ANewcomerTakesASuffixAndNobodyElseChanges) {
  TakenHandles taken;
  EXPECT_EQ(taken.TakeFirst(HandleChoices({.name = "prod", .key = "000000001111"}), {}).text(), "prod");
  EXPECT_EQ(taken.TakeFirst(HandleChoices({.name = "Prod", .key = "000000002222"}), {}).text(), "prod_2222");
  EXPECT_EQ(taken.TakeFirst(HandleChoices({.name = "prod!", .key = "999900002222"}), {}).text(), "prod_999900002222");
  ASSERT_TRUE(taken.Take(Parsed("prod_888800002222")));
  EXPECT_EQ(taken.TakeFirst(HandleChoices({.name = "PROD", .key = "888800002222"}), {}).text(), "prod_888800002222_2");
}

KnownNode Node(const std::string& key, const std::string& name, const std::string& handle, HandleMode mode = HandleMode::kDynamic) {
  return {.key = key, .parent = "r-root", .name = name, .handle = Parsed(handle), .mode = mode};
}

std::vector<std::string> Texts(const std::vector<HandleRename>& renames) {
  std::vector<std::string> texts;
  for (const HandleRename& rename : renames) texts.push_back(std::to_string(rename.known) + " " + rename.after.text());
  return texts;
}

TEST(ChangePrefixTest, DynamicHandlesFollowAndEditedOnesAreListed) {
  const std::vector<KnownNode> nodes = {Node("000000000001", "prod", "old_prod_0001"), Node("000000000002", "prod", "old_prod"),
                                        Node("000000000003", "mine", "old_mine", HandleMode::kStatic),
                                        Node("000000000004", "yours", "special", HandleMode::kStatic)};
  const PrefixPair prefixes{.before = "old_", .after = "new_"};
  const PrefixChange change = ChangePrefix(nodes, {}, prefixes, "account", RenameStatic::kNo);
  EXPECT_EQ(Texts(change.renamed), (std::vector<std::string>{"0 new_prod_0001", "1 new_prod"})) << "the plainer stays the plainer";
  EXPECT_EQ(change.kept, (std::vector<std::size_t>{2, 3}));
  const PrefixChange all = ChangePrefix(nodes, {Parsed("new_special")}, prefixes, "account", RenameStatic::kYes);
  EXPECT_EQ(Texts(all.renamed), (std::vector<std::string>{"0 new_prod_0001", "1 new_prod", "2 new_mine", "3 new_special_0004"}));
  EXPECT_TRUE(all.kept.empty());
}

TEST(ChangePrefixTest, ThePrefixCanGoAway) {
  const std::vector<KnownNode> nodes = {Node("000000000001", "prod", "aws_prod"),
                                        Node("000000000002", "x", "aws_edited", HandleMode::kStatic),
                                        Node("000000000003", "x", "plain", HandleMode::kStatic)};
  const PrefixChange change = ChangePrefix(nodes, {}, {.before = "aws_", .after = ""}, "account", RenameStatic::kYes);
  EXPECT_EQ(Texts(change.renamed), (std::vector<std::string>{"0 prod", "1 edited"}));
  EXPECT_EQ(change.kept, (std::vector<std::size_t>{2}));
}

TEST(ChangePrefixTest, NobodyGetsAHandleThatSomebodyHas) {
  const std::vector<KnownNode> nodes = {Node("000000000001", "prod", "prod"), Node("000000000002", "x", "aws_prod", HandleMode::kStatic)};
  const PrefixChange change = ChangePrefix(nodes, {}, {.before = "", .after = "aws_"}, "account", RenameStatic::kNo);
  EXPECT_EQ(Texts(change.renamed), (std::vector<std::string>{"0 aws_prod_0001"}));
}

TEST(ChangePrefixTest, TheSamePrefixChangesNothing) {
  const std::vector<KnownNode> nodes = {Node("000000000001", "prod", "aws_prod"), Node("000000000002", "prod", "aws_prod_0002"),
                                        Node("000000000003", "x", "edited", HandleMode::kStatic)};
  const PrefixChange change = ChangePrefix(nodes, {}, {.before = "aws_", .after = "aws_"}, "account", RenameStatic::kNo);
  EXPECT_TRUE(change.renamed.empty());
}

}  // namespace
}  // namespace crossrole::organization
