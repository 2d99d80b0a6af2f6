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
constexpr std::array<Flag, 2> kVerifyFlags = {{
    {"--data", FlagKind::kText, "the data directory (~/.local/share/crossrole)"},
    {"--public-key", FlagKind::kText, "the key that must have signed the export: audit/checkpoint.pub of the installation"},
}};
constexpr std::array<Flag, 2> kInstallationFlags = {{
    {"--data", FlagKind::kText, "the data directory (~/.local/share/crossrole)"},
    {"--config", FlagKind::kText, "the configuration file (/etc/crossrole/crossrole.toml if present)"},
}};
constexpr std::array<Flag, 3> kBackupFlags = {{
    kInstallationFlags[0],
    kInstallationFlags[1],
    {"--without-master-key", FlagKind::kSwitch, "leave the master key's file out; keep it in another place"},
}};
constexpr std::array<Flag, 3> kRekeyFlags = {{
    kInstallationFlags[0],
    kInstallationFlags[1],
    {"--new-config", FlagKind::kText, "a configuration file whose [keyring] says where the new master key comes from"},
}};
constexpr std::array<Positional, 1> kNewFolder = {{{"folder", Presence::kRequired, "a folder that is not there yet"}}};
constexpr std::array<Positional, 1> kBackupFolder = {{{"folder", Presence::kRequired, "the folder that `crossrole backup` made"}}};
constexpr std::array<Positional, 1> kExport = {{{"file", Presence::kOptional, "an export to check instead of a data directory"}}};

constexpr std::array<Positional, 3> kCallWords = {{
    {"call", Presence::kRequired, "get-caller-identity, create-stack or create-open-role"},
    {"name", Presence::kOptional, "of the stack or role"},
    {"input", Presence::kOptional, "the template's file, or the integration as JSON"},
}};

constexpr std::array<Command, 11> kCommands = {{
    {"server", "run the control plane: API and background jobs", kServerFlags, {}, RunServer},
    {"sim", "run a simulated AWS", kSimFlags, {}, RunSim},
    {"sim-call", "send one call to a simulated AWS", {}, kCallWords, RunSimCall},
    {"demo", "run a simulated AWS and a server, ready to try", kDemoFlags, {}, RunDemo},
    {"token bootstrap", "make an administrator token on the data directory", kDataFlags, {}, RunTokenBootstrap},
    {"audit verify", "check the audit record and name what was changed", kVerifyFlags, kExport, RunAuditVerify},
    {"backup", "copy an installation, also while its server runs", kBackupFlags, kNewFolder, RunBackup},
    {"restore", "make an installation from a backup, in an empty directory", kInstallationFlags, kBackupFolder, RunRestore},
    {"rekey", "change the master key and seal every secret anew, also while the server runs", kRekeyFlags, {}, RunRekey},
    {"doctor", "look at an installation, and explain what is wrong", kInstallationFlags, {}, RunDoctor},
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
