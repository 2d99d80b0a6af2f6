// SPDX-License-Identifier: Apache-2.0
#include "store/internal/scope.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "fakes/scratch_store.h"
#include "store/internal/database.h"
#include "store/internal/migrate.h"

namespace crossrole::store {
namespace {

const TableMap kTables{.tenant = {"integrations", "tokens", "tenants"}, .installation = {"settings"}};

std::string Fault(std::string_view sql, Scope scope = Scope::kTenant) { return ScopeFault(sql, scope, kTables); }

TEST(ScopeTest, AcceptsWhatStaysWithinTheTenant) {
  EXPECT_EQ(Fault("SELECT name FROM tokens WHERE tenant_id = $1 AND (id = $2 OR name = $2)"), "");
  EXPECT_EQ(Fault("SELECT i.id FROM integrations i JOIN tokens t ON t.tenant_id = $1 WHERE i.tenant_id=$1"), "");
  EXPECT_EQ(Fault("INSERT INTO tokens (tenant_id, id) VALUES ($1, $2)"), "");
  EXPECT_EQ(Fault("INSERT INTO tokens (tenant_id, id) SELECT $1, i.id FROM integrations i WHERE i.tenant_id = $1"), "");
  EXPECT_EQ(Fault("SELECT value FROM settings WHERE name = $2"), "");
}

TEST(ScopeTest, RefusesWhatCouldReachAnotherTenant) {
  for (const char* sql : {
           "SELECT name FROM tokens",
           "SELECT name FROM tokens WHERE id = $2",
           "SELECT name FROM tokens WHERE tenant_id = $2",
           "SELECT name FROM tokens WHERE tenant_id <> $1",
           "SELECT name FROM tokens WHERE tenant_id = $1 OR id = $2",
           "SELECT name FROM tokens WHERE tenant_id = $1 AND id IN (SELECT id FROM integrations)",
           "SELECT t.name FROM tokens t, integrations i WHERE t.tenant_id = $1",
           "SELECT name FROM tokens WHERE name = 'tenant_id = $1'",
           "INSERT INTO tokens (id, tenant_id) VALUES ($2, $1)",
           "INSERT INTO tokens (tenant_id, id) VALUES ($2, $1)",
           "UPDATE tokens SET tenant_id = $2 WHERE tenant_id = $1",
           "UPDATE tokens SET name = $2, tenant_id = $3 WHERE tenant_id = $1",
           "DELETE FROM tokens",
           "DELETE FROM tokens WHERE tenant_id = $1; DELETE FROM tokens",
           "",
       }) {
    EXPECT_NE(Fault(sql), "") << sql;
  }
}

TEST(ScopeTest, TheInstallationReadsItsOwnTablesOnly) {
  EXPECT_EQ(Fault("SELECT handle FROM tenants", Scope::kInstallation), "");
  EXPECT_NE(Fault("SELECT name FROM tokens WHERE tenant_id = $1", Scope::kInstallation), "");
}

TEST(ScopeTest, AcrossTenantsThereIsOnlyReading) {
  EXPECT_EQ(Fault("SELECT name FROM tokens", Scope::kAllTenants), "");
  EXPECT_NE(Fault("DELETE FROM tokens", Scope::kAllTenants), "");
}

// The statements of one source, found by their mark.
std::vector<std::string> StatementsIn(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  const std::string source = text.str();
  constexpr std::string_view kBegin = "R\"sql(";
  constexpr std::string_view kEnd = ")sql\"";
  std::vector<std::string> statements;
  for (std::size_t at = source.find(kBegin); at != std::string::npos; at = source.find(kBegin, at)) {
    at += kBegin.size();
    statements.push_back(source.substr(at, source.find(kEnd, at) - at));
  }
  return statements;
}

// Which statements may leave their tenant, by the function of the all-tenants transaction that they are in.
bool IsAcrossTenants(std::string_view sql) {
  return sql.find("ROW_NUMBER() OVER") != std::string_view::npos || sql.find("MIN(CASE WHEN state") != std::string_view::npos ||
         sql.find("lease_owner <> $1 ORDER BY id") != std::string_view::npos || sql.find("SELECT DISTINCT tenant_id FROM jobs") != std::string_view::npos;
}

TEST(ScopeTest, NoStatementOfTheStoreTouchesATenantsTableWithoutItsTenant) {
  const auto store = fakes::OpenScratchStore();
  const std::string copy = std::filesystem::temp_directory_path() / ("crossrole-scope-" + std::to_string(::getpid()));
  ASSERT_TRUE(store->CopyTo(copy).has_value());
  const auto database = fakes::Must(Database::Open({.path = copy, .access = Access::kWrite}));
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(CROSSROLE_SOURCE_DIR "/src/store")) {
    const std::string name = entry.path().filename();
    if (!name.ends_with(".cc") || name.ends_with("_test.cc")) continue;
    for (const std::string& sql : StatementsIn(entry.path())) {
      ++count;
      const bool installation = ScopeFault(sql, Scope::kInstallation, database->tables()).empty();
      const Scope scope = IsAcrossTenants(sql) ? Scope::kAllTenants : installation ? Scope::kInstallation : Scope::kTenant;
      EXPECT_EQ(ScopeFault(sql, scope, database->tables()), "") << name << ": " << sql;
      // It means something to the database too.
      EXPECT_TRUE(database->Scalar("SELECT 1").has_value());
      const auto explained = database->Script("EXPLAIN " + sql);
      EXPECT_TRUE(explained.has_value()) << name << ": " << sql << "\n" << (explained ? "" : explained.error().message);
    }
  }
  EXPECT_GT(count, 50);
  std::filesystem::remove(copy);
}

TEST(ScopeTest, NoSqlHidesFromTheMark) {
  for (const auto& entry : std::filesystem::directory_iterator(CROSSROLE_SOURCE_DIR "/src/store")) {
    const std::string name = entry.path().filename();
    if (!name.ends_with(".cc") || name.ends_with("_test.cc")) continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      for (const char* verb : {"\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE "}) {
        EXPECT_EQ(line.find(verb), std::string::npos) << name << ": " << line;
      }
    }
  }
}

TEST(ScopeTest, TheTenantLeadsThePrimaryKeyOfEveryTableOfTenants) {
  const auto store = fakes::OpenScratchStore();
  const std::string copy = std::filesystem::temp_directory_path() / ("crossrole-keys-" + std::to_string(::getpid()));
  ASSERT_TRUE(store->CopyTo(copy).has_value());
  const auto database = fakes::Must(Database::Open({.path = copy, .access = Access::kWrite}));
  EXPECT_GE(database->tables().tenant.size(), 10U);
  for (const std::string& table : database->tables().tenant) {
    if (std::ranges::count(kInstallationTables, table) > 0) continue;
    const auto first = database->Scalar("SELECT name FROM pragma_table_info($1) WHERE pk = 1", {table});
    EXPECT_EQ(fakes::Must(first), "tenant_id") << table;
  }
  std::filesystem::remove(copy);
}

}  // namespace
}  // namespace crossrole::store
