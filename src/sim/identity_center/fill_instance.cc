// SPDX-License-Identifier: Apache-2.0
#include "sim/identity_center/fill_instance.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "sim/identity_center/instance.h"
#include "sim/identity_center/scim.h"
#include "sim/internal/identifiers.h"

namespace crossrole::sim::identity_center {
namespace {

namespace store = aws::identitystore;

constexpr std::string_view kNoUsers =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["iam:*User*","iam:*AccessKey*"],"Resource":"*"}]})";
constexpr std::string_view kQueries =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["athena:*QueryExecution*","s3:GetObject"],"Resource":"*"}]})";
constexpr std::string_view kTables =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:Query"],"Resource":"*"}]})";

struct SetRow {
  std::string_view name;
  std::string_view duration;
  std::string_view description{};       // AWS takes letters of Latin-1 there
  std::string_view managed{};           // AWS's policies with their paths, comma-separated
  std::string_view customer{};          // names, comma-separated
  std::string_view boundary{};          // a name of the customer's
  std::string_view managed_boundary{};  // a name of AWS's
  std::string_view inline_policy{};
};

// The last two are assigned to nobody.
constexpr std::size_t kAssigned = 10;
constexpr std::array<SetRow, kAssigned + 2> kSets = {{
    {.name = "AdministratorAccess", .duration = "PT1H", .managed = "AdministratorAccess"},
    {.name = "ReadOnlyAccess", .duration = "PT8H", .description = "Sees everything, changes nothing", .managed = "ReadOnlyAccess"},
    {.name = "PowerUserAccess", .duration = "PT4H", .managed = "PowerUserAccess"},
    {.name = "SecurityAudit", .duration = "PT8H", .description = "Für die Prüfung der Sicherheit", .managed = "SecurityAudit,job-function/ViewOnlyAccess"},
    {.name = "Billing", .duration = "PT2H", .description = "Facturación y costes", .managed = "job-function/Billing"},
    {.name = "SupportUser", .duration = "PT1H", .managed = "job-function/SupportUser,AWSSupportAccess"},
    {.name = "Developer", .duration = "PT12H", .description = "Builds, and touches no users", .managed = "PowerUserAccess", .boundary = "team-policy-1", .inline_policy = kNoUsers},
    {.name = "Deployer", .duration = "PT1H", .customer = "team-policy-1,team-policy-2"},
    {.name = "DataAnalyst", .duration = "PT8H", .customer = "team-policy-2", .managed_boundary = "ReadOnlyAccess", .inline_policy = kQueries},
    {.name = "TableReader", .duration = "PT1H", .inline_policy = kTables},
    {.name = "BreakGlass", .duration = "PT1H", .description = "For the day when nothing else works", .managed = "AdministratorAccess"},
    {.name = "NetworkOperations", .duration = "PT12H", .description = "Opérations réseau, jamais attribué", .managed = "job-function/NetworkAdministrator"},
}};

