// SPDX-License-Identifier: Apache-2.0
#include "app/maintenance/notes.h"

#include <boost/json/value.hpp>
#include <string>

#include "base/json.h"
#include "store/settings.h"

namespace crossrole::app {
namespace {

constexpr std::string_view kPrefix = "note.";

}  // namespace

base::Status LeaveNote(store::Store& store, audit::Action action, boost::json::object details, const base::Clock& clock, base::Random& random) {
  const base::Time now = clock.Now();
  details["at"] = base::FormatRfc3339(now);
  const std::string text = base::PrintJson(boost::json::object{{"action", std::string(action.name())}, {"details", std::move(details)}});
  const std::string name = std::string(kPrefix) + base::MakeUlid(now, random);
  return store.WriteInstallation([&](store::WriteTransaction& tx) { return store::PutSetting(tx, name, text, now); });
}

base::Status RecordNotes(store::Store& store, audit::Log& log) {
  TRY_ASSIGN(const auto notes, store.ReadInstallation([](store::ReadTransaction& tx) { return store::ListSettings(tx, kPrefix); }));
  for (const auto& [name, text] : notes) {
    const auto note = base::ParseJson(text);
    const auto* object = note && note->is_object() ? note->if_object() : nullptr;
    const auto* action = object != nullptr ? object->if_contains("action") : nullptr;
    const auto* details = object != nullptr ? object->if_contains("details") : nullptr;
    const std::string verb = action != nullptr && action->is_string() ? std::string(action->get_string()) : std::string();
    TRY(log.AppendAndWait({.action = audit::Action::FindOrUnknown(verb),
                           .actor = "local",
                           .details = details != nullptr ? base::PrintJson(*details) : "{}"}));
    TRY(store.WriteInstallation([&](store::WriteTransaction& tx) { return store::DeleteSetting(tx, name); }));
  }
  return {};
}

}  // namespace crossrole::app
