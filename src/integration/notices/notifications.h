// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "audit/record.h"
#include "audit/sink.h"
#include "base/clock.h"
#include "base/log.h"
#include "delivery/mail.h"
#include "delivery/webhook.h"
#include "model/integration.h"
#include "store/store.h"

namespace crossrole::integration {

/// What somebody is told of.
enum class NoticeKind : std::uint8_t { kOwnerAdded, kQuarantined, kRecovered, kRemovalWaits };
/// As in webhooks: "integration.owner_added", "integration.quarantined", "integration.recovered", "organization.removal_waits".
std::string_view NameOf(NoticeKind kind);

/// That something is to be told, as a record of it says.
struct Notice {
  NoticeKind kind = NoticeKind::kOwnerAdded;
  std::vector<std::string> new_owners{};  // kOwnerAdded: op_… or tok_…; the others are for all owners
};
/// What a record gives reason to tell, if anything. Pure.
std::optional<Notice> NoticeOf(const audit::Record& record);

/// The address where people find an integration; `base` is `server.public_url`, or where the server listens.
std::string LinkTo(std::string_view base, const model::IntegrationId& id);

/// Who is in `after` but not in `before`, as details of a record: `{"owners_added":[…]}`, or `{}`.
std::string OwnersAdded(const std::vector<std::string>& before, const std::vector<std::string>& after);

/// Where notifications go. Everything outlives their sender.
struct NotificationPorts {
  store::Store& store;
  delivery::Mailer* mailer = nullptr;    // none: no mail
  delivery::Webhook* webhook = nullptr;  // none: no posts
  const base::Clock& clock;
  const base::Log& log;
  std::string link_base{};
};

/// Tells owners and a webhook what the audit record gives reason to tell: a sink, so that nothing is lost when the server
/// ends or the mail server is away. What is a day old is not told any more.
class Notifications final : public audit::Sink {
 public:
  explicit Notifications(NotificationPorts ports) : ports_(std::move(ports)) {}
  base::Status Deliver(std::span<const std::string> lines, base::Deadline deadline) override;

 private:
  struct Told;
  base::Status Tell(const audit::Record& record, const Notice& notice, base::Deadline deadline);
  base::Status Mail(const Told& told, base::Deadline deadline);
  base::Status Post(const Told& told, base::Deadline deadline);

  const NotificationPorts ports_;
  std::set<std::string> done_;  // of the delivery that is repeated: what has left already
};

}  // namespace crossrole::integration
