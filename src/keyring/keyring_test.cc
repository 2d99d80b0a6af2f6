// SPDX-License-Identifier: Apache-2.0
#include "keyring/keyring.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/crypto.h"
#include "fakes/scratch_store.h"

namespace crossrole::keyring {
namespace {

using base::Code;
using base::Secret;
using fakes::Must;

constexpr std::string_view kHexKey = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
constexpr std::string_view kOtherHexKey = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

class KeyringTest : public testing::Test {
 protected:
  KeyringTest() {
    std::string folder = "/tmp/crossrole-keyring-XXXXXX";
    CHECK(::mkdtemp(folder.data()) != nullptr);
    folder_ = folder;
    file_ = folder + "/master.key";
    source_ = FromFile(file_, random_);
  }
  ~KeyringTest() override { std::filesystem::remove_all(folder_); }

  base::Result<std::unique_ptr<Keyring>> TryOpen(MasterKeySource& source) { return Keyring::Open({*store_, clock_, random_, source}); }
  std::unique_ptr<Keyring> Open() { return Must(TryOpen(*source_)); }
  static std::string TextOf(const std::optional<Secret>& secret) { return secret ? std::string(secret->Reveal()) : "none"; }
  std::string FileText() const {
    std::ifstream file(file_);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  std::string ReasonOfOpening(MasterKeySource& source) {
    const auto opened = TryOpen(source);
    EXPECT_FALSE(opened.has_value());
    return opened ? "" : opened.error().reason;
  }

  fakes::FakeClock clock_;
  base::SystemRandom random_;
  std::unique_ptr<store::Store> store_ = fakes::OpenScratchStore();
  model::TenantId tenant_ = fakes::AddSampleTenant(*store_);
  model::TenantId other_ = fakes::AddOtherTenant(*store_);
  std::string folder_, file_;
  std::unique_ptr<MasterKeySource> source_;
};

TEST_F(KeyringTest, WhatWasPutComesBackAlsoAfterTheNextStart) {
  {
    const auto keyring = Open();
    ASSERT_TRUE(keyring->Put(tenant_, "webhook/1/secret", Secret("swordfish")).has_value());
    ASSERT_TRUE(keyring->Put(std::nullopt, "page", Secret("of all")).has_value());
    EXPECT_EQ(TextOf(Must(keyring->Get(tenant_, "webhook/1/secret"))), "swordfish");
  }
  const auto again = Open();
  EXPECT_EQ(TextOf(Must(again->Get(tenant_, "webhook/1/secret"))), "swordfish");
  EXPECT_EQ(TextOf(Must(again->Get(std::nullopt, "page"))), "of all");
  EXPECT_EQ(TextOf(Must(again->Get(tenant_, "page"))), "none");
  EXPECT_EQ(TextOf(Must(again->Get(other_, "webhook/1/secret"))), "none");
  EXPECT_EQ(Must(again->CheckAll()), 2U);
  ASSERT_TRUE(again->Put(tenant_, "webhook/1/secret", Secret("another")).has_value());
  EXPECT_EQ(TextOf(Must(again->Get(tenant_, "webhook/1/secret"))), "another");
  ASSERT_TRUE(again->Remove(tenant_, "webhook/1/secret").has_value());
  EXPECT_EQ(TextOf(Must(again->Get(tenant_, "webhook/1/secret"))), "none");
}

TEST_F(KeyringTest, ASecretIsMadeOnceAndIsRandom) {
  const auto keyring = Open();
  const Secret first = Must(keyring->GetOrMake(std::nullopt, "page", 32));
  const Secret second = Must(keyring->GetOrMake(std::nullopt, "replay", 32));
  EXPECT_EQ(first.size(), 32U);
  EXPECT_EQ(Must(Open()->GetOrMake(std::nullopt, "page", 32)).Reveal(), first.Reveal());
  EXPECT_NE(first.Reveal(), second.Reveal());
}

TEST_F(KeyringTest, ASecretThatWasMovedToAnotherTenantOrNameDoesNotOpen) {
  const auto keyring = Open();
  ASSERT_TRUE(keyring->Put(tenant_, "a", Secret("swordfish")).has_value());
  ASSERT_TRUE(keyring->Put(other_, "a", Secret("of the other")).has_value());
  const auto row = *Must(store_->Read(tenant_, [](store::ReadTransaction& tx) { return store::FindSealedSecret(tx, "a"); }));
  auto renamed = row;
  renamed.name = "b";
  for (const auto& [owner, moved] : {std::pair(other_, row), std::pair(tenant_, renamed)}) {
    ASSERT_TRUE(store_->Write(owner, [&](store::WriteTransaction& tx) { return store::PutSealedSecret(tx, moved); }).has_value());
    const auto opened = keyring->Get(owner, moved.name);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().reason, "keyring.unreadable");
  }
  EXPECT_FALSE(keyring->CheckAll().has_value());
  EXPECT_EQ(TextOf(Must(keyring->Get(tenant_, "a"))), "swordfish");
}

TEST_F(KeyringTest, AnyChangedByteOfASecretIsNoticed) {
  const Key key = Key::Make(random_);
  const std::string sealed = Seal(key, "context", Secret("swordfish"), random_);
  const std::string bytes = Must(base::Base64Decode(sealed));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(Unseal(key, "context", base::Base64Encode(changed)).has_value()) << at;
  }
  EXPECT_FALSE(Unseal(key, "contexu", sealed).has_value());
  EXPECT_FALSE(Unseal(Key::Make(random_), "context", sealed).has_value());
  for (const char* broken : {"", "A", "AAAA", "no base 64"}) EXPECT_FALSE(Unseal(key, "context", broken).has_value());
  EXPECT_EQ(Must(Unseal(key, "context", sealed)).Reveal(), "swordfish");
  EXPECT_NE(Seal(key, "context", Secret("swordfish"), random_), sealed);
}

TEST_F(KeyringTest, ADatabaseHoldsNeitherASecretNorAKey) {
  const auto keyring = Open();
  ASSERT_TRUE(keyring->Put(tenant_, "a", Secret("canary-swordfish-canary")).has_value());
  const std::string copy = folder_ + "/copy.db";
  ASSERT_TRUE(store_->CopyTo(copy).has_value());
  std::ifstream file(copy, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  const std::string hex = FileText().substr(0, 64);
  const std::string bytes = Must(base::HexDecode(hex));
  for (const std::string& hidden : {std::string("canary-swordfish-canary"), base::Base64Encode("canary-swordfish-canary"), hex, bytes, base::Base64Encode(bytes)}) {
    EXPECT_EQ(text.str().find(hidden), std::string::npos);
  }
}

TEST_F(KeyringTest, TheFileIsForItsOwnerOnly) {
  Open();
  struct stat facts{};
  ASSERT_EQ(::stat(file_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
  EXPECT_EQ(FileText().size(), 65U);
  ASSERT_EQ(::chmod(file_.c_str(), 0640), 0);
  EXPECT_EQ(ReasonOfOpening(*source_), "keyring.key_readable");
}

TEST_F(KeyringTest, AMissingKeyIsRefusedAndNotMadeAnew) {
  Open();
  std::filesystem::remove(file_);
  EXPECT_EQ(ReasonOfOpening(*source_), "keyring.key_missing");
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(KeyringTest, AWrongKeyIsRefusedByItsFingerprint) {
  const std::string fingerprint = Open()->fingerprint();
  std::ofstream(file_) << kHexKey << "\n";
  const auto opened = TryOpen(*source_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().reason, "keyring.wrong_key");
  EXPECT_NE(opened.error().message.find(fingerprint), std::string::npos);
  EXPECT_EQ(opened.error().message.find(kHexKey.substr(0, 16)), std::string::npos);
}

TEST_F(KeyringTest, AFileThatHoldsSomethingElseIsRefusedWithoutQuotingIt) {
  Open();
  std::ofstream(file_) << "correct horse battery staple\n";
  const auto opened = TryOpen(*source_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_NE(opened.error().message.find(file_), std::string::npos);
  EXPECT_EQ(opened.error().message.find("horse"), std::string::npos);
}

TEST_F(KeyringTest, AnotherSourceThanTheOneInUseIsRefused) {
  Open();
  const auto text = FromText(Secret(std::string(kHexKey)), "CROSSROLE_MASTER_KEY");
  EXPECT_EQ(ReasonOfOpening(*text), "keyring.other_source");
}

TEST_F(KeyringTest, TheEnvironmentsKeyIsReadInBothForms) {
  const auto hex = FromText(Secret(std::string(kHexKey)), "CROSSROLE_MASTER_KEY");
  ASSERT_TRUE(Must(TryOpen(*hex))->Put(tenant_, "a", Secret("swordfish")).has_value());
  const auto base64 = FromText(Secret(base::Base64Encode(Must(base::HexDecode(kHexKey))) + "\n"), "CROSSROLE_MASTER_KEY");
  EXPECT_EQ(TextOf(Must(Must(TryOpen(*base64))->Get(tenant_, "a"))), "swordfish");
  EXPECT_EQ(ReasonOfOpening(*FromText(Secret(std::string(kOtherHexKey)), "CROSSROLE_MASTER_KEY")), "keyring.wrong_key");
  EXPECT_EQ(ReasonOfOpening(*FromText(Secret(), "CROSSROLE_MASTER_KEY")), "keyring.key_missing");
  const auto broken = TryOpen(*FromText(Secret("short"), "CROSSROLE_MASTER_KEY"));
  ASSERT_FALSE(broken.has_value());
  EXPECT_EQ(broken.error().code, Code::kInvalidArgument);
}

TEST_F(KeyringTest, APassphraseOpensWhatItSealedAndNoOtherDoes) {
  const auto right = FromPassphrase(Secret("correct horse battery staple"), "a test", random_);
  ASSERT_TRUE(Must(TryOpen(*right))->Put(tenant_, "a", Secret("swordfish")).has_value());
  EXPECT_EQ(TextOf(Must(Must(TryOpen(*right))->Get(tenant_, "a"))), "swordfish");
  EXPECT_EQ(ReasonOfOpening(*FromPassphrase(Secret("correct horse battery stapler"), "a test", random_)), "keyring.wrong_key");
  EXPECT_EQ(ReasonOfOpening(*FromPassphrase(Secret(), "a test", random_)), "keyring.key_missing");
}

TEST_F(KeyringTest, AShortPassphraseIsRefused) {
  const auto opened = TryOpen(*FromPassphrase(Secret("elevenchars"), "a test", random_));
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Code::kInvalidArgument);
}

TEST_F(KeyringTest, RulesOfAPassphraseThatNobodyWroteAreRefused) {
  const Secret passphrase("correct horse battery staple");
  const std::string salt(16, 's');
  EXPECT_TRUE(KeyFromPassphrase(passphrase, {.salt = salt, .passes = 1, .memory_bytes = 8192}).has_value());
  EXPECT_FALSE(KeyFromPassphrase(passphrase, {.salt = "short", .passes = 1, .memory_bytes = 8192}).has_value());
  EXPECT_FALSE(KeyFromPassphrase(passphrase, {.salt = salt, .passes = 1'000'000, .memory_bytes = 8192}).has_value());
  EXPECT_FALSE(KeyFromPassphrase(passphrase, {.salt = salt, .passes = 1, .memory_bytes = std::uint64_t{1} << 50}).has_value());
  // What we write ourselves is within the bounds, with room; a little beyond them is refused before it takes anything.
  EXPECT_LE(2 * PassphraseRules{.salt = salt}.memory_bytes, kMostArgonMemory);
  EXPECT_TRUE(CheckRules({.salt = salt, .passes = kMostArgonPasses, .memory_bytes = kMostArgonMemory}).has_value());
  EXPECT_FALSE(CheckRules({.salt = salt, .passes = 1, .memory_bytes = kMostArgonMemory + 1}).has_value());
  EXPECT_FALSE(CheckRules({.salt = salt, .passes = kMostArgonPasses + 1, .memory_bytes = 8192}).has_value());
  const auto source = FromPassphrase(Secret("correct horse battery staple"), "a test", random_);
  for (const char* hostile : {R"("passes":1,"memory_bytes":1099511627776)", R"("passes":18446744073709551615,"memory_bytes":8192)",
                              R"("passes":1,"memory_bytes":-1)", R"("passes":1,"memory_bytes":1e18)", R"("passes":0,"memory_bytes":0)"}) {
    const auto unlocked = source->Unlock("0123456789abcdef", fmt::format(R"({{"salt":"c3Nzc3Nzc3Nzc3Nzc3Nzcw==",{}}})", hostile));
    ASSERT_FALSE(unlocked.has_value()) << hostile;
    EXPECT_EQ(unlocked.error().reason, "keyring.unreadable") << hostile;
  }
}

TEST_F(KeyringTest, AProofIsWorthSomethingForItsKeyPurposeAndTextOnly) {
  const Key key = Key::Make(random_);
  const std::string proof = Authenticate(key, "one purpose", "a text");
  EXPECT_EQ(proof.size(), 64U);
  EXPECT_TRUE(IsAuthentic(key, "one purpose", "a text", proof));
  EXPECT_FALSE(IsAuthentic(Key::Make(random_), "one purpose", "a text", proof));
  EXPECT_FALSE(IsAuthentic(key, "another purpose", "a text", proof));
  EXPECT_FALSE(IsAuthentic(key, "one purpose", "a texT", proof));
  EXPECT_FALSE(IsAuthentic(key, "one purpose", "a text", proof.substr(0, 63)));
  EXPECT_FALSE(IsAuthentic(key, "one purpose", "a text", ""));
}

TEST_F(KeyringTest, ARotationChangesEveryKeyAndKeepsEverySecret) {
  const auto keyring = Open();
  ASSERT_TRUE(keyring->Put(tenant_, "a", Secret("one")).has_value());
  ASSERT_TRUE(keyring->Put(other_, "b", Secret("two")).has_value());
  ASSERT_TRUE(keyring->Put(std::nullopt, "c", Secret("three")).has_value());
  const auto before = *Must(store_->Read(tenant_, [](store::ReadTransaction& tx) { return store::FindSealedSecret(tx, "a"); }));
  const std::string former = FileText();
  const auto report = Must(keyring->Rotate(*source_));
  EXPECT_NE(report.former, report.current);
  EXPECT_EQ(report.keys, 3U);
  EXPECT_EQ(report.secrets, 3U);
  EXPECT_EQ(FileText().size(), 65U);
  EXPECT_NE(FileText(), former);
  const auto after = *Must(store_->Read(tenant_, [](store::ReadTransaction& tx) { return store::FindSealedSecret(tx, "a"); }));
  EXPECT_EQ(after.key_version, before.key_version + 1);
  EXPECT_NE(after.sealed, before.sealed);
  EXPECT_EQ(Must(store_->ReadInstallation([](store::ReadTransaction& tx) { return store::ListAllDataKeys(tx); })).size(), 3U);
  const auto again = Open();
  EXPECT_EQ(again->fingerprint(), report.current);
  EXPECT_EQ(TextOf(Must(again->Get(tenant_, "a"))), "one");
  EXPECT_EQ(TextOf(Must(again->Get(other_, "b"))), "two");
  EXPECT_EQ(TextOf(Must(again->Get(std::nullopt, "c"))), "three");
  // The former key opens nothing any more.
  std::ofstream(file_) << former;
  EXPECT_EQ(ReasonOfOpening(*source_), "keyring.wrong_key");
}

TEST_F(KeyringTest, AServerThatRunsGoesOnWhileAnotherProcessRotates) {
  const auto server = Open();
  ASSERT_TRUE(server->Put(tenant_, "a", Secret("one")).has_value());
  for (int round = 0; round < 3; ++round) {
    const auto process = Open();
    Must(process->Rotate(*source_));
    EXPECT_EQ(TextOf(Must(server->Get(tenant_, "a"))), "one");
    ASSERT_TRUE(server->Put(tenant_, "b", Secret("two")).has_value());
    ASSERT_TRUE(server->Put(other_, "c", Secret("three")).has_value());
    EXPECT_EQ(Must(Open()->CheckAll()), 3U);
  }
}

TEST_F(KeyringTest, ARotationToAnotherSourceTakesEffect) {
  ASSERT_TRUE(Open()->Put(tenant_, "a", Secret("one")).has_value());
  const auto text = FromText(Secret(std::string(kHexKey)), "CROSSROLE_MASTER_KEY");
  Must(Open()->Rotate(*text));
  EXPECT_EQ(ReasonOfOpening(*source_), "keyring.other_source");
  const auto moved = Must(TryOpen(*text));
  EXPECT_EQ(TextOf(Must(moved->Get(tenant_, "a"))), "one");
  const auto same = moved->Rotate(*text);
  ASSERT_FALSE(same.has_value());
  EXPECT_EQ(same.error().reason, "keyring.same_key");
}

TEST_F(KeyringTest, ARotationThatDiedBeforeItsCommitChangesNothing) {
  ASSERT_TRUE(Open()->Put(tenant_, "a", Secret("one")).has_value());
  // What is left then: the file with both keys, the database with the former one.
  Must(source_->MakeNext());
  EXPECT_EQ(FileText().size(), 130U);
  EXPECT_EQ(TextOf(Must(Open()->Get(tenant_, "a"))), "one");
  Must(Open()->Rotate(*source_));
  EXPECT_EQ(FileText().size(), 65U);
  EXPECT_EQ(TextOf(Must(Open()->Get(tenant_, "a"))), "one");
}

TEST_F(KeyringTest, ADeletedTenantTakesItsKeysAlong) {
  const auto keyring = Open();
  ASSERT_TRUE(keyring->Put(tenant_, "a", Secret("one")).has_value());
  ASSERT_TRUE(keyring->Put(other_, "a", Secret("two")).has_value());
  ASSERT_TRUE(store_->Write(tenant_, [&](store::WriteTransaction& tx) { return store::DeleteOwnTenant(tx, clock_.Now()); }).has_value());
  const auto keys = Must(store_->ReadInstallation([](store::ReadTransaction& tx) { return store::ListAllDataKeys(tx); }));
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys.front().tenant, other_);
  EXPECT_EQ(Must(keyring->CheckAll()), 1U);
}

TEST_F(KeyringTest, ATenantThatIsNotThereGetsNoKey) {
  const auto keyring = Open();
  const auto stranger = Must(model::TenantId::Parse("t_01JD3E9ZK4M7Q2V8R5T6W9XYZY"));
  const auto put = keyring->Put(stranger, "a", Secret("one"));
  ASSERT_FALSE(put.has_value());
  EXPECT_EQ(put.error().code, Code::kNotFound);
}

TEST(KeyTest, DerivedKeysAndFingerprintsTellNothingOfEachOther) {
  base::SeededRandom random(1);
  const Key key = Key::Make(random);
  EXPECT_NE(key.Derive("wrap").Reveal(), key.Reveal());
  EXPECT_NE(key.Derive("wrap").Reveal(), key.Derive("other").Reveal());
  EXPECT_EQ(key.Fingerprint().size(), 16U);
  EXPECT_NE(key.Fingerprint(), Key::Make(random).Fingerprint());
  EXPECT_EQ(base::HexEncode(key.Reveal()).find(key.Fingerprint()), std::string::npos);
}

}  // namespace
}  // namespace crossrole::keyring
