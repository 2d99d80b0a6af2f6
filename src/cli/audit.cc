// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>

#include "base/clock.h"
#include "base/json.h"
#include "cli/api_client.h"
#include "cli/flags.h"
#include "cli/groups.h"
#include "cli/integration_view.h"
#include "cli/output.h"

namespace crossrole::cli {
namespace {

constexpr std::int64_t kStaleDays = 90;
constexpr std::int64_t kMostDays = 36'500;

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

// Whether sessions were handed out since then: newest first, so that what is used is found at once.
base::Result<bool> IsUsed(ApiClient& client, const std::string& id, const std::string& since) {
  std::string page;
  do {
    const Query query{{"action", "session.mint"}, {"target", id}, {"from", since}, {"page_token", page}};
    TRY_ASSIGN(const auto found, client.Get(WithQuery("/v1/audit", query)));
    for (const boost::json::value& record : found.at("items").as_array()) {
      if (TextOf(record, "phase") != "intent" && TextOf(record, "outcome") == "succeeded") return true;
    }
    page = TextOf(found, "next_page_token");
  } while (!page.empty());
  return false;
}

// One that was made since then has not had its time.
base::Result<boost::json::array> StaleSince(ApiClient& client, base::Time since) {
  boost::json::array stale;
  TRY_ASSIGN(const auto list, client.GetAll("/v1/integrations", {}, 0));
  for (const boost::json::value& integration : list.at("items").as_array()) {
    TRY_ASSIGN(const base::Time made, base::ParseRfc3339(TextOf(integration, "created_at")));
    if (made > since) continue;
    TRY_ASSIGN(const bool used, IsUsed(client, TextOf(integration, "id"), base::FormatRfc3339(since)));
    if (!used) stale.push_back(integration);
  }
  return stale;
}

base::Status DisableAll(ApiClient& client, boost::json::array& integrations) {
  for (boost::json::value& integration : integrations) {
    if (TextOf(integration, "state") == "disabled") continue;
    TRY_ASSIGN(integration, client.Call("POST", ObjectPath("integrations", TextOf(integration, "id")) + "/disable", nullptr));
  }
  return {};
}

int RunStale(const Context& context, const Arguments& arguments) {
  const std::int64_t days = arguments.Integer("--days").value_or(kStaleDays);
  if (days < 0 || days > kMostDays) return PrintUsage(context, fmt::format("`--days` is a number from 0 to {}", kMostDays));
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(boost::json::array stale, StaleSince(client, base::SystemClock().Now() - std::chrono::days(days)));
    if (arguments.Switch("--disable")) TRY(DisableAll(client, stale));
    static constexpr auto kColumns = std::to_array<Column>(
        {{"HANDLE", "handle"}, {"ID", "id"}, {"KIND", "kind"}, {"ACCOUNT", "account_id"}, {"STATE", "state"}, {"CREATED", "created_at"}});
    return PrintList(context, boost::json::object{{"items", std::move(stale)}}, kColumns);
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

constexpr auto kStaleFlags = Concat(std::to_array<Flag>({{"--days", FlagKind::kInteger, "unused for so many days (90)"},
                                                         {"--disable", FlagKind::kSwitch, "stop minting for each of them; `integration enable` undoes it"}}),
                                    kServerFlags);

constexpr auto kCommands = std::to_array<Command>({
    {"audit list", "Lists the audit record, newest first.", kListFlags, {}, RunList},
    {"audit stale", "Lists integrations that nobody got sessions of for a long time.", kStaleFlags, {}, RunStale},
    {"audit export", "Prints the tenant's audit chain as JSON lines.", kServerFlags, {}, RunExport},
    {"audit public-key", "Prints the key that `audit verify --public-key` checks an export with.", kServerFlags, {}, RunPublicKey},
});

}  // namespace

std::span<const Command> AuditCommands() { return kCommands; }

}  // namespace crossrole::cli
