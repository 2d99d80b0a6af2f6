// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "integration/credentials_file.h"
#include "integration/internal/keys/keyed_account.h"
#include "integration/ports.h"
#include "model/actor.h"

namespace crossrole::integration {

/// The reason of an integration that is disabled until its role is gone, and of one whose role is gone.
inline constexpr std::string_view kOffboarding = "offboarding";
inline constexpr std::string_view kOffboarded = "offboarded";

/// Whether somebody goes on to look whether the role is gone.
enum class Watching : bool { kNo, kYes };

/// What came of an offboarding.
struct OffboardResult {
  std::vector<std::string> removed{};    // ARNs
  std::vector<std::string> remaining{};  // ARNs of what is still there, as far as is known
  std::vector<std::string> commands{};   // of the AWS CLI, for the rest
  std::vector<std::string> warnings{};   // sentences
  Watching watching = Watching::kNo;
  KeyCleanup cleanup{};                  // empty without keys
};

/// The result as the job shows it.
boost::json::value ToJson(const OffboardResult& result);

/// Stops minting, then detaches and deletes exactly what carries our tag, and sees that it is gone. `removed` gathers
/// ARNs over all attempts of one job. Errors: kNotFound; kInvalidArgument; kAwsRefused with reason `key.denied` and
/// `missing_actions`, after which the integration is verified anew; kUnavailable and kThrottled, after which it may be
/// called again.
base::Result<OffboardResult> OffboardWithKeys(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                              const KeyPair& keys, std::vector<std::string>& removed);

/// Stops minting and tells how to remove the rest. Nothing is removed through the role: it would first have to take off
/// the very policy that lets it, and then stay behind. The caller goes on to watch (`IsRoleGone`).
/// Errors: kNotFound; those of the blueprint.
base::Result<OffboardResult> OffboardWithoutKeys(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle);

/// What a look at the role showed.
enum class RolePresence : std::uint8_t {
  kThere,
  kGone,       // or its trust does not let us in any more, which looks the same from outside
  kUnknown,    // AWS gave no answer
  kNotAsked,   // somebody enabled the integration again
};

/// Looks whether the role of an integration that is being offboarded can still be assumed; when not, marks the
/// integration as offboarded. Errors: kNotFound; those of the store.
base::Result<RolePresence> WatchRole(const Ports& ports, const model::Actor& actor, std::string_view id);

}  // namespace crossrole::integration
