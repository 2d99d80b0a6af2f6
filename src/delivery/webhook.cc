// SPDX-License-Identifier: Apache-2.0
#include "delivery/webhook.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crypto.h"
#include "delivery/internal/place.h"
#include "http/client.h"

namespace crossrole::delivery {
namespace {

using base::Code;
using base::Fail;

constexpr std::size_t kAnswerBytes = 64 * 1024;

struct Target {
  std::string base;  // scheme, host and port
  std::string path;
};

base::Result<Target> ParseUrl(std::string_view url) {
  const auto refused = [&](std::string_view why) {
    return Fail({.code = Code::kInvalidArgument, .message = fmt::format("the URL of a webhook {}", why), .field = "url"});
  };
  const bool plain = std::ranges::all_of(url, [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; });
  const std::size_t scheme = url.find("://");
  if (!plain || scheme == std::string_view::npos || url.contains('#')) return refused("must be like https://host/path");
  const std::size_t slash = url.find_first_of("/?", scheme + 3);
  const std::string_view authority = url.substr(scheme + 3, slash == std::string_view::npos ? slash : slash - scheme - 3);
  if (authority.empty() || authority.contains('@')) return refused("must be like https://host/path, without a user");
  const bool secure = url.starts_with("https://");
  if (!secure && !url.starts_with("http://")) return refused("must begin with https://");
  if (!secure && !IsLoopbackHost(HostOf(authority))) return refused("must be https, unless it is on loopback");
  Target target{.base = std::string(url.substr(0, slash)), .path = "/"};
  if (slash != std::string_view::npos) target.path = url[slash] == '?' ? "/" + std::string(url.substr(slash)) : std::string(url.substr(slash));
  return target;
}

}  // namespace

struct Webhook::Parts {
  std::unique_ptr<http::Client> client;
  std::string path;
  base::Secret secret;
  const base::Clock& clock;
};

std::string SignatureHeader(const base::Secret& secret, base::Time now, std::string_view body) {
  const auto seconds = base::ToMicros(now) / 1'000'000;
  const std::string text = fmt::format("{}.{}", seconds, body);
  return fmt::format("t={},v1={}", seconds, base::HexEncode(base::AsText(base::HmacSha256(secret.Reveal(), text))));
}

base::Result<std::unique_ptr<Webhook>> Webhook::Create(WebhookSettings settings, const base::Clock& clock) {
  if (settings.secret.empty()) {
    return Fail({.code = Code::kInvalidArgument, .message = "a webhook needs a secret to sign with", .field = "secret_file"});
  }
  TRY_ASSIGN(Target target, ParseUrl(settings.url));
  TRY_ASSIGN(auto client, http::Client::Create({.base_url = std::move(target.base), .ca_file = settings.ca_file, .body_bytes = kAnswerBytes}));
  return std::unique_ptr<Webhook>(
      new Webhook(std::unique_ptr<Parts>(new Parts{std::move(client), std::move(target.path), std::move(settings.secret), clock})));
}

Webhook::Webhook(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Webhook::~Webhook() = default;

base::Status Webhook::Post(const WebhookMessage& message, base::Deadline deadline) {
  http::ClientRequest request{.method = "POST", .target = parts_->path, .body = message.body};
  request.headers.Set("Content-Type", message.content_type);
  request.headers.Set("Crossrole-Delivery", message.id);
  request.headers.Set("Crossrole-Signature", SignatureHeader(parts_->secret, parts_->clock.Now(), message.body));
  TRY_ASSIGN(const http::Response answer, parts_->client->Send(std::move(request), deadline));
  if (answer.status / 100 == 2) return {};
  return Fail(Code::kUnavailable, fmt::format("the webhook answered {}", answer.status));
}

base::Status Webhook::Check(base::Deadline deadline) {
  TRY(parts_->client->Send({.method = "OPTIONS", .target = parts_->path}, deadline));
  return {};
}

}  // namespace crossrole::delivery
