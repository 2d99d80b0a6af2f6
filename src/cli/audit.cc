// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/value.hpp>

#include "cli/api_client.h"
#include "cli/flags.h"
#include "cli/groups.h"
#include "cli/integration_view.h"
#include "cli/output.h"

namespace crossrole::cli {
namespace {

int RunList(const Context& context, const Arguments& arguments) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    Query query;
    for (const std::string_view name : {"actor", "action", "target", "from", "to"}) {
      query.emplace_back(name, arguments.Text(fmt::format("--{}", name)).value_or(""));
    }
    TRY_ASSIGN(const auto list, client.GetAll("/v1/audit", query, LimitFlag(arguments)));
    static constexpr auto kColumns = std::to_array<Column>({{"TIME", "time"},
                                                            {"ACTOR", "actor"},
                                                            {"ACTION", "action"},
                                                            {"TARGET", "target"},
                                                            {"PHASE", "phase"},
                                                            {"OUTCOME", "outcome"},
                                                            {"REASON", "reason"}});
    return PrintList(context, list, kColumns);
  });
}

int RunExport(const Context& context, const Arguments& arguments) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY(client.Lines("/v1/audit/export", [](std::string_view line) {
      Print(line);
      Print("\n");
      return true;
    }));
    return 0;
  });
}

int RunPublicKey(const Context& context, const Arguments& arguments) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto key, client.Get("/v1/audit/public-key"));
    // The bare key, as `--public-key` takes it.
    Print(TextOf(key, "public_key") + "\n");
    return 0;
  });
}

constexpr auto kListFlags = Concat(std::to_array<Flag>({{"--actor", FlagKind::kText, "only by this operator or token"},
                                                        {"--action", FlagKind::kText, "only this action"},
                                                        {"--target", FlagKind::kText, "only about this object"},
                                                        {"--from", FlagKind::kText, "only since this time (RFC 3339)"},
                                                        {"--to", FlagKind::kText, "only until this time (RFC 3339)"},
                                                        {"--limit", FlagKind::kInteger, "at most so many; all without"}}),
                                   kServerFlags);

constexpr auto kCommands = std::to_array<Command>({
    {"audit list", "Lists the audit record, newest first.", kListFlags, {}, RunList},
    {"audit export", "Prints the tenant's audit chain as JSON lines.", kServerFlags, {}, RunExport},
    {"audit public-key", "Prints the key that `audit verify --public-key` checks an export with.", kServerFlags, {}, RunPublicKey},
});

}  // namespace

std::span<const Command> AuditCommands() { return kCommands; }

}  // namespace crossrole::cli
