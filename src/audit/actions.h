// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <optional>
#include <string_view>

namespace crossrole::audit {

/// What can be recorded, and what it means. Another action is one more line here, in alphabetical order.
struct ActionFacts {
  std::string_view name;     // <noun>.<verb>
  std::string_view target;   // what the target names
  std::string_view meaning;  // one sentence for docs/reference
};

/// The table of audit actions.
inline constexpr auto kActions = std::to_array<ActionFacts>({
    {"audit.export", "tenant", "the record was exported"},
    {"audit.repair", "file", "an incomplete end, left by a crash, was cut off and kept aside at the start"},
    {"auth.refused", "route", "a request came without a valid identity or permission"},
    {"backup.create", "file", "a copy of the database was made"},
    {"backup.restore", "file", "the database was replaced by a copy"},
    {"capability.update", "integration", "what an integration may be used for was changed"},
    {"connection.delete", "connection", "a connection was deleted"},
    {"connection.test", "connection", "the trust of one account was probed"},
    {"connection.update", "connection", "settings of a connection were changed"},
    {"external_id.retire", "integration", "the previous external ID was dropped"},
    {"external_id.rotate", "integration", "another external ID was issued"},
    {"integration.activate", "integration", "a verification succeeded and sessions may be minted"},
    {"integration.connect", "integration", "the role of an integration was set"},
    {"integration.create", "integration", "an integration was created"},
    {"integration.delete", "integration", "an integration was deleted"},
    {"integration.disable", "integration", "an operator stopped minting"},
    {"integration.enable", "integration", "an operator allowed minting again"},
    {"integration.offboard", "integration", "role and policy were removed from the account"},
    {"integration.quarantine", "integration", "the trust of an active integration was found broken"},
    {"integration.quickstart", "integration", "role and policy were made with keys given once"},
    {"integration.update", "integration", "settings of an integration were changed"},
    {"integration.verify", "integration", "the trust of an integration was probed"},
    {"job.cancel", "job", "a job was canceled"},
    {"server.reload", "installation", "certificates, log level and budgets were read again"},
    {"server.start", "installation", "the server began to answer"},
    {"server.stop", "installation", "the server stopped"},
    {"session.console", "integration", "a console sign-in link was handed out"},
    {"session.mint", "integration", "temporary credentials were handed out"},
    {"setup.read", "integration", "an onboarding artefact was read"},
    {"tenant.create", "tenant", "a tenant was created"},
    {"tenant.delete", "tenant", "a tenant was deleted"},
    {"tenant.update", "tenant", "a tenant was changed"},
    {"token.bootstrap", "token", "an administrator token was made on the data directory"},
    {"token.create", "token", "a token was made"},
    {"token.revoke", "token", "a token was revoked"},
    {"token.rotate", "token", "a token got another secret"},
    {"unknown", "", "an action of another version of the program; its name is in the line"},
});

/// One of `kActions`: a name that is not in the table does not compile.
class Action {
 public:
  consteval Action(const char* name) : index_(IndexOf(name)) {  // NOLINT: implicit, so that a literal is an action
    if (index_ == kActions.size()) throw "not in kActions";
  }
  /// The action of that name, if the table has it.
  static std::optional<Action> Find(std::string_view name) {
    const std::size_t index = IndexOf(name);
    return index < kActions.size() ? std::optional<Action>(Action(index)) : std::nullopt;
  }
  /// The action of that name, or "unknown".
  static Action FindOrUnknown(std::string_view name) { return Find(name).value_or(Action(IndexOf("unknown"))); }
  /// Its row of the table.
  constexpr const ActionFacts& facts() const { return kActions[index_]; }
  /// Its name.
  constexpr std::string_view name() const { return facts().name; }
  bool operator==(const Action&) const = default;

 private:
  constexpr explicit Action(std::size_t index) : index_(index) {}
  static constexpr std::size_t IndexOf(std::string_view name) {
    std::size_t index = 0;
    while (index < kActions.size() && kActions[index].name != name) ++index;
    return index;
  }
  std::size_t index_;
};

}  // namespace crossrole::audit
