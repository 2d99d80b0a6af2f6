// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/deadline.h"
#include "base/result.h"
#include "base/secret.h"

// What leaves for listeners that others run: signed webhooks, syslog, mail. Where to is the business of the server's own
// configuration file; nothing here takes an address from a tenant, follows a redirect or tries again.

namespace crossrole::delivery {

/// Where a webhook posts to, and how its receiver knows that it was us.
struct WebhookSettings {
  std::string url{};      // https; http on loopback only
  base::Secret secret{};  // shared with the receiver
  std::string ca_file{};  // PEM; the system's authorities when ""
};

/// One message.
struct WebhookMessage {
  std::string content_type = "application/json";
  std::string id{};  // the same when a message is sent again
  std::string body{};
};

/// The header `Crossrole-Signature` of a body sent at `now`: `t=<seconds since 1970>,v1=<hexadecimal>`, where v1 is the
/// HMAC-SHA-256 of `<t>.<body>`. Receivers compare it in constant time and refuse an old `t`.
std::string SignatureHeader(const base::Secret& secret, base::Time now, std::string_view body);

/// Posts signed messages to one URL. Not thread-safe.
class Webhook {
 public:
  /// Errors: kInvalidArgument for a URL that is not one, or without TLS, or an empty secret.
  static base::Result<std::unique_ptr<Webhook>> Create(WebhookSettings settings, const base::Clock& clock);
  ~Webhook();
  Webhook(const Webhook&) = delete;
  Webhook& operator=(const Webhook&) = delete;

  /// Posts `message`; done when the receiver answers 2xx. Errors: kUnavailable.
  base::Status Post(const WebhookMessage& message, base::Deadline deadline);
  /// Asks the receiver what it takes (OPTIONS), and is content with any answer. Errors: kUnavailable.
  base::Status Check(base::Deadline deadline);

 private:
  struct Parts;
  explicit Webhook(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace crossrole::delivery
