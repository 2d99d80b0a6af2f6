// SPDX-License-Identifier: Apache-2.0
#include "api/internal/permissions_page.h"

#include <fmt/format.h>

#include "api/route.h"
#include "base/text.h"
#include "tenancy/permissions.h"
#include "tenancy/principals/principals.h"

namespace crossrole::api {
namespace {

using tenancy::Permission;

constexpr std::string_view kHead = R"(# Permissions and roles

<!-- Made from the tables in src/tenancy/permissions.cc and src/api/routes.cc by api_test with --update-golden. -->

What is not given is denied. Permissions come in *roles*; a role is given to an operator or a token in a *space* and counts there and in the
spaces below, as far as they inherit (`inherit`). Whoever has `tenant.own` in the root space reaches the others, too. Nothing takes away: roles
add up. A token that is for certain integrations touches nothing else, whatever its role says. Nobody gives more than he may himself, in the
space where he gives it.

An object that the caller may not read is answered like one that does not exist (404); one that he may read, but not treat so, with 403.
`GET /v1/permissions/explain` and `crossrole role explain` say why somebody may or may not.

The administrator of the installation, by the token in `<data>/admin-token`, may everything in every tenant.

)";

std::string_view PlaceOf(Asked asked) {
  switch (asked) {
    case Asked::kNobody: return "nobody is asked";
    case Asked::kCaller: return "the caller";
    case Asked::kInstallation: return "the installation";
    case Asked::kTenant: return "the root space";
    case Asked::kList: return "any space; the list shows what may be read";
    case Asked::kBodySpace: return "the space in the body";
    case Asked::kBodyParent: return "the parent space in the body";
    case Asked::kIntegration: return "the integration";
    case Asked::kConnection: return "the connection's integration; seeing and using it: also the spaces it is shared with";
    case Asked::kFolder: return "the folder's integration; seeing it: also the spaces it is shared with";
    case Asked::kJob: return "the job's integration, or who started it";
    case Asked::kSpace: return "the space";
    case Asked::kRoleBinding: return "the binding's space";
    case Asked::kToken: return "the token's space, or whose own it is";
  }
  return "";
}

}  // namespace

std::string PermissionsPage() {
  std::string page(kHead);
  page += "## Permissions\n\n| name | allows |";
  for (const tenancy::BuiltInRole& role : tenancy::BuiltInRoles()) page += fmt::format(" {} |", role.name);
  page += "\n|---|---|";
  for (std::size_t i = 0; i < tenancy::BuiltInRoles().size(); ++i) page += ":-:|";
  page += "\n";
  for (std::size_t i = 0; i < tenancy::kPermissionCount; ++i) {
    const auto permission = static_cast<Permission>(i);
    const tenancy::PermissionFacts& facts = tenancy::FactsOf(permission);
    page += fmt::format("| `{}` | {} |", facts.name, facts.meaning);
    for (const tenancy::BuiltInRole& role : tenancy::BuiltInRoles()) page += role.permissions.Has(permission) ? " ✓ |" : "  |";
    page += "\n";
  }
  page += "\n## Built-in roles\n\n| role | what for |\n|---|---|\n";
  for (const tenancy::BuiltInRole& role : tenancy::BuiltInRoles()) page += fmt::format("| `{}` | {} |\n", role.name, role.meaning);
  page += "\nOthers are made with `POST /v1/roles` from the permissions that have a mark above.\n";
  page += "\n## Kinds of principals\n\n| kind | id | what it is | has at most |\n|---|---|---|---|\n";
  for (const tenancy::PrincipalFacts& kind : tenancy::PrincipalKinds()) {
    std::string most = kind.most ? "" : "what its roles give";
    if (kind.most) most = "`" + base::Join(kind.most->Names(), "`, `") + "`";
    page += fmt::format("| {} | `{}_…` | {} | {} |\n", kind.name, kind.prefix, kind.meaning, most);
  }
  page += "\n## Routes\n\n| route | permission | asked on |\n|---|---|---|\n";
  for (const Route& route : Routes()) {
    page += fmt::format("| `{} {}` | `{}` | {} |\n", route.method, route.pattern, tenancy::NameOf(route.permission), PlaceOf(route.asked));
  }
  return page;
}

}  // namespace crossrole::api
