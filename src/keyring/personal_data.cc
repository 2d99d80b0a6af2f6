// SPDX-License-Identifier: Apache-2.0
#include "keyring/personal_data.h"

#include <fmt/format.h>

#include <stop_token>

#include "base/crypto.h"
#include "base/text.h"
#include "store/people/operators.h"
#include "store/people/tenants.h"

namespace crossrole::keyring {
namespace {

// Operators that are sealed in one commit.
constexpr std::size_t kAtOnce = 200;

std::string FieldContext(const store::PersonalField& field) {
  return fmt::format("crossrole personal data\n{}\n{}\n{}", field.tenant.text(), field.row, field.name);
}

Key KeyFrom(const base::Secret& secret, std::string_view purpose) { return Key::From(std::string(secret.Reveal())).Derive(purpose); }

}  // namespace

PersonalData::PersonalData(const base::Secret& key, base::Random& random)
    : seal_(KeyFrom(key, "personal data")), mark_(KeyFrom(key, "marks of personal data")), random_(random) {}

std::string PersonalData::Seal(const store::PersonalField& field, std::string_view text) const {
  return keyring::Seal(seal_, FieldContext(field), base::Secret(std::string(text)), random_);
}

base::Result<std::string> PersonalData::Open(const store::PersonalField& field, std::string_view sealed) const {
  TRY_ASSIGN(const base::Secret text, Unseal(seal_, FieldContext(field), sealed));
  return std::string(text.Reveal());
}

std::string PersonalData::Mark(const model::TenantId& tenant, std::string_view text) const {
  return base::HexEncode(base::AsText(base::HmacSha256(mark_.Reveal(), fmt::format("{}\n{}", tenant.text(), text))));
}

base::Status SealPersonalData(store::Store& store) {
  bool sealed = false;
  TRY(store::ForEachTenant(store, std::stop_token(), [&](const store::Tenant& tenant) -> base::Status {
    for (std::size_t count = kAtOnce; count == kAtOnce;) {
      TRY_ASSIGN(count, store.Write(tenant.id, [](store::WriteTransaction& tx) { return store::SealOperators(tx, kAtOnce); }));
      sealed = sealed || count > 0;
    }
    return {};
  }));
  return sealed ? store.EmptyLog() : base::Status();
}

}  // namespace crossrole::keyring
