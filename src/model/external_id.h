// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "model/handle.h"
#include "model/ids.h"

namespace crossrole::model {

/// How the external ID of an integration comes about. Source: contract 4.1.
enum class ExternalIdFormat : std::uint8_t { kAccount, kPerRun, kCustom };

/// Which half of a run a session is for.
enum class Phase : std::uint8_t { kRead, kWrite };

/// The value of `sts:ExternalId`: 2–1224 characters of `[\w+=,.@:/-]`; valid by construction.
class ExternalId {
 public:
  /// Errors: kInvalidArgument.
  static base::Result<ExternalId> Parse(std::string_view text);
  /// `<tenant id>:<26 random base-32 characters>` (130 random bits).
  static ExternalId Generate(const TenantId& tenant, base::Random& random);
  /// `<tenant id>:<suffix>`. Errors: kInvalidArgument unless the suffix is `[a-z0-9]{8,64}`.
  static base::Result<ExternalId> WithSuffix(const TenantId& tenant, std::string_view suffix);
  /// `<tenant handle>@<integration id>@<stack slug>@<read|write>`. Errors: kInvalidArgument for a bad slug.
  static base::Result<ExternalId> PerRun(const Handle& tenant, const IntegrationId& integration,
                                         std::string_view stack_slug, Phase phase);
  /// The value.
  const std::string& text() const { return text_; }
  auto operator<=>(const ExternalId&) const = default;

 private:
  explicit ExternalId(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// Whether a custom value looks like one that this system issues, which nobody may choose.
bool LooksIssued(std::string_view text);
/// "account", "per_run" or "custom".
std::string_view NameOf(ExternalIdFormat format);
/// The inverse. Errors: kInvalidArgument.
base::Result<ExternalIdFormat> ParseExternalIdFormat(std::string_view name);
/// "read" or "write".
std::string_view NameOf(Phase phase);
/// The inverse. Errors: kInvalidArgument.
base::Result<Phase> ParsePhase(std::string_view name);

}  // namespace crossrole::model
