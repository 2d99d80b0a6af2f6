// SPDX-License-Identifier: Apache-2.0
#include "app/commands.h"

#include <array>

namespace crossrole::app {
namespace {

using cli::Command;
using cli::Flag;
using cli::FlagKind;
using cli::Positional;
using cli::Presence;

constexpr std::array<Flag, 6> kServerFlags = {{
    {"--listen", FlagKind::kText, "address and port (127.0.0.1:8420)"},
    {"--data", FlagKind::kText, "the data directory (~/.local/share/crossrole)"},
    {"--config", FlagKind::kText, "the configuration file (/etc/crossrole/crossrole.toml if present)"},
    {"--database", FlagKind::kText, "postgresql://…; not yet"},
    {"--print-config", FlagKind::kSwitch, "print the effective configuration and where each value comes from"},
    {"--insecure-listen", FlagKind::kSwitch, "allow plain HTTP on other than loopback addresses"},
}};

constexpr std::array<Flag, 11> kSimFlags = {{
    {"--listen", FlagKind::kText, "address and port (127.0.0.1:4566)"},
    {"--state", FlagKind::kText, "a file to go on from, written at the end; it is made when it is not there"},
    {"--accounts", FlagKind::kInteger, "how many accounts (3)"},
    {"--profile", FlagKind::kText, "what the accounts hold: plain, mixed or large (plain below 10 accounts, else mixed)"},
    {"--seed", FlagKind::kInteger, "the same seed gives the same accounts and keys (1)"},
    {"--latency-ms", FlagKind::kInteger, "delay of every answer (0)"},
    {"--propagation-ms", FlagKind::kInteger, "until a change of IAM counts (0)"},
    {"--throttle", FlagKind::kText, "on or off: whether AWS's rates are enforced (on)"},
    {"--rate-scale", FlagKind::kText, "multiplies every rate (1)"},
    {"--partition", FlagKind::kText, "the partition of all accounts (aws)"},
    {"--insecure-listen", FlagKind::kSwitch, "allow other than loopback addresses"},
}};

constexpr std::array<Flag, 3> kDemoFlags = {{
    {"--data", FlagKind::kText, "a directory that a demo made; a temporary one without"},
    {"--listen", FlagKind::kText, "address and port of the server (127.0.0.1:0)"},
    {"--sim-listen", FlagKind::kText, "address and port of the simulated AWS (127.0.0.1:0)"},
}};

constexpr std::array<Flag, 1> kDataFlags = {{{"--data", FlagKind::kText, "the data directory (~/.local/share/crossrole)"}}};
constexpr std::array<Positional, 1> kExport = {{{"file", Presence::kOptional, "an export to check instead of a data directory"}}};

constexpr std::array<Positional, 3> kCallWords = {{
    {"call", Presence::kRequired, "get-caller-identity, create-stack or create-open-role"},
    {"name", Presence::kOptional, "of the stack or role"},
    {"input", Presence::kOptional, "the template's file, or the integration as JSON"},
}};

constexpr std::array<Command, 7> kCommands = {{
    {"server", "run the control plane: API and background jobs", kServerFlags, {}, RunServer},
    {"sim", "run a simulated AWS", kSimFlags, {}, RunSim},
    {"sim-call", "send one call to a simulated AWS", {}, kCallWords, RunSimCall},
    {"demo", "run a simulated AWS and a server, ready to try", kDemoFlags, {}, RunDemo},
    {"token bootstrap", "make an administrator token on the data directory", kDataFlags, {}, RunTokenBootstrap},
    {"audit verify", "check the audit record and name what was changed", kDataFlags, kExport, RunAuditVerify},
    {"version", "print the version", {}, {}, RunVersion},
}};

}  // namespace

std::vector<Command> AllCommands() {
  const auto others = cli::Commands();
  std::vector<Command> commands(kCommands.begin(), kCommands.end());
  commands.insert(commands.end(), others.begin(), others.end());
  return commands;
}

}  // namespace crossrole::app
