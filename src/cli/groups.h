// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "cli/command.h"

namespace crossrole::cli {

/// `login`, `logout`, `whoami`.
std::span<const Command> LoginCommands();
/// `integration create|list|show|update|…`: what changes or shows the object.
std::span<const Command> IntegrationCommands();
/// `integration setup|connect|quickstart|verify|offboard`: what touches AWS.
std::span<const Command> OnboardingCommands();
/// `connection …`.
std::span<const Command> ConnectionCommands();
/// `organization …` and `folder …`.
std::span<const Command> OrganizationCommands();
/// `credentials …`.
std::span<const Command> CredentialsCommands();
/// `exec`.
std::span<const Command> ExecCommands();
/// `tenant …`.
std::span<const Command> TenantCommands();
/// `space …`.
std::span<const Command> SpaceCommands();
/// `role …`: roles, who has them, and why somebody may or may not.
std::span<const Command> RoleCommands();
/// `token …`, save `token bootstrap`, which needs no server.
std::span<const Command> TokenCommands();
/// `audit list|export`.
std::span<const Command> AuditCommands();
/// `operator …`.
std::span<const Command> OperatorCommands();
/// `policy …`.
std::span<const Command> PolicyCommands();

}  // namespace crossrole::cli
