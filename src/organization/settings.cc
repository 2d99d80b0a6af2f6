// SPDX-License-Identifier: Apache-2.0
#include "organization/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string_view>

#include "base/json.h"
#include "base/text.h"

namespace crossrole::organization {
namespace {

namespace json = boost::json;

// Source: contract 4.3; the names are those of Steampipe's plugin for AWS.
constexpr auto kSettingNames =
    std::to_array<std::string_view>({"default_region", "max_error_retry_attempts", "min_error_retry_delay_ms", "ignore_error_codes"});
constexpr std::int64_t kMostAttempts = 100;
constexpr std::int64_t kLongestDelay = 600'000;
constexpr std::size_t kMostCodes = 100;
constexpr std::size_t kLongestCode = 128;

std::unexpected<base::Error> Refuse(std::string_view name, std::string message, std::string fix = "") {
  return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                .message = std::move(message),
                                .field = name.empty() ? std::string("settings") : fmt::format("settings.{}", name),
                                .fix = std::move(fix)});
}

// Codes of AWS and patterns of them; they end up in files of others, quoted.
bool IsCode(const json::value& code) {
  if (!code.is_string() || code.get_string().empty() || code.get_string().size() > kLongestCode) return false;
  return std::ranges::all_of(code.get_string(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("._:*?-").contains(c);
  });
}

base::Status CheckNumber(std::string_view name, const json::value& value, std::int64_t most) {
  if (value.is_int64() && value.get_int64() >= 1 && value.get_int64() <= most) return {};
  return Refuse(name, fmt::format("`settings.{}` must be a number from 1 to {}", name, most));
}

base::Status CheckOne(std::string_view name, const json::value& value, model::Partition partition) {
  if (name == "default_region") {
    if (value.is_string() && model::IsRegion(partition, std::string_view(value.get_string()))) return {};
    return Refuse(name, "`settings.default_region` must be a region of the partition");
  }
  if (name == "max_error_retry_attempts") return CheckNumber(name, value, kMostAttempts);
  if (name == "min_error_retry_delay_ms") return CheckNumber(name, value, kLongestDelay);
  if (name == "ignore_error_codes") {
    const bool is_list = value.is_array() && value.get_array().size() <= kMostCodes && std::ranges::all_of(value.get_array(), IsCode);
    if (is_list) return {};
    return Refuse(name, "`settings.ignore_error_codes` must be a list of AWS's error codes");
  }
  const std::string nearest = base::NearestName(name, kSettingNames);
  return Refuse(base::Shortened(name, 80), fmt::format("unknown field `settings.{}`", base::Shortened(name, 80)),
                nearest.empty() ? "" : fmt::format("did you mean `settings.{}`?", nearest));
}

// A wildcard stands for the rest of the name, as in `eu-*`.
bool Covers(std::string_view pattern, std::string_view region) {
  return pattern.ends_with('*') ? region.starts_with(pattern.substr(0, pattern.size() - 1)) : pattern == region;
}

std::string DefaultRegionIn(std::string_view settings) {
  const auto parsed = base::ParseJson(settings);
  const json::value* region = parsed && parsed->is_object() ? parsed->get_object().if_contains("default_region") : nullptr;
  return region != nullptr && region->is_string() ? std::string(region->get_string()) : std::string();
}

}  // namespace

std::string RegionFor(const RegionChoice& choice) {
  if (std::string region = DefaultRegionIn(choice.settings); !region.empty()) return region;
  const auto covers_home = [&](const std::string& pattern) { return Covers(pattern, choice.home); };
  if (std::ranges::any_of(choice.regions, covers_home)) return std::string(choice.home);
  for (const std::string& pattern : choice.regions) {
    for (const std::string_view region : model::RegionsOf(choice.partition)) {
      if (Covers(pattern, region)) return std::string(region);
    }
  }
  return std::string(choice.home);
}

base::Result<std::string> CheckSettings(const json::value& settings, model::Partition partition) {
  if (!settings.is_object()) return Refuse("", "`settings` must be an object");
  for (const auto& member : settings.get_object()) TRY(CheckOne(member.key(), member.value(), partition));
  return base::PrintJson(settings);
}

base::Result<std::string> CheckSettingsText(std::string_view text, model::Partition partition) {
  TRY_ASSIGN(const auto value, base::ParseJson(text));
  return CheckSettings(value, partition);
}

}  // namespace crossrole::organization
