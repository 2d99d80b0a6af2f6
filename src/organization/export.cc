// SPDX-License-Identifier: Apache-2.0
#include "organization/export.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "base/text.h"

namespace crossrole::organization {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 4> kFormats = {"aws-config", "steampipe", "terraform", "json"};
constexpr std::string_view kHead = "# Made by `crossrole connection export`; make it anew when connections change.\n";

// The profile of that handle; that of everybody's own is never taken: no handle ends with `_`.
std::string ProfileOf(const ExportedConnection& connection) { return connection.handle == "default" ? "default_" : connection.handle; }

std::string AwsConfig(const std::vector<ExportedConnection>& connections) {
  std::string text(kHead);
  for (const ExportedConnection& each : connections) {
    text += fmt::format("\n[profile {}]\ncredential_process = crossrole credentials process --connection {}\nregion = {}\n", ProfileOf(each),
                        each.handle, each.region);
  }
  return text;
}

std::string QuotedList(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "\"" : ", \"") + text + "\"";
  return "[" + list + "]";
}

// The plugin's names and units are ours but for one.
std::string SteampipeSettings(const std::string& text) {
  const auto settings = base::ParseJson(text);
  if (!settings || !settings->is_object()) return "";
  std::string lines;
  for (const auto& member : settings->get_object()) {
    const std::string_view name = member.key();
    lines += fmt::format("  {} = {}\n", name == "min_error_retry_delay_ms" ? "min_error_retry_delay" : name, base::PrintJson(member.value()));
  }
  return lines;
}

// One connection for each account, and one that asks all of them. That has a name of its own, whatever accounts are called: no handle ends with `_`.
std::string Steampipe(const std::vector<ExportedConnection>& connections) {
  std::string text(kHead);
  std::vector<std::string> names;
  for (const ExportedConnection& each : connections) {
    names.push_back("aws_" + each.handle);
    text += fmt::format("\nconnection \"{}\" {{\n  plugin  = \"aws\"\n  profile = \"{}\"\n  regions = {}\n{}}}\n", names.back(), ProfileOf(each),
                        QuotedList(each.regions), SteampipeSettings(each.settings));
  }
  if (names.empty()) return text;
  const std::string_view all = std::ranges::find(names, "aws_all") == names.end() ? "aws_all" : "aws_all_";
  return text + fmt::format("\nconnection \"{}\" {{\n  plugin      = \"aws\"\n  type        = \"aggregator\"\n  connections = {}\n}}\n",
                            all, QuotedList(names));
}

std::string Terraform(const std::vector<ExportedConnection>& connections) {
  std::string text(kHead);
  for (const ExportedConnection& each : connections) {
    text += fmt::format("\nprovider \"aws\" {{\n  alias               = \"{}\"\n  profile             = \"{}\"\n  region              = \"{}\"\n"
                        "  allowed_account_ids = [\"{}\"]\n}}\n",
                        each.handle, ProfileOf(each), each.region, each.account_id);
  }
  return text;
}

std::string Json(const std::vector<ExportedConnection>& connections) {
  json::array items;
  for (const ExportedConnection& each : connections) {
    items.push_back(json::object{{"handle", each.handle},
                                 {"account_id", each.account_id},
                                 {"role_arn", each.role_arn},
                                 {"region", each.region},
                                 {"regions", json::array(each.regions.begin(), each.regions.end())},
                                 {"settings", base::ParseJson(each.settings).value_or(nullptr)},
                                 {"credential_process", "crossrole credentials process --connection " + each.handle}});
  }
  return base::PrintJsonPretty(json::object{{"connections", std::move(items)}}) + "\n";
}

}  // namespace

base::Result<ExportFormat> ParseExportFormat(std::string_view name) {
  const auto* const found = std::ranges::find(kFormats, name);
  if (found != kFormats.end()) return static_cast<ExportFormat>(found - kFormats.begin());
  return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                .message = name.empty() ? std::string("`format` is missing")
                                                        : fmt::format("`{}` is no format of exports", base::Shortened(name, 80)),
                                .field = "format",
                                .fix = "use aws-config, steampipe, terraform or json"});
}

std::string PrintExport(ExportFormat format, std::vector<ExportedConnection> connections) {
  std::ranges::sort(connections, {}, &ExportedConnection::handle);
  switch (format) {
    case ExportFormat::kAwsConfig: return AwsConfig(connections);
    case ExportFormat::kSteampipe: return Steampipe(connections);
    case ExportFormat::kTerraform: return Terraform(connections);
    case ExportFormat::kJson: break;
  }
  return Json(connections);
}

}  // namespace crossrole::organization
