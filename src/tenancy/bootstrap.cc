// SPDX-License-Identifier: Apache-2.0
#include "tenancy/bootstrap.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/crypto.h"
#include "model/actor.h"
#include "store/people/tokens.h"
#include "store/settings.h"
#include "tenancy/token.h"

namespace crossrole::tenancy {
namespace {

// Written whole and synced under its final name only once it is complete, so that a reader never sees half of one.
base::Status WriteNewFile(const std::string& file, std::string_view text) {
  const std::string temporary = file + ".new";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (!written || ::rename(temporary.c_str(), file.c_str()) != 0) {
    return base::Fail(base::Code::kUnavailable, fmt::format("`{}` cannot be written: {}", file, std::strerror(error)));
  }
  return {};
}

}  // namespace

base::Result<store::Tenant> EnsureDefaultTenant(const BootstrapPorts& ports) {
  TRY_ASSIGN(const model::Handle handle, model::Handle::Parse(model::kDefaultTenantHandle));
  const base::Time now = ports.clock.Now();
  const store::Tenant fresh{.id = model::TenantId::Make(now, ports.random),
                            .handle = handle,
                            .root_space = model::SpaceId::Make(now, ports.random),
                            .name = "Default",
                            .created_at = now,
                            .updated_at = now};
  return ports.store.WriteInstallation([&](store::WriteTransaction& tx) -> base::Result<store::Tenant> {
    TRY_ASSIGN(const auto found, store::FindTenantByHandle(tx, handle));
    if (found) return *found;
    TRY(store::InsertTenant(tx, fresh));
    return fresh;
  });
}

base::Result<base::Secret> IssueAdministratorToken(const BootstrapPorts& ports) {
  TRY_ASSIGN(const store::Tenant tenant, EnsureDefaultTenant(ports));
  const base::Time now = ports.clock.Now();
  IssuedToken issued = IssueToken(now, ports.random);
  const store::Token token{.id = issued.id,
                           .tenant = tenant.id,
                           .name = "administrator",
                           .power = store::TokenPower::kAdministrator,
                           .hash = base::HexEncode(base::AsText(issued.hash)),
                           .expires_at = now + kAdministratorTokenLife,
                           .created_at = now,
                           .updated_at = now};
  TRY(ports.store.Write(tenant.id, [&](store::WriteTransaction& tx) { return store::InsertToken(tx, token); }));
  return std::move(issued.text);
}

base::Result<bool> WriteFirstToken(const BootstrapPorts& ports, const std::string& file) {
  TRY_ASSIGN(const auto written, ports.store.ReadInstallation(
                                     [&](store::ReadTransaction& tx) { return store::FindSetting(tx, store::kFirstTokenWritten); }));
  if (written) return false;
  TRY_ASSIGN(const base::Secret token, IssueAdministratorToken(ports));
  TRY(WriteNewFile(file, std::string(token.Reveal()) + "\n"));
  TRY(ports.store.WriteInstallation([&](store::WriteTransaction& tx) {
    return store::PutSetting(tx, store::kFirstTokenWritten, "true", ports.clock.Now());
  }));
  return true;
}

}  // namespace crossrole::tenancy
