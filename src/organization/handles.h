// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/result.h"
#include "model/handle.h"

namespace crossrole::organization {

/// Whether a handle follows name and prefix, or was edited by a person and stays. Source: contract 4.3.
enum class HandleMode : std::uint8_t { kDynamic, kStatic };
/// The name as in the API.
std::string_view NameOf(HandleMode mode);
/// The inverse. Errors: kInvalidArgument.
base::Result<HandleMode> ParseHandleMode(std::string_view name);

/// Checks what is put in front of handles: "", or letters, digits and single underscores that begin with a letter, at
/// most 20; an underscore may be the last. Errors: kInvalidArgument with field `handle_prefix`.
base::Status CheckHandlePrefix(std::string_view prefix);

/// `name` in the letters of handles: transliterated, lower-case, anything else one `_`; may be "" and may begin with a
/// digit. Takes anything, even what is no UTF-8.
std::string Slug(std::string_view name);
/// `name` as a display name that `model::CheckName` takes: what it forbids becomes U+FFFD, what is too long is cut, and of
/// nothing becomes `fallback`.
std::string ShownName(std::string_view name, std::string_view fallback);

/// What stands for the name of a folder, or of an account, without a letter that can be used.
inline constexpr std::string_view kFolderFallback = "folder";
inline constexpr std::string_view kAccountFallback = "account";

/// What a handle is made of.
struct HandleSource {
  std::string_view prefix{};               // as CheckHandlePrefix wants it
  std::string_view name{};                 // anything
  std::string_view key{};                  // an account id, or the id of an OU or root
  std::string_view fallback = "account";   // stands for a name without a letter that can be used
};

/// The handles that a folder or an account may have, best first: the plain one; with `_` and the last four of its key; with
/// the last twelve; and then with a number behind those. Each is cut to 39 characters, suffixes kept.
class HandleChoices {
 public:
  explicit HandleChoices(const HandleSource& source);
  /// The choice number `rank`; 0 is the plain one.
  model::Handle At(std::size_t rank) const;
  /// Which choice `handle` is, if any.
  std::optional<std::size_t> RankOf(const model::Handle& handle) const;

 private:
  std::string TextAt(std::size_t rank) const;

  std::string plain_;
  std::string few_;   // the last four
  std::string many_;  // the last twelve
};

/// Handles that are taken in a tenant, of one kind of object.
class TakenHandles {
 public:
  /// Room for as many.
  void Reserve(std::size_t count) { handles_.reserve(count); }
  /// Takes a handle; false when it is taken already.
  bool Take(const model::Handle& handle) { return handles_.insert(handle.text()).second; }
  /// Whether somebody has it.
  bool Has(const model::Handle& handle) const { return handles_.contains(handle.text()); }
  /// Takes the first of `choices` that is free here and in `others`.
  model::Handle TakeFirst(const HandleChoices& choices, const TakenHandles& others);

 private:
  std::unordered_set<std::string> handles_;
};

}  // namespace crossrole::organization
