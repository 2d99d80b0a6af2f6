// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "model/ids.h"

namespace crossrole::tenancy {

/// A token just made: the text is shown once, the hash is what is stored.
struct IssuedToken {
  model::TokenId id;
  base::Secret text;
  base::Digest hash;
};

/// What a presented token says before the store is asked.
struct PresentedToken {
  model::TokenId id;
  base::Digest hash;
};

/// Makes `crs_<ULID>_<43 base64url characters>_<checksum>` with 256 random bits. A plain hash is enough at
/// rest, because nobody can guess 256 bits.
IssuedToken IssueToken(base::Time now, base::Random& random);

/// The same for a token that exists: another text of the same id.
IssuedToken ReissueToken(const model::TokenId& id, base::Random& random);

/// Reads a presented token; the checksum tells a typing error from a wrong token without the store.
/// Errors: kUnauthenticated, always with the same words.
base::Result<PresentedToken> ParseToken(std::string_view text);

/// The answer to every failed authentication, whatever its cause.
base::Error NotAuthenticated();
/// The answer to a caller who is known and names a tenant that he does not act in, whether or not there is one.
base::Error OtherTenant();

}  // namespace crossrole::tenancy
