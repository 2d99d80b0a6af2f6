// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"

namespace crossrole::sim {

/// `prefix` (AIDA, AROA, AGPA, ANPA …) and 17 characters, as IAM makes unique IDs.
std::string MakeUniqueId(std::string_view prefix, base::Random& random);
/// `prefix` (AKIA, ASIA) and 16 characters in which, as at AWS, the account is encoded.
std::string MakeAccessKeyId(std::string_view prefix, std::string_view account_id, base::Random& random);
/// The account encoded in an access key id, or "" when it is not of that form.
std::string AccountOfAccessKey(std::string_view access_key_id);
/// 40 characters, as secret access keys have.
std::string MakeSecretKey(base::Random& random);
/// A random UUID (version 4).
std::string MakeUuid(base::Random& random);
/// 12 digits that do not begin with 0.
std::string MakeAccountId(base::Random& random);

}  // namespace crossrole::sim
