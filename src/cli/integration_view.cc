// SPDX-License-Identifier: Apache-2.0
#include "cli/integration_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "base/text.h"
#include "cli/output.h"

namespace crossrole::cli {
namespace {

namespace json = boost::json;

constexpr auto kColumns = std::to_array<Column>({{"handle", "handle"},
                                                 {"id", "id"},
                                                 {"kind", "kind"},
                                                 {"state", "state"},
                                                 {"reason", "reason"},
                                                 {"account", "account_id"},
                                                 {"role", "role_arn"},
                                                 {"expected role", "expected_role_arn"},
                                                 {"principal", "principal_arn"},
                                                 {"external ID", "external_id"},
                                                 {"capabilities", "capabilities"},
                                                 {"session seconds", "duration_seconds"},
                                                 {"region", "region"},
                                                 {"regions", "regions"},
                                                 {"settings", "settings"},
                                                 {"shared with", "permissions.spaces"},
                                                 {"next check", "next_check_at"},
                                                 {"version", "version"}});

const json::array& ItemsOf(const json::value& object, std::string_view member) {
  static const json::array none;
  const json::value* list = Member(object, member);
  return list == nullptr || !list->is_array() ? none : list->get_array();
}

bool IsTrue(const json::value& object, std::string_view member) {
  const json::value* value = Member(object, member);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::string ProbesText(const json::value& verification) {
  Table table({"PROBE", "EXPECTED", "OBSERVED", "OK"});
  for (const json::value& probe : ItemsOf(verification, "probes")) {
    table.Add({Cell(probe, "name"), Cell(probe, "expected"), Cell(probe, "observed"), Cell(probe, "ok")});
  }
  return table.Text();
}

std::string FindingText(const json::value& finding) {
  std::string text = Printable(fmt::format("{}: {}: {}", Cell(finding, "severity"), Cell(finding, "code"), Cell(finding, "message")));
  const json::value* policy = Member(finding, "fix.policy");
  if (policy != nullptr && policy->is_object()) text += "\n  set the trust policy to:\n" + base::PrintJsonPretty(*policy);
  return text + "\n";
}

}  // namespace

std::size_t LimitFlag(const Arguments& arguments) {
  return static_cast<std::size_t>(std::max<std::int64_t>(arguments.Integer("--limit").value_or(0), 0));
}

int PrintIntegration(const Context& context, const json::value& integration) {
  return PrintObject(context, integration, kColumns);
}

int PrintConsequences(const Context& context, const json::value& consequences) {
  if (context.output == Output::kJson) {
    PrintJson(consequences);
    return 0;
  }
  Table table({"", ""});
  bool any = false;
  for (const std::string_view member : {"renamed", "removed", "invalidated", "dependents"}) {
    for (const std::string& text : TextsOf(consequences, member)) {
      table.Add({std::string(member), text});
      any = true;
    }
  }
  if (const std::string until = TextOf(consequences, "sessions_live_until"); !until.empty()) {
    table.Add({"issued sessions live until", until});
    any = true;
  }
  Print(any ? table.Text() : "nothing is hit\n");
  return 0;
}

int PrintVerification(const Context& context, const json::value& verification) {
  const int code = IsTrue(verification, "ok") ? 0 : 1;
  if (context.output == Output::kJson) {
    PrintJson(verification);
    return code;
  }
  std::string text = ProbesText(verification);
  for (const json::value& finding : ItemsOf(verification, "findings")) text += FindingText(finding);
  for (const json::value& capability : ItemsOf(verification, "capabilities")) {
    const auto missing = TextsOf(capability, "missing_actions");
    const auto unchecked = TextsOf(capability, "unchecked_actions").size();
    if (!missing.empty()) {
      text += Printable(fmt::format("capability {} lacks: {}", Cell(capability, "name"), base::Join(missing, ", "))) + "\n";
    }
    if (unchecked > 0) {
      text += Printable(fmt::format("capability {}: {} actions could not be checked", Cell(capability, "name"), unchecked)) + "\n";
    }
  }
  text += fmt::format("{}: the integration is {}\n", code == 0 ? "verified" : "not verified", Printable(Cell(verification, "state")));
  Print(text);
  return code;
}

}  // namespace crossrole::cli
