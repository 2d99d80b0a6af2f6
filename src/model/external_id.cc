// SPDX-License-Identifier: Apache-2.0
#include "model/external_id.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace crossrole::model {
namespace {

using base::Code;
using base::Error;
using base::Fail;

// Lower-case base 32 of RFC 4648: no 0, 1, 8 or 9, which read like letters.
constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::array<std::string_view, 3> kFormats = {"account", "per_run", "custom"};

bool IsExternalIdCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_+=,.@:/-").contains(c);
}

}  // namespace

base::Result<ExternalId> ExternalId::Parse(std::string_view text) {
  if (text.size() < 2 || text.size() > 1224 || !std::ranges::all_of(text, IsExternalIdCharacter)) {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = "the external ID must have 2 to 1224 letters, digits and `_+=,.@:/-`",
                      .field = "external_id.value"});
  }
  return ExternalId(std::string(text));
}

ExternalId ExternalId::Generate(const TenantId& tenant, base::Random& random) {
  return ExternalId(tenant.text() + ":" + base::RandomText(random, kBase32, 26));
}

base::Result<ExternalId> ExternalId::WithSuffix(const TenantId& tenant, std::string_view suffix) {
  const bool valid = suffix.size() >= 8 && suffix.size() <= 64 && std::ranges::all_of(suffix, [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
                     });
  if (!valid) {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = "the suffix must have 8 to 64 lower-case letters and digits",
                      .field = "external_id.suffix"});
  }
  return ExternalId(tenant.text() + ":" + std::string(suffix));
}

base::Result<ExternalId> ExternalId::PerRun(const Handle& tenant, const IntegrationId& integration,
                                            std::string_view stack_slug, Phase phase) {
  if (!IsStackSlug(stack_slug)) {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = fmt::format("`{}` is not a stack slug", base::Shortened(stack_slug, 80)),
                      .field = "stack"});
  }
  return ExternalId(fmt::format("{}@{}@{}@{}", tenant.text(), integration.text(), stack_slug, NameOf(phase)));
}

bool LooksIssued(std::string_view text) {
  const auto colon = base::Split(text, ':');
  const auto at = base::Split(text, '@');
  const bool account = colon.size() >= 2 && IsIdText(TenantKind::kPrefix, colon[0]);
  const bool per_run = at.size() >= 2 && IsIdText(IntegrationKind::kPrefix, at[1]);
  return account || per_run;
}

std::string_view NameOf(ExternalIdFormat format) { return kFormats.at(static_cast<std::size_t>(format)); }

base::Result<ExternalIdFormat> ParseExternalIdFormat(std::string_view name) {
  for (std::size_t i = 0; i < kFormats.size(); ++i) {
    if (kFormats[i] == name) return static_cast<ExternalIdFormat>(i);
  }
  return Fail(Error{.code = Code::kInvalidArgument,
                    .message = fmt::format("`{}` is not a format of external IDs", base::Shortened(name, 80)),
                    .field = "external_id.format",
                    .fix = "use account, per_run or custom"});
}

std::string_view NameOf(Phase phase) { return phase == Phase::kRead ? "read" : "write"; }

base::Result<Phase> ParsePhase(std::string_view name) {
  if (name == "read") return Phase::kRead;
  if (name == "write") return Phase::kWrite;
  return Fail(Error{.code = Code::kInvalidArgument,
                    .message = fmt::format("`{}` is not a phase", base::Shortened(name, 80)),
                    .field = "phase",
                    .fix = "use read or write"});
}

}  // namespace crossrole::model