constexpr std::array<std::string_view, 8> kGiven = {"Ada", "Ben", "Chiara", "Dmitri", "Elif", "Fatima", "Goran", "Hana"};
constexpr std::array<std::string_view, 6> kFamily = {"Garcia", "Novak", "Okafor", "Rossi", "Sato", "Weber"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kForeign = {{{"Zoë", "Müller"}, {"太郎", "山田"}, {"Мария", "Петрова"}, {"Åsa", "Öberg"}}};
constexpr std::array<std::string_view, 10> kTeams = {"payments", "search", "billing", "identity", "reports", "catalog", "mobile", "ledger", "support", "pricing"};

class Filler {
 public:
  Filler(World& world, Instance& instance, base::Random& random, base::Time created)
      : with_{.world = world, .spread = {.now = created}, .random = random}, instance_(instance) {}

  void AddSets(std::string_view partition) {
    const std::string aws = fmt::format("arn:{}:iam::aws:policy/", partition);
    for (const SetRow& row : kSets) {
      PermissionSet set{.arn = MakeSetArn(instance_, with_.random),
                        .name = std::string(row.name),
                        .description = std::string(row.description),
                        .session_duration = std::string(row.duration),
                        .created = with_.spread.now,
                        .inline_policy = std::string(row.inline_policy)};
      for (const std::string_view each : Names(row.managed)) set.managed.push_back(aws + std::string(each));
      for (const std::string_view each : Names(row.customer)) set.customer_managed.push_back({.name = std::string(each), .path = "/"});
      if (!row.managed_boundary.empty()) set.boundary = aws::sso::PermissionsBoundary{.managed_policy_arn = aws + std::string(row.managed_boundary)};
      if (!row.boundary.empty()) {
        set.boundary = aws::sso::PermissionsBoundary{
            .customer_managed_policy_reference = aws::sso::CustomerManagedPolicyReference{.name = std::string(row.boundary), .path = "/"}};
      }
      sets_.push_back(set.arn);
      instance_.sets.emplace(set.arn, std::move(set));
    }
  }

  // Half of the users have come by SCIM. One in ten is called Alex Kim, one in twenty has a name that is not ASCII.
  void AddUsers(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto& [given, family] = NameOf(i);
      store::User user{.identity_store_id = instance_.store_id, .user_id = MakeUuid(with_.random)};
      user.user_name = fmt::format("user{}@example.com", i + 1);
      user.display_name = given + " " + family;
      user.name = store::Name{.family_name = family, .given_name = given};
      user.emails = {{.value = user.user_name, .type = "work", .primary = true}};
      user.user_status = i % 20 == 11 ? "DISABLED" : "ENABLED";
      if (i % 2 == 0) user.external_ids = {External()};
      user.created_at = user.updated_at = with_.spread.now;
      users_.push_back(user.user_id);
      instance_.users.emplace(user.user_id, std::move(user));
    }
  }

  // Half of the groups have come by SCIM. One in five stays empty.
  void AddGroups(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      store::Group group{.group_id = MakeUuid(with_.random)};
      group.identity_store_id = instance_.store_id;
      group.display_name = fmt::format("{}-{}", kTeams[i % kTeams.size()], i / kTeams.size() + 1);
      if (i % 2 == 0) group.external_ids = {External()};
      group.created_at = group.updated_at = with_.spread.now;
      groups_.push_back(group.group_id);
      if (i % 5 != 4) filled_.push_back(group.group_id);
      instance_.groups.emplace(group.group_id, std::move(group));
    }
  }

  // Every user is in a group, one in five in two.
  void AddMemberships() {
    for (std::size_t i = 0; i < users_.size(); ++i) {
      for (std::size_t k = 0; k < (i % 5 == 0 ? 2U : 1U); ++k) {
        Membership membership{.id = MakeUuid(with_.random),
                              .group_id = filled_[(i + k) % filled_.size()],
                              .user_id = users_[i],
                              .created = with_.spread.now};
        instance_.memberships.emplace(membership.id, std::move(membership));
      }
    }
  }

  // One to three permission sets for the account, the third for a user; one account in ten has its first also for a user.
  void Assign(const Account& account, std::size_t index) {
    const std::size_t first = with_.random.Below(kAssigned);
    for (std::size_t k = 0; k <= index % 3; ++k) {
      const std::string& set = sets_[(first + k) % kAssigned];
      const bool to_user = k == 2;
      Add({account.id, set, to_user ? "USER" : "GROUP", OneOf(to_user ? users_ : groups_)});
    }
    if (index % 10 == 0) Add({account.id, sets_[first], "USER", OneOf(users_)});
  }

 private:
  static std::vector<std::string_view> Names(std::string_view list) {
    return list.empty() ? std::vector<std::string_view>() : base::Split(list, ',');
  }

  static std::pair<std::string, std::string> NameOf(std::size_t index) {
    if (index % 10 == 9) return {"Alex", "Kim"};
    // Only the names that are meant to be alike are.
    const auto numbered = [&](std::string_view family) { return fmt::format("{} {}", family, index + 1); };
    if (index % 20 == 5) {
      const auto& [given, family] = kForeign[index / 20 % kForeign.size()];
      return {std::string(given), numbered(family)};
    }
    return {std::string(kGiven[index % kGiven.size()]), numbered(kFamily[index % kFamily.size()])};
  }

  store::ExternalId External() { return {.issuer = std::string(kScimIssuer), .id = MakeUuid(with_.random)}; }

  const std::string& OneOf(const std::vector<std::string>& ids) { return ids[with_.random.Below(ids.size())]; }

  void Add(const Assignment& assignment) { CHECK(AddAssignment(with_, instance_, assignment).has_value()); }

  Provisioner with_;
  Instance& instance_;
  std::vector<std::string> sets_{};    // ARNs
  std::vector<std::string> users_{};   // ids
  std::vector<std::string> groups_{};  // ids
  std::vector<std::string> filled_{};  // ids of those with members
};

}  // namespace

void FillInstance(World& world, organizations::Organization& organization, const std::vector<Account*>& members, base::Random& random, base::Time created) {
  Filler filler(world, InstanceOf(organization, random, created), random, created);
  filler.AddSets(organization.management->partition_name());
  filler.AddUsers(members.size() / 2 + 10);
  filler.AddGroups(members.size() / 10 + 5);
  filler.AddMemberships();
  for (std::size_t i = 0; i < members.size(); ++i) filler.Assign(*members[i], i);
}

}  // namespace crossrole::sim::identity_center
