// SPDX-License-Identifier: Apache-2.0
#include "session/console.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <utility>

#include "audit/log.h"
#include "aws/transport.h"
#include "base/json.h"
#include "base/text.h"
#include "integration/aws_access.h"
#include "integration/find.h"

namespace crossrole::session {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr std::chrono::minutes kLinkLife{15};
constexpr std::chrono::seconds kLimit{15};

struct SignInMission {
  Ports ports;
  model::Actor actor;
  model::Integration integration;
  std::string federation_url;
  std::string console_url;
};

std::string SessionObject(const Minted& minted) {
  return fmt::format(R"({{"sessionId":{},"sessionKey":{},"sessionToken":{}}})", base::JsonQuote(minted.access_key_id),
                     base::JsonQuote(minted.secret_access_key.Reveal()), base::JsonQuote(minted.session_token.Reveal()));
}

// By POST, so that the secrets are in no URL on the way. SessionDuration is left out: AWS refuses it for sessions that
// were assumed from another session.
base::Result<aws::HttpRequest> TokenRequest(const SignInMission& mission, const Minted& minted) {
  TRY_ASSIGN(aws::HttpRequest request, aws::RequestTo(mission.federation_url));
  request.method = "POST";
  request.repeat = aws::Repeat::kIdempotent;
  aws::SetHeader(request.headers, "Content-Type", "application/x-www-form-urlencoded");
  std::string session = SessionObject(minted);
  request.body = "Action=getSigninToken&Session=" + base::PercentEncode(session);
  base::Wipe(session);
  return request;
}

base::Result<base::Secret> TokenFrom(base::Result<aws::HttpResponse> answer) {
  if (!answer) return std::unexpected(answer.error());
  auto body = base::ParseJson(answer->body);
  base::Wipe(answer->body);
  const auto* object = body ? body->if_object() : nullptr;
  const auto* token = object != nullptr ? object->if_contains("SigninToken") : nullptr;
  if (answer->status != 200 || token == nullptr || !token->is_string()) {
    return Fail(Error{.code = answer->status >= 500 ? Code::kUnavailable : Code::kAwsRefused,
                      .message = fmt::format("the console's federation endpoint answered {} without a sign-in token", answer->status)});
  }
  return base::Secret(std::string(token->get_string()));
}

base::Secret LinkFor(const SignInMission& mission, const base::Secret& token) {
  return base::Secret(fmt::format("{}?Action=login&Issuer=crossrole&Destination={}&SigninToken={}", mission.federation_url,
                                  base::PercentEncode(mission.console_url), base::PercentEncode(token.Reveal())));
}

// The session comes from `mint`.
void SignInBy(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle, const std::function<void(MintDone)>& mint,
              std::function<void(base::Result<ConsoleLink>)> done) {
  auto integration = integration::Find(ports.integrations, actor, id_or_handle);
  if (!integration) return done(std::unexpected(integration.error()));
  const model::PartitionFacts& facts = model::FactsOf(integration->partition);
  if (facts.signin_domain.empty()) {
    return done(Fail(Code::kFailedPrecondition, fmt::format("`{}` has no known console", facts.name)));
  }
  auto mission = std::make_shared<SignInMission>(SignInMission{
      .ports = ports,
      .actor = actor,
      .integration = *integration,
      .federation_url = ports.integrations.aws.FederationUrl(integration->partition),
      .console_url = fmt::format("https://{}/", facts.console_domain)});
  mint([mission, done = std::move(done)](base::Result<Minted> minted) {
    if (!minted) return done(std::unexpected(minted.error()));
    auto token_request = TokenRequest(*mission, *minted);
    if (!token_request) return done(std::unexpected(token_request.error()));
    const base::Time session_expires_at = minted->expiration;
    // Of an organization, the integration alone does not say which account was opened.
    audit::Record record = audit::RecordOf(mission->actor, "session.console", mission->integration.id.text());
    record.details = fmt::format(R"({{"assumed_role_arn":{}}})", base::JsonQuote(minted->assumed_role_arn));
    mission->ports.integrations.aws.transport().Submit(
        *std::move(token_request), base::Deadline::After(kLimit),
        [mission, session_expires_at, record = std::move(record), done](base::Result<aws::HttpResponse> answer) {
          auto token = TokenFrom(std::move(answer));
          if (!token) return done(std::unexpected(token.error()));
          const base::Time now = mission->ports.integrations.clock.Now();
          auto link = std::make_shared<ConsoleLink>(ConsoleLink{.url = LinkFor(*mission, *token),
                                                                .link_expires_at = now + kLinkLife,
                                                                .session_expires_at = session_expires_at});
          mission->ports.integrations.audit.Append(record, [link, done](base::Status recorded) {
            if (!recorded) return done(std::unexpected(recorded.error()));
            done(std::move(*link));
          });
        });
  });
}

}  // namespace

void SignIn(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle, MintRequest request,
            std::function<void(base::Result<ConsoleLink>)> done) {
  SignInBy(ports, actor, id_or_handle, [&](MintDone minted) { Mint(ports, actor, id_or_handle, std::move(request), std::move(minted)); },
           std::move(done));
}

void SignInForConnection(const Ports& ports, const model::Actor& actor, const store::Connection& connection, MintRequest request,
                         std::function<void(base::Result<ConsoleLink>)> done) {
  SignInBy(ports, actor, connection.integration.text(),
           [&](MintDone minted) { MintForConnection(ports, actor, connection, std::move(request), std::move(minted)); }, std::move(done));
}

base::Secret LinkJson(const ConsoleLink& link) {
  return base::Secret(fmt::format(R"({{"url":{},"link_expires_at":"{}","session_expires_at":"{}"}})",
                                  base::JsonQuote(link.url.Reveal()), base::FormatRfc3339Seconds(link.link_expires_at),
                                  base::FormatRfc3339Seconds(link.session_expires_at)));
}

}  // namespace crossrole::session
