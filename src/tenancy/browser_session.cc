// SPDX-License-Identifier: Apache-2.0
#include "tenancy/browser_session.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/text.h"
#include "store/people/operators.h"
#include "tenancy/token.h"

namespace crossrole::tenancy {
namespace {

constexpr std::string_view kPrefix = "crb_";
constexpr std::size_t kUlid = 26;
constexpr std::size_t kSecretText = 43;
constexpr std::size_t kLength = 4 + kUlid + 1 + kUlid + 1 + kSecretText;
constexpr std::chrono::minutes kUseResolution{1};

struct Found {
  store::BrowserSession session;
  store::Operator person;
};

base::Result<Found> Load(store::Store& store, const PresentedSession& presented) {
  return store.Read(presented.tenant, [&](store::ReadTransaction& tx) -> base::Result<Found> {
    TRY_ASSIGN(auto session, store::FindBrowserSession(tx, presented.id));
    if (!session) return base::Fail(NotAuthenticated());
    TRY_ASSIGN(auto person, store::FindOperator(tx, session->operator_id));
    if (!person) return base::Fail(NotAuthenticated());
    return Found{*std::move(session), *std::move(person)};
  });
}

}  // namespace

base::Secret CsrfTokenOf(std::string_view session_text) {
  return base::Secret(base::Base64UrlEncode(base::AsText(base::HmacSha256(session_text, "crossrole csrf"))));
}

IssuedSession IssueSession(const SessionHolder& holder, const SessionLife& life, base::Time now, base::Random& random) {
  std::array<std::uint8_t, 32> bytes{};
  random.Fill(bytes);
  std::string id = base::MakeUlid(now, random);
  std::string text = fmt::format("{}{}_{}_{}", kPrefix, holder.tenant.Last(kUlid), id,
                                 base::Base64UrlEncode({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
  store::BrowserSession session{.id = std::move(id),
                                .tenant = holder.tenant,
                                .operator_id = holder.id,
                                .hash = base::HexEncode(base::AsText(base::Sha256(text))),
                                .created_at = now,
                                .last_used_at = now,
                                .expires_at = now + life.absolute};
  return {base::Secret(std::move(text)), std::move(session)};
}

base::Result<PresentedSession> ParseSession(std::string_view text) {
  const std::size_t second = kPrefix.size() + kUlid;
  const std::size_t third = second + 1 + kUlid;
  if (text.size() != kLength || !text.starts_with(kPrefix) || text[second] != '_' || text[third] != '_') {
    return base::Fail(NotAuthenticated());
  }
  auto tenant = model::TenantId::Parse("t_" + std::string(text.substr(kPrefix.size(), kUlid)));
  const std::string_view id = text.substr(second + 1, kUlid);
  // Whatever is a ULID is one of any id.
  if (!tenant || !model::IsIdText("op", fmt::format("op_{}", id)) || !base::Base64UrlDecode(text.substr(third + 1))) {
    return base::Fail(NotAuthenticated());
  }
  return PresentedSession{*std::move(tenant), std::string(id), base::Sha256(text), CsrfTokenOf(text)};
}

std::optional<std::string_view> FindCookie(std::string_view header, std::string_view name) {
  std::optional<std::string_view> found;
  for (const std::string_view part : base::Split(header, ';')) {
    const std::string_view pair = base::Trim(part);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
    std::string_view value = pair.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    if (found && *found != value) return std::nullopt;
    found = value;
  }
  return found;
}

bool IsAlive(const store::BrowserSession& session, const SessionLife& life, base::Time now) {
  return now < session.expires_at && now < session.created_at + life.absolute && now - session.last_used_at < life.idle;
}

base::Result<BrowserCaller> AuthenticateBrowser(const AuthenticationPorts& ports, const SessionLife& life,
                                                const PresentedSession& presented) {
  auto found = Load(ports.store, presented);
  if (!found) {
    // What is not there, and whose tenant is not there, is answered alike; a store that is away is not.
    const bool away = found.error().code == base::Code::kUnavailable;
    return base::Fail(away ? found.error() : NotAuthenticated());
  }
  const base::Time now = ports.clock.Now();
  const bool same = base::ConstantTimeEqual(found->session.hash, base::HexEncode(base::AsText(presented.hash)));
  if (!same || !IsAlive(found->session, life, now) || found->person.disabled) return base::Fail(NotAuthenticated());
  TRY_ASSIGN(Caller caller, CallerForOperator(ports, presented.tenant, found->person.id));
  if (now - found->session.last_used_at >= kUseResolution) {
    TRY(ports.store.Write(presented.tenant, [&](store::WriteTransaction& tx) {
      return store::RecordBrowserSessionUse(tx, presented.id, now);
    }));
    found->session.last_used_at = now;
  }
  return BrowserCaller{std::move(caller), std::move(found->session)};
}

}  // namespace crossrole::tenancy
