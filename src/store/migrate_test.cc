// SPDX-License-Identifier: Apache-2.0
#include "store/internal/migrate.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "fakes/sample_integration.h"
#include "store/store.h"

namespace crossrole::store {
namespace {

using base::Code;
using fakes::Must;

class MigrateTest : public testing::Test {
 protected:
  MigrateTest() {
    std::string folder = "/tmp/crossrole-migrate-XXXXXX";
    CHECK(::mkdtemp(folder.data()) != nullptr);
    folder_ = folder;
    path_ = folder + "/store.db";
  }
  ~MigrateTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Database> OpenFile() { return Must(Database::Open({.path = path_, .access = Access::kWrite})); }
  // What a database holds, as text, without the times of its migrations.
  static std::string SchemaOf(Database& database) {
    return Must(database.Scalar("SELECT group_concat(sql, char(10)) FROM (SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name)")).value_or("");
  }
  // A row that the earliest version has already.
  static void AddRow(Database& database) {
    ASSERT_TRUE(database.Run("INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, $3)", {"kept", "yes", 1}).has_value());
  }

  std::string folder_, path_;
};

TEST_F(MigrateTest, EveryEarlierVersionComesToTheNewestSchemaAndKeepsItsRows) {
  const auto all = KnownMigrations();
  std::string expected;
  {
    auto fresh = OpenFile();
    ASSERT_TRUE(Migrate(*fresh, all, path_).has_value());
    expected = SchemaOf(*fresh);
  }
  for (std::size_t version = 1; version < all.size(); ++version) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directory(folder_);
    {
      auto old = OpenFile();
      ASSERT_TRUE(Migrate(*old, {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(version)}, path_).has_value());
      EXPECT_EQ(Must(SchemaVersion(*old)), static_cast<int>(version));
      AddRow(*old);
    }
    auto database = OpenFile();
    ASSERT_TRUE(Migrate(*database, all, path_).has_value()) << version;
    EXPECT_EQ(SchemaOf(*database), expected) << version;
    EXPECT_EQ(Must(database->Scalar("SELECT value FROM settings WHERE name = 'kept'")), "yes");
    // The copy is what was there before.
    const std::string copy = path_ + ".v" + std::to_string(version);
    const auto before = Must(Database::Open({.path = copy, .access = Access::kWrite}));
    EXPECT_EQ(Must(SchemaVersion(*before)), static_cast<int>(version));
    EXPECT_EQ(Must(before->Scalar("SELECT value FROM settings WHERE name = 'kept'")), "yes");
    struct stat status{};
    ASSERT_EQ(::stat(copy.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
  }
}

TEST_F(MigrateTest, RegionsThatNobodyHasSetAreInheritedFrom0013On) {
  const auto all = KnownMigrations();
  {
    auto old = OpenFile();
    ASSERT_TRUE(Migrate(*old, {all.begin(), all.begin() + 12}, path_).has_value());
    const auto run = [&](const std::string& text) { ASSERT_TRUE(old->Run(text).has_value()) << text; };
    run("INSERT INTO tenants VALUES ('t', 'acme', 's', 'Acme', 'active', '{}', 1, 0, 0)");
    run("INSERT INTO integrations VALUES ('t', 'i', 'org', 'Org', 's', 'organization', 'active', '', 'aws', NULL, NULL, 'account', NULL, '{}', 1, 0, 0)");
    const auto connection = [&](const std::string& id, const std::string& regions, const std::string& folder) {
      run("INSERT INTO connections (tenant_id, id, integration_id, account_id, handle, name, handle_mode, account_state, state, role_arn, "
          "external_id, regions, settings, settings_source, version, created_at, updated_at, folder_id) VALUES ('t', '" + id + "', 'i', '" + id +
          "', '" + id + "', 'n', 'dynamic', 'active', 'active', '', '', '" + regions + "', '{}', 'inherited', 1, 0, 0, " + folder + ")");
    };
    connection("untouched", R"(["*"])", "'f'");
    connection("chosen", R"(["eu-*"])", "'f'");
    connection("account", R"(["*"])", "NULL");
  }
  auto database = OpenFile();
  ASSERT_TRUE(Migrate(*database, all, path_).has_value());
  const auto regions = [&](const std::string& id) { return Must(database->Scalar("SELECT regions FROM connections WHERE id = '" + id + "'")); };
  EXPECT_EQ(regions("untouched"), "[]");
  EXPECT_EQ(regions("chosen"), R"(["eu-*"])");
  EXPECT_EQ(regions("account"), R"(["*"])");
}

TEST_F(MigrateTest, ANewDatabaseIsNotCopiedAndIsPrivate) {
  Must(Store::Open({.path = path_}));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".v0"));
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(MigrateTest, OpeningAgainChangesNothing) {
  Must(Store::Open({.path = path_}));
  Must(Store::Open({.path = path_}));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(MigrateTest, ANewerSchemaIsRefusedByName) {
  Must(Store::Open({.path = path_}));
  ASSERT_TRUE(OpenFile()->Run("INSERT INTO schema_migrations (version, name, applied_at) VALUES (9999, '9999_future', 1)").has_value());
  const auto opened = Store::Open({.path = path_});
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Code::kFailedPrecondition);
  EXPECT_EQ(opened.error().reason, "storage.newer_schema");
  EXPECT_NE(opened.error().message.find("newer program"), std::string::npos);
}

TEST_F(MigrateTest, AMigrationThatFailsLeavesTheVersionBeforeIt) {
  auto migrations = KnownMigrations();
  const int newest = migrations.back().version;
  migrations.push_back({.version = newest + 1, .name = "broken", .text = "CREATE TABLE half (a BIGINT); CREATE TABLE settings (a BIGINT)"});
  auto database = OpenFile();
  const auto migrated = Migrate(*database, migrations, path_);
  ASSERT_FALSE(migrated.has_value());
  EXPECT_NE(migrated.error().message.find("migration broken"), std::string::npos);
  EXPECT_EQ(Must(SchemaVersion(*database)), newest);
  EXPECT_FALSE(Must(database->Scalar("SELECT name FROM sqlite_schema WHERE name = 'half'")).has_value());
}

TEST_F(MigrateTest, AMigrationThatLeavesRowsWithoutTheirOwnerFails) {
  auto migrations = KnownMigrations();
  migrations.push_back({.version = migrations.back().version + 1,
                        .name = "dangling",
                        .text = "INSERT INTO token_tenants (token_id, tenant_id) VALUES ('a', 'nobody')"});
  auto database = OpenFile();
  EXPECT_FALSE(Migrate(*database, migrations, path_).has_value());
}

TEST_F(MigrateTest, AFileThatIsNoDatabaseIsRefused) {
  std::ofstream(path_) << std::string(4096, 'x');
  const auto opened = Store::Open({.path = path_});
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().reason, "storage.corrupt");
}

TEST_F(MigrateTest, ACopyNeverOverwrites) {
  const auto store = Must(Store::Open({.path = path_}));
  ASSERT_TRUE(store->CopyTo(folder_ + "/copy.db").has_value());
  EXPECT_EQ(store->CopyTo(folder_ + "/copy.db").error().code, Code::kConflict);
}

}  // namespace
}  // namespace crossrole::store
