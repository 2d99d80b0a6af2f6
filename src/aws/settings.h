// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "aws/curl_transport.h"
#include "aws/endpoints.h"
#include "base/result.h"

namespace crossrole::aws {

/// Environment variables as a value: nothing below `app` reads the process's own.
using Environment = std::map<std::string, std::string, std::less<>>;
/// The value of `name`, or "".
std::string Lookup(const Environment& environment, std::string_view name);

/// What AWS's standard variables and shared files say about everything but credentials.
struct Settings {
  std::string profile = "default";
  std::string region{};   // AWS_REGION, AWS_DEFAULT_REGION, the profile's; "" when none says
  std::string ca_file{};  // AWS_CA_BUNDLE, the profile's; "" for the system's
  ProxySettings proxies{};
  Fips fips = Fips::kNo;
  DualStack dual_stack = DualStack::kNo;
  EndpointOverrides endpoints{};  // AWS_ENDPOINT_URL…, the profile's and its services'; empty if told to ignore them
};

/// Reads them as botocore does. `profile` is one named explicitly, or "". Errors: kInvalidArgument (malformed files,
/// values that are neither true nor false, URLs that are none), kNotFound (a named profile that is in no file).
base::Result<Settings> ReadSettings(const Environment& environment, std::string_view profile);

/// The name of the profile in force: `profile` if not empty, else the environment's, else "default".
std::string ProfileName(const Environment& environment, std::string_view profile);

}  // namespace crossrole::aws
