// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/ids.h"
#include "store/page.h"
#include "store/transaction.h"

namespace crossrole::store {

/// Who somebody is at an identity provider.
struct ProviderSubject {
  std::string provider;  // its name in the configuration file
  std::string subject;   // `sub` of its tokens
};

/// A person who uses Crossrole, in one tenant. Name and address are sealed in the database (store/people/personal_data.h).
struct Operator {
  model::OperatorId id;
  model::TenantId tenant;
  std::string name;
  std::string email;          // unique in the tenant, without regard to case
  bool disabled = false;
  std::string password_hash;  // of Argon2id; "" without a password
  std::optional<ProviderSubject> subject{};
  std::optional<base::Time> last_sign_in_at{};
  std::int64_t version = 1;
  base::Time created_at{};
  base::Time updated_at{};
};

/// Adds an operator. Errors: kConflict with field `email`.
base::Status InsertOperator(WriteTransaction& tx, const Operator& person);
/// Stores everything but `last_sign_in_at` if `person.version` is still current, and returns the new version.
/// Errors: kConflict with `stale`; kConflict with field `email`.
base::Result<std::int64_t> UpdateOperator(WriteTransaction& tx, const Operator& person);
/// An operator of the transaction's tenant.
base::Result<std::optional<Operator>> FindOperator(ReadTransaction& tx, const model::OperatorId& id);
/// The same by address, without regard to case.
base::Result<std::optional<Operator>> FindOperatorByEmail(ReadTransaction& tx, std::string_view email);
/// The same by who it is at an identity provider.
base::Result<std::optional<Operator>> FindOperatorBySubject(ReadTransaction& tx, const ProviderSubject& subject);
/// Operators of the transaction's tenant, in the order of their ids.
base::Result<std::vector<Operator>> ListOperators(ReadTransaction& tx, const Page& page = {});
/// Seals what was written before there was anything to seal with, of at most `limit` operators of the transaction's tenant, and
/// returns how many there were; changes no version.
base::Result<std::size_t> SealOperators(WriteTransaction& tx, std::size_t limit);
/// Notes a sign-in; does not change the version.
base::Status RecordSignIn(WriteTransaction& tx, const model::OperatorId& id, base::Time now);
/// Deletes an operator with its browser sessions. Errors: kNotFound.
base::Status DeleteOperator(WriteTransaction& tx, const model::OperatorId& id);

}  // namespace crossrole::store
