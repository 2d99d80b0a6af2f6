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
    {"audit.checkpoint", "", "the records of a chain up to the one before were signed"},
    {"audit.export", "tenant", "the record was exported"},
    {"audit.repair", "file", "an incomplete end, left by a crash, was cut off and kept aside at the start"},
    {"audit.retention", "", "old records of a chain were removed; the last of them is signed"},
    {"auth.refused", "route", "a request came without a valid identity or permission"},
    {"auth.sign_in", "operator", "somebody signed in, or tried to"},
    {"auth.sign_out", "operator", "a session was ended"},
    {"auth.sign_out_everywhere", "operator", "all sessions and own tokens of an operator were ended"},
    {"backup.create", "file", "a copy of the database was made"},
    {"backup.restore", "file", "the database was replaced by a copy"},
    {"capability.update", "integration", "what an integration may be used for was changed"},
    {"connection.create", "connection", "an account was found in an organization, or came back to it"},
    {"connection.delete", "connection", "a connection was deleted, or its account is no longer in the organization"},
    {"connection.test", "connection", "the trust of one account was probed"},
    {"connection.update", "connection", "settings of a connection were changed"},
    {"external_id.retire", "integration", "the previous external ID was dropped"},
    {"external_id.rotate", "integration", "another external ID was issued"},
    {"folder.create", "folder", "a root or organizational unit was found in an organization, or came back"},
    {"folder.delete", "folder", "an organizational unit is no longer there"},
    {"folder.update", "folder", "a folder was changed, or its organizational unit was renamed or moved"},
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
    {"keyring.rotate", "", "the master key was changed and every secret sealed anew"},
    {"operator.create", "operator", "an operator was made"},
    {"operator.delete", "operator", "an operator was deleted"},
    {"operator.update", "operator", "an operator was changed"},
    {"organization.removal_waits", "integration", "an import would remove more than it may, and waits to be told to"},
    {"organization.sync", "integration", "an organization was listed and had changed; each change has a record of its own"},
    {"role.create", "role", "a role was made"},
    {"role.delete", "role", "a role was deleted"},
    {"role.update", "role", "what a role allows, or its name, was changed"},
    {"role_binding.create", "role_binding", "somebody was given a role"},
    {"role_binding.delete", "role_binding", "a role was taken from somebody"},
    {"secret.read", "secret", "a secret kept in the database was opened for use, which lasts until the server stops; the target is its name"},
    {"server.reload", "installation", "certificates, log level and budgets were read again"},
    {"server.start", "installation", "the server began to answer"},
    {"server.stop", "installation", "the server stopped"},
    {"session.console", "integration", "a console sign-in link was handed out"},
    {"session.mint", "integration", "temporary credentials were handed out"},
    {"setup.read", "integration", "an onboarding artefact was read"},
    {"space.create", "space", "a space was made"},
    {"space.delete", "space", "a space was deleted"},
    {"space.update", "space", "a space was renamed or moved, or its inheritance changed"},
    {"tenant.create", "tenant", "a tenant was created"},
    {"tenant.delete", "tenant", "a tenant was deleted"},
    {"tenant.update", "tenant", "a tenant was changed"},
    {"token.bootstrap", "token", "an administrator token was made on the data directory"},
    {"token.create", "token", "a token was made"},
    {"token.exchange", "token", "a token of an identity provider was exchanged for one of ours, or not"},
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
