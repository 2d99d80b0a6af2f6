// SPDX-License-Identifier: Apache-2.0
#include "api/internal/permissions_page.h"

#include <gtest/gtest.h>

#include <set>

#include "api/route.h"
#include "golden/golden_file.h"

namespace crossrole::api {
namespace {

using tenancy::Permission;

TEST(RoutesTest, ThePageOfPermissionsIsMadeFromTheTables) { golden::Expect("docs/reference/permissions.md", PermissionsPage()); }

TEST(RoutesTest, OnlyWhatIsPublicAsksNobodyAndOnlyTheCallersOwnAsksTheCaller) {
  for (const Route& route : Routes()) {
    EXPECT_EQ(route.permission == Permission::kPublic, route.asked == Asked::kNobody) << route.pattern;
    const bool self = route.permission == Permission::kSelfRead || route.permission == Permission::kSelfWrite;
    EXPECT_EQ(self, route.asked == Asked::kCaller) << route.pattern;
    EXPECT_EQ(route.permission == Permission::kInstallationManage, route.asked == Asked::kInstallation) << route.pattern;
  }
}

TEST(RoutesTest, EveryPermissionIsAskedBySomeRouteOrMeansSomethingByItself) {
  std::set<Permission> asked = {Permission::kTenantOwn, Permission::kPermissionExplain};
  for (const Route& route : Routes()) asked.insert(route.permission);
  EXPECT_EQ(asked.size(), tenancy::kPermissionCount);
}

TEST(RoutesTest, WhatAsksTheBodyOrThePathHasOne) {
  for (const Route& route : Routes()) {
    const bool body = route.asked == Asked::kBodySpace || route.asked == Asked::kBodyParent;
    if (body) EXPECT_FALSE(route.request_schema.empty()) << route.pattern;
    const bool path = route.asked >= Asked::kIntegration;
    if (path) EXPECT_TRUE(route.pattern.contains("{id}")) << route.pattern;
    // A list shows what may be read; a change is never asked so weakly.
    if (route.asked == Asked::kList) EXPECT_EQ(route.method, "GET") << route.pattern;
  }
}

}  // namespace
}  // namespace crossrole::api
