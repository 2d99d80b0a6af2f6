// SPDX-License-Identifier: Apache-2.0
#include "api/idempotency.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <memory>

#include "base/crypto.h"
#include "base/json.h"
#include "http/problem.h"
#include "store/idempotency_keys.h"

namespace crossrole::api {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t kLongestKey = 255;

bool IsKey(std::string_view text) {
  return !text.empty() && text.size() <= kLongestKey && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

Error InProgress() {
  return {.code = Code::kConflict,
          .message = "a request with this idempotency key is under way",
          .reason = "idempotency.in_progress",
          .fix = "wait for its answer, then repeat",
          .retry_after = std::chrono::seconds(1)};
}

Error OtherBody() {
  return {.code = Code::kConflict,
          .message = "this idempotency key was used with another body",
          .reason = "idempotency.other_body",
          .field = "Idempotency-Key",
          .fix = "use a new key for a new request"};
}

// Keeps or releases the reservation once the handler has answered, then lets the answer go.
void Settle(Services& services, const model::TenantId& tenant, const store::IdempotencyKey& key,
            const http::Response& response) {
  const bool keep = response.status >= 200 && response.status < 300;
  const auto settled = services.integrations.store.Write(tenant, [&](store::WriteTransaction& tx) -> base::Status {
    if (keep) return store::StoreAnswer(tx, key, {.status = response.status, .body = response.body}, services.integrations.clock.Now());
    return store::ReleaseKey(tx, key);
  });
  if (!settled) {
    services.log.Write(base::Level::kWarning, "idempotency.not_stored", {{"error", settled.error().message}});
  }
}

// Passes everything on to the client's own responder, and settles the key on the way.
class KeepingSink final : public http::ResponseSink {
 public:
  KeepingSink(Services& services, model::TenantId tenant, store::IdempotencyKey key, http::Responder to)
      : services_(services), tenant_(tenant), key_(std::move(key)), to_(std::move(to)) {}
  void Deliver(http::Response response) override {
    Settle(services_, tenant_, key_, response);
    to_.Send(std::move(response));
  }
  std::shared_ptr<http::EventStream> BeginStream(http::StreamHead) override { return nullptr; }
  void SetTimeLimit(std::chrono::milliseconds from_now) override { to_.SetTimeLimit(from_now); }
  bool Gone() const override { return to_.Gone(); }

 private:
  Services& services_;
  const model::TenantId tenant_;
  const store::IdempotencyKey key_;
  const http::Responder to_;
};

}  // namespace

void HandleOnce(Services& services, const Route& route, Call call, const http::Responder& responder) {
  const auto header = call.request.headers.Find("Idempotency-Key");
  if (!header) return route.handle(services, std::move(call), Reply(responder));
  if (!IsKey(*header)) {
    return Reply(responder).Fail({.code = Code::kInvalidArgument,
                                  .message = "an idempotency key has 1 to 255 printable characters",
                                  .field = "Idempotency-Key"});
  }
  // The path is part of the route: the same key on another integration is another request.
  const store::IdempotencyKey key{.token = call.actor.id,
                                  .route = fmt::format("{} {}", route.method, call.request.path),
                                  .key = std::string(*header)};
  // The version that was seen is a part of what was asked.
  const auto version = call.request.headers.Find("If-Match");
  const std::string seen = version ? fmt::format("If-Match: {}", *version) : std::string();
  const std::string asked = fmt::format("{}\n{}\n{}", call.request.target, seen, call.request.body);
  const std::string hash = base::HexEncode(base::AsText(base::HmacSha256(services.replay_key.Reveal(), asked)));
  const model::TenantId tenant = call.actor.tenant;
  const auto reserved = services.integrations.store.Write(tenant, [&](store::WriteTransaction& tx) {
    return store::ReserveKey(tx, key, hash, services.integrations.clock.Now());
  });
  if (!reserved) return Reply(responder).Fail(reserved.error());
  switch (reserved->outcome) {
    case store::Reservation::Outcome::kReplay: {
      // Printed again it is the same text; the version in it comes back as ETag.
      const auto body = base::ParseJson(reserved->answer->body);
      if (!body) return Reply(responder).Fail(body.error());
      http::Response response = ObjectResponse(reserved->answer->status, *body);
      response.headers.Set("Idempotency-Replayed", "true");
      responder.Send(std::move(response));
      return;
    }
    case store::Reservation::Outcome::kInProgress: return Reply(responder).Fail(InProgress());
    case store::Reservation::Outcome::kOtherBody: return Reply(responder).Fail(OtherBody());
    case store::Reservation::Outcome::kNew: break;
  }
  const http::Responder keeping(std::make_shared<KeepingSink>(services, tenant, key, responder), responder.request_id());
  route.handle(services, std::move(call), Reply(keeping));
}

}  // namespace crossrole::api
