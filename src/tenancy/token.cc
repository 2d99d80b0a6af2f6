// SPDX-License-Identifier: Apache-2.0
#include "tenancy/token.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"

namespace crossrole::tenancy {
namespace {

std::string Checksum(std::string_view body) {
  const base::Digest digest = base::Sha256(body);
  std::string checksum;
  for (std::size_t i = 0; i < 6; ++i) checksum += base::kCrockford[digest.at(i) & 31U];
  return checksum;
}

}  // namespace

IssuedToken IssueToken(base::Time now, base::Random& random) { return ReissueToken(model::TokenId::Make(now, random), random); }

IssuedToken ReissueToken(const model::TokenId& id, base::Random& random) {
  const std::string ulid = id.Last(26);
  std::array<std::uint8_t, 32> bytes{};
  random.Fill(bytes);
  std::string body = fmt::format(
      "crs_{}_{}", ulid, base::Base64UrlEncode({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
  body += "_" + Checksum(body);
  const base::Digest hash = base::Sha256(body);
  return {id, base::Secret(std::move(body)), hash};
}

base::Result<PresentedToken> ParseToken(std::string_view text) {
  constexpr std::size_t kLength = 4 + 26 + 1 + 43 + 1 + 6;
  if (text.size() != kLength || !text.starts_with("crs_") || text[30] != '_' || text[74] != '_' ||
      !base::ConstantTimeEqual(Checksum(text.substr(0, 74)), text.substr(75))) {
    return base::Fail(NotAuthenticated());
  }
  auto id = model::TokenId::Parse("tok_" + std::string(text.substr(4, 26)));
  if (!id) return base::Fail(NotAuthenticated());
  return PresentedToken{*std::move(id), base::Sha256(text)};
}

base::Error NotAuthenticated() {
  return {.code = base::Code::kUnauthenticated,
          .message = "the token is missing, wrong or no longer valid",
          .fix = "send `Authorization: Bearer <token>` with a valid token"};
}

base::Error OtherTenant() {
  return {.code = base::Code::kUnauthenticated,
          .message = "the token does not act in the tenant that `Crossrole-Tenant` names",
          .reason = "tenant.other",
          .field = "Crossrole-Tenant",
          .fix = "leave the header out, or name a tenant by its id with the administrator token"};
}

}  // namespace crossrole::tenancy
