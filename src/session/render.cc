// SPDX-License-Identifier: Apache-2.0
#include "session/render.h"

#include <fmt/format.h>

#include "base/json.h"

namespace crossrole::session {
namespace {

std::string Pair(std::string_view name, std::string_view value) {
  return fmt::format("{}:{}", base::JsonQuote(name), base::JsonQuote(value));
}

}  // namespace

base::Secret ProcessCredentialsJson(const Minted& minted) {
  return base::Secret(fmt::format("{{\"Version\":1,{},{},{},{},{}}}", Pair("AccessKeyId", minted.access_key_id),
                                  Pair("SecretAccessKey", minted.secret_access_key.Reveal()),
                                  Pair("SessionToken", minted.session_token.Reveal()),
                                  Pair("Expiration", base::FormatRfc3339Seconds(minted.expiration)),
                                  Pair("AccountId", minted.account_id)));
}

base::Secret ContainerCredentialsJson(const Minted& minted) {
  return base::Secret(fmt::format("{{{},{},{},{},{}}}", Pair("AccessKeyId", minted.access_key_id),
                                  Pair("SecretAccessKey", minted.secret_access_key.Reveal()),
                                  Pair("Token", minted.session_token.Reveal()),
                                  Pair("Expiration", base::FormatRfc3339Seconds(minted.expiration)),
                                  Pair("AccountId", minted.account_id)));
}

base::Secret SessionJson(const Minted& minted) {
  std::string json = fmt::format(
      "{{{},{},{},{},{},{},{},\"granted_seconds\":{}", Pair("access_key_id", minted.access_key_id),
      Pair("secret_access_key", minted.secret_access_key.Reveal()), Pair("session_token", minted.session_token.Reveal()),
      Pair("expiration", base::FormatRfc3339Seconds(minted.expiration)), Pair("account_id", minted.account_id),
      Pair("assumed_role_arn", minted.assumed_role_arn), Pair("region", minted.region), minted.granted.count());
  if (minted.limited_by != LimitedBy::kNothing) json += "," + Pair("limited_by", NameOf(minted.limited_by));
  if (!minted.endpoint_url.empty()) json += "," + Pair("endpoint_url", minted.endpoint_url);
  json += "}";
  return base::Secret(std::move(json));
}

}  // namespace crossrole::session
