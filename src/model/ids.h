// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace crossrole::model {

/// Whether `text` is `<prefix>_` and a ULID.
bool IsIdText(std::string_view prefix, std::string_view text);

/// The identity of one kind of object, `<prefix>_<ULID>`; valid by construction. Source: contract section 1.
template <typename Kind>
class Id {
 public:
  /// Parses `<prefix>_<26 characters>`. Errors: kInvalidArgument.
  static base::Result<Id> Parse(std::string_view text) {
    if (!IsIdText(Kind::kPrefix, text)) {
      return base::Fail(base::Code::kInvalidArgument,
                        "`" + std::string(text) + "` is not an id of the form `" + std::string(Kind::kPrefix) + "_…`");
    }
    return Id(std::string(text));
  }
  /// A new one.
  static Id Make(base::Time now, base::Random& random) {
    return Id(std::string(Kind::kPrefix) + "_" + base::MakeUlid(now, random));
  }
  /// The whole text, prefix included.
  const std::string& text() const { return text_; }
  /// The last `count` characters, as used in names of AWS resources.
  std::string Last(std::size_t count) const { return text_.substr(text_.size() - count); }
  auto operator<=>(const Id&) const = default;

 private:
  explicit Id(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// The kinds of ids, each named by its prefix.
struct TenantKind { static constexpr std::string_view kPrefix = "t"; };
struct SpaceKind { static constexpr std::string_view kPrefix = "s"; };
struct OperatorKind { static constexpr std::string_view kPrefix = "op"; };
struct TokenKind { static constexpr std::string_view kPrefix = "tok"; };
struct RoleKind { static constexpr std::string_view kPrefix = "role"; };
struct RoleBindingKind { static constexpr std::string_view kPrefix = "rb"; };
struct IntegrationKind { static constexpr std::string_view kPrefix = "int"; };
struct ConnectionKind { static constexpr std::string_view kPrefix = "con"; };
struct FolderKind { static constexpr std::string_view kPrefix = "fld"; };
struct StackKind { static constexpr std::string_view kPrefix = "stk"; };
struct RunKind { static constexpr std::string_view kPrefix = "run"; };
struct EventKind { static constexpr std::string_view kPrefix = "evt"; };
struct JobKind { static constexpr std::string_view kPrefix = "job"; };
struct RequestKind { static constexpr std::string_view kPrefix = "req"; };

using TenantId = Id<TenantKind>;
using SpaceId = Id<SpaceKind>;
using OperatorId = Id<OperatorKind>;
using TokenId = Id<TokenKind>;
using RoleId = Id<RoleKind>;
using RoleBindingId = Id<RoleBindingKind>;
using IntegrationId = Id<IntegrationKind>;
using ConnectionId = Id<ConnectionKind>;
using FolderId = Id<FolderKind>;
using StackId = Id<StackKind>;
using RunId = Id<RunKind>;
using EventId = Id<EventKind>;
using JobId = Id<JobKind>;
using RequestId = Id<RequestKind>;

}  // namespace crossrole::model
