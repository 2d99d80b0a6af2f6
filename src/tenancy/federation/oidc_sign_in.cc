// SPDX-License-Identifier: Apache-2.0
#include "tenancy/federation/oidc_sign_in.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "tenancy/federation/identity_token.h"
#include "tenancy/federation/oidc_operator.h"

namespace crossrole::tenancy {
namespace {

namespace json = boost::json;
using base::Code;
using base::Error;
using base::Fail;

std::string RandomBytes(base::Random& random, std::size_t count) {
  std::string bytes(count, '\0');
  random.Fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  return bytes;
}

std::unexpected<Error> NotProven() {
  return Fail(Error{.code = Code::kUnauthenticated,
                    .message = "the sign-in at the identity provider did not succeed",
                    .reason = "sign_in.refused",
                    .fix = "sign in again"});
}

// What travels in the browser's cookie.
struct Flow {
  std::string provider;
  std::string state;
  std::string nonce;
  std::string verifier;
  std::string return_to;
  std::string redirect_uri;
  std::int64_t until = 0;
};

std::string Print(const Flow& flow) {
  return base::PrintJson(json::object{{"p", flow.provider}, {"s", flow.state}, {"n", flow.nonce}, {"v", flow.verifier},
                                      {"r", flow.return_to}, {"b", flow.redirect_uri}, {"u", flow.until}});
}

std::optional<Flow> ReadFlow(const OidcPorts& ports, const OidcReturn& back) {
  const auto text = ports.seal.Open(back.flow);
  const auto value = text ? base::ParseJson(*text) : base::Result<json::value>(nullptr);
  if (!value || !value->is_object()) return std::nullopt;
  const json::object& object = value->get_object();
  Flow flow{base::TextIn(object, "p"), base::TextIn(object, "s"), base::TextIn(object, "n"), base::TextIn(object, "v"),
            base::TextIn(object, "r"), base::TextIn(object, "b"), object.at("u").as_int64()};
  const bool is_late = base::ToMicros(ports.sign_in.operators.clock.Now()) >= flow.until;
  if (is_late || flow.provider != back.provider || !base::ConstantTimeEqual(flow.state, back.state)) return std::nullopt;
  return flow;
}

// A path of ours and nothing that a browser could take for another server.
bool IsOwnPath(std::string_view path) {
  const bool clean = std::ranges::all_of(path, [](char c) { return c > ' ' && c < 0x7f && c != '\\'; });
  return clean && path.size() <= 1000 && path.starts_with('/') && !path.starts_with("//");
}

std::string RedirectUri(const OidcPorts& ports, const SignInProvider& provider, const std::string& came_by) {
  return fmt::format("{}/v1/auth/oidc/{}/callback", came_by.empty() ? ports.public_url : came_by, provider.name);
}

std::string Form(const std::map<std::string, std::string>& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, base::PercentEncode(value));
  }
  return text;
}

base::Result<json::object> ReadObject(const aws::HttpResponse& answer) {
  auto value = base::ParseJson(answer.body);
  if (answer.status != 200 || !value || !value->is_object()) return NotProven();
  return std::move(value->get_object());
}

base::Result<json::object> ExchangeCode(const OidcPorts& ports, const SignInProvider& provider, const IssuerFacts& facts,
                                        const OidcReturn& back, const Flow& flow) {
  auto request = aws::RequestTo(facts.token_endpoint);
  if (!request) return Fail(request.error());
  request->method = "POST";
  request->headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
  request->headers.push_back({"Accept", "application/json"});
  std::map<std::string, std::string> fields{{"grant_type", "authorization_code"},
                                            {"code", back.code},
                                            {"redirect_uri", flow.redirect_uri},
                                            {"code_verifier", flow.verifier}};
  if (provider.client_secret) {
    const std::string pair = base::PercentEncode(provider.client_id) + ":" + base::PercentEncode(provider.client_secret->Reveal());
    request->headers.push_back({"Authorization", "Basic " + base::Base64Encode(pair)});
  } else {
    fields.emplace("client_id", provider.client_id);
  }
  request->body = Form(fields);
  TRY_ASSIGN(const auto answer, ports.issuers.Ask(provider.issuer, *std::move(request)));
  return ReadObject(answer);
}

base::Result<base::JsonWebToken> CheckIdToken(const OidcPorts& ports, const SignInProvider& provider, const json::object& tokens,
                                              const Flow& flow) {
  auto token = base::ReadJsonWebToken(base::TextIn(tokens, "id_token"));
  if (!token) return NotProven();
  TRY_ASSIGN(const auto keys, ports.issuers.KeysOf(provider.issuer, token->key_id));
  const base::Status judged = JudgeToken(*token, {.issuer = provider.issuer,
                                                  .audience = provider.client_id,
                                                  .algorithms = provider.algorithms,
                                                  .now = ports.sign_in.operators.clock.Now(),
                                                  .nonce = flow.nonce});
  if (!judged || !base::IsSignedBy(*token, *keys)) return NotProven();
  return token;
}

