// SPDX-License-Identifier: Apache-2.0
#include "keyring/personal_data.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "fakes/scratch_store.h"
#include "store/people/operators.h"

namespace crossrole::keyring {
namespace {

using fakes::Must;

constexpr std::string_view kAnn = "op_01JD3E9ZK4M7Q2V8R5T6W9XYAA";
constexpr std::string_view kBob = "op_01JD3E9ZK4M7Q2V8R5T6W9XYBB";

class PersonalDataTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = Must(MakeFolder());
    Reopen();
    tenant_ = fakes::AddSampleTenant(*store_);
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  static base::Result<std::string> MakeFolder() {
    std::string folder = "/tmp/crossrole-personal-XXXXXX";
    CHECK(::mkdtemp(folder.data()) != nullptr);
    return folder;
  }
  void Reopen() {
    store_.reset();
    store_ = Must(store::Store::Open({.path = folder_ + "/crossrole.db", .rerun = store::Rerun::kAlways}));
  }
  static store::Operator Person(std::string_view id, std::string email) {
    return {.id = Must(model::OperatorId::Parse(id)), .tenant = fakes::SampleTenant(), .name = "Ann Lovelace", .email = std::move(email)};
  }
  base::Status Insert(const store::Operator& person) {
    return store_->Write(*tenant_, [&](store::WriteTransaction& tx) { return store::InsertOperator(tx, person); });
  }
  base::Result<std::optional<store::Operator>> Find(std::string_view id) {
    return store_->Read(*tenant_, [&](store::ReadTransaction& tx) { return store::FindOperator(tx, *model::OperatorId::Parse(id)); });
  }
  base::Result<std::optional<store::Operator>> FindByEmail(std::string_view email) {
    return store_->Read(*tenant_, [&](store::ReadTransaction& tx) { return store::FindOperatorByEmail(tx, email); });
  }
  // Whether any file of the database holds the text, in any case of letters.
  bool OnDisk(std::string_view text) const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(file), {}};
      if (bytes.contains(text)) return true;
    }
    return false;
  }

  base::SeededRandom random_{7};
  PersonalData data_{base::Secret(std::string(kKeySize, 'k')), random_};
  std::string folder_;
  std::unique_ptr<store::Store> store_;
  std::optional<model::TenantId> tenant_;
};

TEST_F(PersonalDataTest, NamesAndAddressesAreNotInTheFile) {
  store_->UsePersonalData(data_);
  ASSERT_TRUE(Insert(Person(kAnn, "Ann.Lovelace@example.com")).has_value());
  const auto ann = Must(Find(kAnn));
  ASSERT_TRUE(ann.has_value());
  EXPECT_EQ(ann->name, "Ann Lovelace");
  EXPECT_EQ(ann->email, "Ann.Lovelace@example.com");
  for (const char* text : {"Ann Lovelace", "Ann.Lovelace", "ann.lovelace", "example.com"}) EXPECT_FALSE(OnDisk(text)) << text;
  EXPECT_TRUE(OnDisk(kAnn)) << "the test looks at the right files";
}

TEST_F(PersonalDataTest, WhoIsSealedIsFoundByAddressAndTheAddressIsTaken) {
  store_->UsePersonalData(data_);
  ASSERT_TRUE(Insert(Person(kAnn, "Ann@example.com")).has_value());
  ASSERT_TRUE(Must(FindByEmail("aNN@Example.com")).has_value());
  EXPECT_EQ(Must(FindByEmail("aNN@Example.com"))->id.text(), kAnn);
  EXPECT_FALSE(Must(FindByEmail("bob@example.com")).has_value());
  const auto again = Insert(Person(kBob, "ann@EXAMPLE.com"));
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().field, "email");
}

TEST_F(PersonalDataTest, AChangeIsSealedToo) {
  store_->UsePersonalData(data_);
  ASSERT_TRUE(Insert(Person(kAnn, "ann@example.com")).has_value());
  store::Operator ann = *Must(Find(kAnn));
  ann.email = "countess@example.com";
  ann.name = "Countess";
  ASSERT_TRUE(store_->Write(*tenant_, [&](store::WriteTransaction& tx) { return store::UpdateOperator(tx, ann); }).has_value());
  EXPECT_FALSE(Must(FindByEmail("ann@example.com")).has_value());
  EXPECT_EQ(Must(FindByEmail("countess@example.com"))->name, "Countess");
  EXPECT_FALSE(OnDisk("ountess"));
}

TEST_F(PersonalDataTest, WhatStoodThereBeforeIsSealedAndLeavesNothing) {
  ASSERT_TRUE(Insert(Person(kAnn, "ann.lovelace@example.com")).has_value());
  ASSERT_TRUE(Insert(Person(kBob, "bob@example.com")).has_value());
  EXPECT_TRUE(OnDisk("ann.lovelace@example.com")) << "the test can fail";
  Reopen();
  store_->UsePersonalData(data_);
  ASSERT_TRUE(SealPersonalData(*store_).has_value());
  EXPECT_EQ(Must(FindByEmail("ann.lovelace@example.com"))->name, "Ann Lovelace");
  EXPECT_EQ(Must(Find(kAnn))->version, 1);
  for (const char* text : {"Ann Lovelace", "ann.lovelace", "bob@"}) EXPECT_FALSE(OnDisk(text)) << text;
  EXPECT_TRUE(SealPersonalData(*store_).has_value()) << "again, for a start after a crash";
}

TEST_F(PersonalDataTest, ARowThatWasMovedOrChangedDoesNotOpen) {
  const auto other = Must(model::TenantId::Parse("t_01JD3E9ZK4M7Q2V8R5T6W9XYZZ"));
  const store::PersonalField field{*tenant_, kAnn, "operators.email"};
  const std::string sealed = data_.Seal(field, "ann@example.com");
  EXPECT_EQ(Must(data_.Open(field, sealed)), "ann@example.com");
  EXPECT_FALSE(data_.Open({other, kAnn, "operators.email"}, sealed).has_value());
  EXPECT_FALSE(data_.Open({*tenant_, kBob, "operators.email"}, sealed).has_value());
  EXPECT_FALSE(data_.Open({*tenant_, kAnn, "operators.name"}, sealed).has_value());
  EXPECT_NE(data_.Mark(*tenant_, "ann@example.com"), data_.Mark(other, "ann@example.com"));
  const PersonalData stranger{base::Secret(std::string(kKeySize, 'x')), random_};
  EXPECT_FALSE(stranger.Open(field, sealed).has_value());
  EXPECT_NE(stranger.Mark(*tenant_, "ann@example.com"), data_.Mark(*tenant_, "ann@example.com"));
}

TEST_F(PersonalDataTest, WithoutTheKeyNothingIsReadAndNothingIsOverwritten) {
  store_->UsePersonalData(data_);
  ASSERT_TRUE(Insert(Person(kAnn, "ann@example.com")).has_value());
  Reopen();
  const store::Operator ann = *Must(Find(kAnn));
  EXPECT_EQ(ann.name + ann.email, "");
  EXPECT_FALSE(store_->Write(*tenant_, [&](store::WriteTransaction& tx) { return store::UpdateOperator(tx, ann); }).has_value());
  store_->UsePersonalData(data_);
  EXPECT_EQ(Must(Find(kAnn))->email, "ann@example.com");
}

}  // namespace
}  // namespace crossrole::keyring
