// SPDX-License-Identifier: Apache-2.0
#include "cli/internal/container_endpoint.h"

#include <fmt/format.h>

#include <array>

#include "base/crypto.h"
#include "base/json.h"
#include "http/problem.h"
#include "session/render.h"

namespace crossrole::cli {
namespace {

using base::Code;
using base::Error;

constexpr std::string_view kPath = "/credentials";
constexpr std::size_t kThreads = 4;
constexpr std::size_t kQueue = 256;

base::Secret NewToken(base::Random& random) {
  std::array<std::uint8_t, 32> bytes{};
  random.Fill(bytes);
  std::string text(bytes.begin(), bytes.end());
  base::Secret token(base::Base64UrlEncode(text));
  base::Wipe(text);
  bytes.fill(0);
  return token;
}

// The form of errors that the SDKs read.
http::Response ErrorAnswer(const Error& error) {
  const std::string code = error.reason.empty() ? std::string(base::FactsOf(error.code).name) : error.reason;
  return http::JsonResponse(http::StatusOf(error), fmt::format(R"({{"code":{},"message":{}}})", base::JsonQuote(code),
                                                               base::JsonQuote(error.message)));
}

Error NoLoopback(std::string_view address) {
  return {.code = Code::kInvalidArgument,
          .message = fmt::format("`{}` is no loopback address, and credentials are served to this machine only", address),
          .fix = "listen on 127.0.0.1 or [::1]"};
}

std::string PortlessUrl(std::string url) { return url.substr(url.find("://") + 3); }

}  // namespace

ContainerEndpoint::ContainerEndpoint(Options options)
    : refresher_(std::move(options.fetch), options.clock, options.random),
      token_(NewToken(options.random)),
      pool_(kThreads, kQueue) {}

ContainerEndpoint::~ContainerEndpoint() {
  server_.reset();  // before the pool, so that nothing new comes in
  pool_.Stop();
}

base::Result<std::unique_ptr<ContainerEndpoint>> ContainerEndpoint::Start(Options options) {
  // `Host` is checked here, so that every refusal has the form that SDKs read.
  http::ServerOptions listen{.address = options.address, .port = options.port, .allowed_hosts = {"*"}};
  std::unique_ptr<ContainerEndpoint> endpoint(new ContainerEndpoint(std::move(options)));
  auto server = http::Server::Start(listen, [self = endpoint.get()](http::Request request, http::Responder responder) {
    self->Handle(request, responder);
  });
  // What a server could do about other addresses is not offered here: credentials stay on this machine.
  if (!server && server.error().field == "address") return base::Fail(NoLoopback(listen.address));
  TRY_ASSIGN(endpoint->server_, std::move(server));
  endpoint->host_ = PortlessUrl(endpoint->server_->url());
  endpoint->server_->SetReady(true);
  return endpoint;
}

std::vector<std::pair<std::string, std::string>> ContainerEndpoint::Variables() const {
  return {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", fmt::format("http://{}{}", host_, kPath)},
          {"AWS_CONTAINER_AUTHORIZATION_TOKEN", std::string(token_.Reveal())}};
}

base::Status ContainerEndpoint::Check(const http::Request& request) const {
  const auto refuse = [](Code code, std::string_view reason, std::string message) {
    return base::Fail(Error{.code = code, .message = std::move(message), .reason = std::string(reason)});
  };
  const auto port = host_.substr(host_.rfind(':'));
  const auto host = request.headers.Find("Host").value_or("");
  if (request.headers.All("Host").size() != 1 || (host != host_ && host != "localhost" + port)) {
    return refuse(Code::kPermissionDenied, "wrong_host", "this host name is not served");
  }
  for (const std::string_view name : {"Origin", "Referer", "X-Forwarded-For", "Forwarded"}) {
    if (request.headers.Has(name)) {
      return refuse(Code::kPermissionDenied, "forwarded", fmt::format("requests with `{}` are refused", name));
    }
  }
  const auto given = request.headers.All("Authorization");
  if (given.size() != 1 || !base::ConstantTimeEqual(given.front(), token_.Reveal())) {
    return refuse(Code::kUnauthenticated, "wrong_token", "the authorization token is missing or wrong");
  }
  if (request.path != kPath) return refuse(Code::kNotFound, "not_found", "there is nothing at this path");
  if (request.method != "GET") return refuse(Code::kInvalidArgument, "wrong_method", "only GET is served");
  return {};
}

void ContainerEndpoint::Handle(const http::Request& request, const http::Responder& responder) {
  if (const auto fine = Check(request); !fine) {
    responder.Send(ErrorAnswer(fine.error()));
    return;
  }
  const bool queued = pool_.TrySubmit([this, responder] {
    const auto minted = refresher_.Get();
    if (!minted) {
      responder.Send(ErrorAnswer(minted.error()));
      return;
    }
    const base::Secret body = session::ContainerCredentialsJson(*minted);
    responder.Send(http::JsonResponse(200, std::string(body.Reveal())));
  });
  if (!queued) responder.Send(ErrorAnswer({.code = Code::kUnavailable, .message = "too many requests wait"}));
}

}  // namespace crossrole::cli
