// SPDX-License-Identifier: Apache-2.0
#include "cli/groups.h"

namespace crossrole::cli {

std::span<const Command> Commands() {
  static const std::vector<Command> all = [] {
    std::vector<Command> commands;
    for (const auto group : {LoginCommands(), IntegrationCommands(), OnboardingCommands(), ConnectionCommands(), OrganizationCommands(), CredentialsCommands(),
                             ExecCommands(), TenantCommands(), SpaceCommands(), RoleCommands(), TokenCommands(), AuditCommands(), PolicyCommands(), OperatorCommands()}) {
      commands.insert(commands.end(), group.begin(), group.end());
    }
    return commands;
  }();
  return all;
}

}  // namespace crossrole::cli