// Claims of scopes are at the userinfo endpoint unless the provider puts them into the ID token.
base::Result<json::object> CollectClaims(const OidcPorts& ports, const SignInProvider& provider, const IssuerFacts& facts,
                                         const json::object& tokens, const base::JsonWebToken& token) {
  json::object claims = token.claims;
  const std::string access = base::TextIn(tokens, "access_token");
  const bool is_complete = claims.contains("email") && claims.contains(provider.groups_claim);
  if (is_complete || facts.userinfo_endpoint.empty() || access.empty()) return claims;
  auto request = aws::RequestTo(facts.userinfo_endpoint);
  if (!request) return Fail(request.error());
  request->method = "GET";
  request->headers.push_back({"Authorization", "Bearer " + access});
  TRY_ASSIGN(const auto answer, ports.issuers.Ask(provider.issuer, *std::move(request)));
  TRY_ASSIGN(const json::object more, ReadObject(answer));
  if (base::TextIn(more, "sub") != token.subject) return NotProven();
  for (const auto& member : more) {
    if (!claims.contains(member.key())) claims[member.key()] = member.value();
  }
  return claims;
}

}  // namespace

FlowSeal::FlowSeal(base::Random& random) : key_(RandomBytes(random, crypto_secretbox_KEYBYTES)) { CHECK(sodium_init() >= 0); }

std::string FlowSeal::Close(std::string_view text) const {
  std::string sealed(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + text.size(), '\0');
  auto* const bytes = reinterpret_cast<unsigned char*>(sealed.data());
  randombytes_buf(bytes, crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(bytes + crypto_secretbox_NONCEBYTES, reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes,
                        reinterpret_cast<const unsigned char*>(key_.Reveal().data()));
  return base::Base64UrlEncode(sealed);
}

std::optional<std::string> FlowSeal::Open(std::string_view sealed) const {
  const auto bytes = base::Base64UrlDecode(sealed);
  constexpr std::size_t kHead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (!bytes || bytes->size() < kHead) return std::nullopt;
  std::string text(bytes->size() - kHead, '\0');
  const auto* const from = reinterpret_cast<const unsigned char*>(bytes->data());
  const int failed = crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(text.data()), from + crypto_secretbox_NONCEBYTES,
                                                bytes->size() - crypto_secretbox_NONCEBYTES, from,
                                                reinterpret_cast<const unsigned char*>(key_.Reveal().data()));
  return failed == 0 ? std::optional(std::move(text)) : std::nullopt;
}

base::Result<const SignInProvider*> FindProvider(const OidcPorts& ports, std::string_view name) {
  const auto found = std::ranges::find(ports.providers, name, &SignInProvider::name);
  if (found != ports.providers.end()) return &*found;
  return Fail(Code::kNotFound, fmt::format("there is no identity provider `{}`", base::Shortened(name, 80)));
}

base::Result<StartedSignIn> StartOidcSignIn(const OidcPorts& ports, const OidcStart& start) {
  TRY_ASSIGN(const SignInProvider* provider, FindProvider(ports, start.provider));
  if (!IsOwnPath(start.return_to)) {
    return Fail(Error{.code = Code::kInvalidArgument, .message = "`return_to` must be a path of this server", .field = "return_to"});
  }
  TRY_ASSIGN(const auto facts, ports.issuers.FactsOf(provider->issuer));
  const OperatorPorts& operators = ports.sign_in.operators;
  const auto text = [&] { return base::Base64UrlEncode(RandomBytes(operators.random, 32)); };
  const Flow flow{.provider = provider->name,
                  .state = text(),
                  .nonce = text(),
                  .verifier = text(),
                  .return_to = std::string(start.return_to),
                  .redirect_uri = RedirectUri(ports, *provider, start.came_by),
                  .until = base::ToMicros(operators.clock.Now() + kFlowLife)};
  const std::string query = Form({{"response_type", "code"},
                                  {"client_id", provider->client_id},
                                  {"redirect_uri", flow.redirect_uri},
                                  {"scope", provider->scopes},
                                  {"state", flow.state},
                                  {"nonce", flow.nonce},
                                  {"code_challenge", base::Base64UrlEncode(base::AsText(base::Sha256(flow.verifier)))},
                                  {"code_challenge_method", "S256"}});
  const char joint = facts->authorization_endpoint.contains('?') ? '&' : '?';
  return StartedSignIn{.location = fmt::format("{}{}{}", facts->authorization_endpoint, joint, query), .flow = ports.seal.Close(Print(flow))};
}

base::Result<OidcSignedIn> FinishOidcSignIn(const OidcPorts& ports, OidcReturn back) {
  TRY_ASSIGN(const SignInProvider* provider, FindProvider(ports, back.provider));
  const auto flow = ReadFlow(ports, back);
  if (!flow || back.code.empty()) return NotProven();
  TRY_ASSIGN(const auto facts, ports.issuers.FactsOf(provider->issuer));
  TRY_ASSIGN(const json::object tokens, ExchangeCode(ports, *provider, *facts, back, *flow));
  TRY_ASSIGN(const base::JsonWebToken token, CheckIdToken(ports, *provider, tokens, *flow));
  TRY_ASSIGN(const json::object claims, CollectClaims(ports, *provider, *facts, tokens, token));
  TRY_ASSIGN(const store::Operator person, OperatorFor(ports, *provider, {.subject = token.subject, .claims = claims, .attempt = back.attempt}));
  TRY_ASSIGN(SignedIn signed_in, Admit(ports.sign_in, back.attempt, person, fmt::format("oidc:{}", provider->name)));
  return OidcSignedIn{std::move(signed_in), flow->return_to};
}

}  // namespace crossrole::tenancy
