// SPDX-License-Identifier: Apache-2.0
#include "session/request.h"

namespace crossrole::session {

std::string_view NameOf(LimitedBy limit) {
  switch (limit) {
    case LimitedBy::kRoleMaximum: return "role_maximum";
    case LimitedBy::kChaining: return "chaining";
    case LimitedBy::kNothing: break;
  }
  return "";
}

Minted Minted::Clone() const {
  return {.access_key_id = access_key_id,
          .secret_access_key = secret_access_key.Clone(),
          .session_token = session_token.Clone(),
          .expiration = expiration,
          .clock_ahead = clock_ahead,
          .account_id = account_id,
          .assumed_role_arn = assumed_role_arn,
          .region = region,
          .granted = granted,
          .limited_by = limited_by,
          .endpoint_url = endpoint_url};
}

}  // namespace crossrole::session
