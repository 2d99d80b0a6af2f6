// SPDX-License-Identifier: Apache-2.0
#include "aws/settings.h"

#include <fmt/format.h>

#include "aws/http_message.h"
#include "aws/internal/profile_file.h"
#include "base/text.h"

namespace crossrole::aws {
namespace {

using base::Code;
using base::Fail;

struct Source {
  const Environment& environment;
  const internal::Section& profile;

  // The first that says something: the variables in their order, then the profile.
  std::string First(std::initializer_list<std::string_view> variables, std::string_view setting) const {
    for (const std::string_view variable : variables) {
      if (std::string value = Lookup(environment, variable); !value.empty()) return value;
    }
    return setting.empty() ? std::string() : profile.Get(setting);
  }

  base::Result<bool> Flag(std::string_view variable, std::string_view setting) const {
    const std::string text = base::Lower(First({variable}, setting));
    if (text == "true") return true;
    if (text.empty() || text == "false") return false;
    return Fail(Code::kInvalidArgument, fmt::format("`{}` must be true or false, not `{}`", variable, text));
  }
};

base::Status CheckUrl(std::string_view name, const std::string& url) {
  auto request = RequestTo(url);
  if (request.has_value()) return {};
  return std::unexpected(base::WithContext(std::move(request).error(), fmt::format("`{}`", name)));
}

// A variable for one service, then one for all, then the profile's for one service, then the profile's for all.
base::Result<EndpointOverrides> ReadEndpoints(const Source& source, const internal::Sections& services) {
  EndpointOverrides overrides;
  TRY_ASSIGN(const bool ignored, source.Flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls"));
  if (ignored) return overrides;
  for (const auto& [name, value] : source.environment) {
    if (name.starts_with("AWS_ENDPOINT_URL_") && !value.empty()) overrides.by_variable[name] = value;
  }
  overrides.for_all = Lookup(source.environment, "AWS_ENDPOINT_URL");
  if (overrides.for_all.empty()) {
    overrides.for_all = source.profile.Get("endpoint_url");
    if (const auto section = services.find(source.profile.Get("services")); section != services.end()) {
      for (const auto& [service, block] : section->second.blocks) {
        std::string variable = "AWS_ENDPOINT_URL_";
        for (const char c : service) variable += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c == ' ' || c == '-' ? '_' : c;
        if (const auto url = block.find("endpoint_url"); url != block.end()) overrides.by_variable.emplace(variable, url->second);
      }
    }
  }
  if (!overrides.for_all.empty()) TRY(CheckUrl("AWS_ENDPOINT_URL", overrides.for_all));
  for (const auto& [name, url] : overrides.by_variable) TRY(CheckUrl(name, url));
  return overrides;
}

}  // namespace

std::string Lookup(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

std::string ProfileName(const Environment& environment, std::string_view profile) {
  if (!profile.empty()) return std::string(profile);
  for (const char* variable : {"AWS_DEFAULT_PROFILE", "AWS_PROFILE"}) {
    if (std::string name = Lookup(environment, variable); !name.empty()) return name;
  }
  return "default";
}

base::Result<Settings> ReadSettings(const Environment& environment, std::string_view profile) {
  TRY_ASSIGN(const internal::SharedConfig config, internal::LoadSharedConfig(environment));
  Settings settings{.profile = ProfileName(environment, profile)};
  const auto found = config.profiles.find(settings.profile);
  if (found == config.profiles.end() && settings.profile != "default") {
    return Fail({.code = Code::kNotFound,
                 .message = fmt::format("there is no profile `{}` in the shared config and credentials files", settings.profile),
                 .fix = "set `AWS_PROFILE` to a profile that exists, or unset it"});
  }
  const internal::Section none;
  const Source source{.environment = environment, .profile = found == config.profiles.end() ? none : found->second};
  settings.region = source.First({"AWS_REGION", "AWS_DEFAULT_REGION"}, "region");
  settings.ca_file = source.First({"AWS_CA_BUNDLE"}, "ca_bundle");
  settings.proxies = {.http = source.First({"http_proxy", "HTTP_PROXY"}, ""),
                      .https = source.First({"https_proxy", "HTTPS_PROXY"}, ""),
                      .no_proxy = source.First({"no_proxy", "NO_PROXY"}, "")};
  TRY_ASSIGN(const bool fips, source.Flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"));
  TRY_ASSIGN(const bool dual_stack, source.Flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"));
  settings.fips = fips ? Fips::kYes : Fips::kNo;
  settings.dual_stack = dual_stack ? DualStack::kYes : DualStack::kNo;
  TRY_ASSIGN(settings.endpoints, ReadEndpoints(source, config.services));
  return settings;
}

}  // namespace crossrole::aws
