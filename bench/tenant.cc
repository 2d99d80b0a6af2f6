// SPDX-License-Identifier: Apache-2.0
// tenant --data D --handle H: a tenant with an operator's token in the store of a server that does not run.
#include "store/people/tenants.h"

#include <filesystem>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/random.h"
#include "commands.h"
#include "store/people/tokens.h"
#include "store/store.h"
#include "tenancy/token.h"

namespace crossrole::bench {

boost::json::object RunTenant(const Arguments& arguments) {
  const std::string data = arguments.Text("--data");
  base::SystemRandom random;
  const base::Time now = base::SystemClock().Now();
  const auto handle = model::Handle::Parse(arguments.Text("--handle"));
  const auto store = store::Store::Open({.path = data + "/crossrole.db"});
  CHECK(handle.has_value() && store.has_value());
  const store::Tenant tenant{.id = model::TenantId::Make(now, random),
                             .handle = *handle,
                             .root_space = model::SpaceId::Make(now, random),
                             .name = handle->text(),
                             .created_at = now,
                             .updated_at = now};
  const tenancy::IssuedToken issued = tenancy::IssueToken(now, random);
  const store::Token token{.id = issued.id,
                           .tenant = tenant.id,
                           .name = "bench",
                           .role = "operator",
                           .hash = base::HexEncode(base::AsText(issued.hash)),
                           .created_at = now,
                           .updated_at = now};
  CHECK((*store)
            ->WriteInstallation([&](store::WriteTransaction& tx) { return store::InsertTenant(tx, tenant); })
            .has_value());
  CHECK((*store)
            ->Write(tenant.id, [&](store::WriteTransaction& tx) { return store::InsertToken(tx, token); })
            .has_value());
  return {{"tenant", tenant.id.text()}, {"token", issued.text.Reveal()}};
}

}  // namespace crossrole::bench
