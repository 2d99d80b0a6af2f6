// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "cli/command.h"

namespace crossrole::app {

/// Every command of the executable: those of `cli/`, and those that run on this machine's data.
std::vector<cli::Command> AllCommands();

/// `crossrole server`.
int RunServer(const cli::Context& context, const cli::Arguments& arguments);
/// `crossrole sim`.
int RunSim(const cli::Context& context, const cli::Arguments& arguments);
/// `crossrole sim-call`: one call to a simulated AWS, for machines without an AWS CLI that can be pointed at one.
int RunSimCall(const cli::Context& context, const cli::Arguments& arguments);
/// `crossrole demo`.
int RunDemo(const cli::Context& context, const cli::Arguments& arguments);
/// `crossrole token bootstrap`.
int RunTokenBootstrap(const cli::Context& context, const cli::Arguments& arguments);
/// `crossrole audit verify`.
int RunAuditVerify(const cli::Context& context, const cli::Arguments& arguments);
/// `crossrole backup`.
int RunBackup(const cli::Context& context, const cli::Arguments& arguments);
/// `crossrole restore`.
int RunRestore(const cli::Context& context, const cli::Arguments& arguments);
/// `crossrole rekey`.
int RunRekey(const cli::Context& context, const cli::Arguments& arguments);
/// `crossrole doctor`.
int RunDoctor(const cli::Context& context, const cli::Arguments& arguments);
/// `crossrole version`.
int RunVersion(const cli::Context& context, const cli::Arguments& arguments);

}  // namespace crossrole::app
