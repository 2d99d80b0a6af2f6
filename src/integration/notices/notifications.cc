// SPDX-License-Identifier: Apache-2.0
#include "integration/notices/notifications.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "store/integrations.h"
#include "store/people/operators.h"

namespace crossrole::integration {
namespace {

namespace json = boost::json;
using base::Status;

constexpr std::chrono::hours kStillNews{24};

struct Words {
  std::string_view name;
  std::string_view subject;  // {}: the handle
  std::string_view text;     // {}: the integration, the link
};

constexpr std::array<Words, 4> kWords = {{
    {"integration.owner_added", "You own the integration {}", "You were made an owner of the integration {}.\nSet it up, or look at it, here:\n\n{}\n"},
    {"integration.quarantined", "The integration {} is quarantined",
     "The trust of the integration {} was found broken: no credentials are handed out any more.\nWhat was found, and how to mend it:\n\n{}\n"},
    {"integration.recovered", "The integration {} is active again",
     "The trust of the integration {} is in order again: credentials are handed out.\n\n{}\n"},
    {"organization.removal_waits", "A removal in {} waits for you",
     "An import of {} would remove more accounts than it may without being told to. Look at what would go, and confirm it, here:\n\n{}\n"},
}};

const Words& WordsOf(NoticeKind kind) { return kWords.at(static_cast<std::size_t>(kind)); }

std::string TextAt(const json::object& details, std::string_view name) {
  const json::value* value = details.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::vector<std::string> TextsAt(const json::object& details, std::string_view name) {
  std::vector<std::string> texts;
  const json::value* value = details.if_contains(name);
  if (value == nullptr || !value->is_array()) return texts;
  for (const json::value& each : value->get_array()) {
    if (each.is_string()) texts.emplace_back(each.get_string());
  }
  return texts;
}

}  // namespace

std::string_view NameOf(NoticeKind kind) { return WordsOf(kind).name; }

std::optional<Notice> NoticeOf(const audit::Record& record) {
  if (!record.tenant || record.phase == audit::RecordPhase::kIntent || record.outcome != audit::Outcome::kSucceeded) return std::nullopt;
  if (record.action == audit::Action("organization.removal_waits")) return Notice{.kind = NoticeKind::kRemovalWaits};
  const auto details = base::ParseJson(record.details);
  if (!details || !details->is_object()) return std::nullopt;
  const json::object& object = details->get_object();
  if (record.action == audit::Action("integration.verify")) {
    const std::string before = TextAt(object, "before");
    const std::string now = TextAt(object, "state");
    if (now == "quarantined" && before != now) return Notice{.kind = NoticeKind::kQuarantined};
    if (before == "quarantined" && now == "active") return Notice{.kind = NoticeKind::kRecovered};
    return std::nullopt;
  }
  const bool sets_owners = record.action == audit::Action("integration.create") || record.action == audit::Action("integration.update");
  Notice notice{.kind = NoticeKind::kOwnerAdded, .new_owners = TextsAt(object, "owners_added")};
  // Who makes themselves an owner knows.
  std::erase(notice.new_owners, record.actor);
  return sets_owners && !notice.new_owners.empty() ? std::optional(std::move(notice)) : std::nullopt;
}

std::string LinkTo(std::string_view base, const model::IntegrationId& id) {
  if (base.ends_with('/')) base.remove_suffix(1);
  return fmt::format("{}/integrations/{}", base, id.text());
}

std::string OwnersAdded(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  json::array added;
  for (const std::string& owner : after) {
    if (std::ranges::find(before, owner) == before.end()) added.emplace_back(owner);
  }
  return added.empty() ? "{}" : base::PrintJson(json::object{{"owners_added", std::move(added)}});
}

// One notification with everything that its texts need.
struct Notifications::Told {
  const audit::Record& record;
  NoticeKind kind;
  model::Integration integration;
  std::vector<store::Operator> people;
};

Status Notifications::Deliver(std::span<const std::string> lines, base::Deadline deadline) {
  for (const std::string& line : lines) {
    const auto stored = audit::ParseLine(line);
    const auto notice = stored ? NoticeOf(stored->record) : std::nullopt;
    if (!notice) continue;
    if (ports_.clock.Now() - stored->record.time > kStillNews) {
      ports_.log.Write(base::Level::kWarning, "notification.too_old", {{"record", stored->record.id->text()}});
      continue;
    }
    TRY(Tell(stored->record, *notice, deadline));
  }
  done_.clear();
  return {};
}

Status Notifications::Tell(const audit::Record& record, const Notice& notice, base::Deadline deadline) {
  const auto id = model::IntegrationId::Parse(record.target);
  if (!id) return {};
  std::optional<model::Integration> integration;
  std::vector<store::Operator> people;
  TRY(ports_.store.Read(*record.tenant, [&](store::ReadTransaction& tx) -> Status {
    people.clear();
    TRY_ASSIGN(integration, store::FindIntegration(tx, *id));
    if (!integration) return {};
    for (const std::string& owner : notice.kind == NoticeKind::kOwnerAdded ? notice.new_owners : integration->owners) {
      const auto person_id = model::OperatorId::Parse(owner);
      if (!person_id) continue;
      TRY_ASSIGN(auto person, store::FindOperator(tx, *person_id));
      if (person && !person->disabled) people.push_back(*std::move(person));
    }
    return {};
  }));
  if (!integration) return {};
  const Told told{.record = record, .kind = notice.kind, .integration = *std::move(integration), .people = std::move(people)};
  TRY(Mail(told, deadline));
  return Post(told, deadline);
}

Status Notifications::Mail(const Told& told, base::Deadline deadline) {
  if (ports_.mailer == nullptr) return {};
  const Words& words = WordsOf(told.kind);
  const model::Integration& integration = told.integration;
  for (const store::Operator& person : told.people) {
    const std::string mark = fmt::format("{} {}", told.record.id->text(), person.id.text());
    if (done_.contains(mark)) continue;
    const std::string what = fmt::format("{} ({})", integration.handle.text(), integration.name);
    // One mail each: nobody learns who else is told.
    const Status sent = ports_.mailer->Send({.to = {person.email},
                                             .subject = fmt::format(fmt::runtime(words.subject), integration.handle.text()),
                                             .text = fmt::format(fmt::runtime(words.text), what, LinkTo(ports_.link_base, integration.id))},
                                            deadline);
    if (!sent && sent.error().code == base::Code::kUnavailable) return sent;
    if (!sent) ports_.log.Write(base::Level::kError, "notification.refused", {{"operator", person.id.text()}, {"error", sent.error().message}});
    done_.insert(mark);
  }
  return {};
}

Status Notifications::Post(const Told& told, base::Deadline deadline) {
  const std::string mark(told.record.id->text());
  if (ports_.webhook == nullptr || done_.contains(mark)) return {};
  json::array people;
  for (const store::Operator& person : told.people) people.emplace_back(person.id.text());
  const model::Integration& integration = told.integration;
  const json::object body{{"id", told.record.id->text()},
                          {"time", base::FormatRfc3339(told.record.time)},
                          {"kind", NameOf(told.kind)},
                          {"tenant", told.record.tenant->text()},
                          {"integration", json::object{{"id", integration.id.text()}, {"handle", integration.handle.text()}, {"name", integration.name},
                                                       {"state", model::NameOf(integration.state)}}},
                          {"operators", std::move(people)},
                          {"link", LinkTo(ports_.link_base, integration.id)}};
  TRY(ports_.webhook->Post({.id = mark, .body = base::PrintJson(body)}, deadline));
  done_.insert(mark);
  return {};
}

}  // namespace crossrole::integration
