// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/ids.h"

namespace crossrole::store {

/// A field that says who somebody is.
struct PersonalField {
  const model::TenantId& tenant;
  std::string_view row;    // id of whom it is about
  std::string_view name;   // of the column
};

/// Keeps names and addresses of people unreadable in the database file. The store only asks; the key lies elsewhere. Thread-safe.
class PersonalData {
 public:
  virtual ~PersonalData() = default;
  /// `text` as it is stored; it opens in this field of this row only.
  virtual std::string Seal(const PersonalField& field, std::string_view text) const = 0;
  /// The inverse. Errors: kFailedPrecondition with reason `keyring.unreadable`.
  virtual base::Result<std::string> Open(const PersonalField& field, std::string_view sealed) const = 0;
  /// What finds `text` again: the same for the same text of a tenant, and nothing to whoever has not the key.
  virtual std::string Mark(const model::TenantId& tenant, std::string_view text) const = 0;
};

}  // namespace crossrole::store
