// SPDX-License-Identifier: Apache-2.0
// `Cookie` headers: what is found stands in the header, and what is read as a session has exactly the form of one.
#include "input.h"
#include "tenancy/browser_session.h"

using crossrole::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view header = crossrole::fuzz::TextOf(data, size);
  for (const std::string_view name : {crossrole::tenancy::kSessionCookie, crossrole::tenancy::kSecureSessionCookie}) {
    const auto value = crossrole::tenancy::FindCookie(header, name);
    if (!value) continue;
    Require(value->empty() || (value->data() >= header.data() && value->data() + value->size() <= header.data() + header.size()));
    const auto session = crossrole::tenancy::ParseSession(*value);
    if (!session) continue;
    Require(value->starts_with("crb_") && value->size() == 4 + 26 + 1 + 26 + 1 + 43);
    Require("t_" + std::string(value->substr(4, 26)) == session->tenant.text());
    Require(session->hash == crossrole::base::Sha256(*value));
  }
  return 0;
}
