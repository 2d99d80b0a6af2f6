// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace crossrole::base {

/// Kinds of failure. HTTP status, exit code and retry derive from it in `ErrorCodeTable`.
/// Source: contract section 5.
enum class Code : std::uint8_t {
  kInvalidArgument,
  kUnauthenticated,
  kPermissionDenied,
  kNotFound,
  kFailedPrecondition,
  kConflict,
  kTooLarge,
  kAwsRefused,
  kThrottled,
  kInternal,
  kUnavailable,
};

/// What each code means outside the process.
struct CodeFacts {
  std::string_view name;  // as in problem+json, e.g. "invalid_argument"
  int http_status;
  int exit_code;    // contract section 2
  bool retryable;   // the same request may succeed later
};

/// The facts of `code`.
const CodeFacts& FactsOf(Code code);

/// The code with that `name`, or nothing.
std::optional<Code> CodeByName(std::string_view name);

/// Why something did not happen. Branch on `code`, `reason` or `aws_code`, never on `message`.
struct Error {
  Code code = Code::kInternal;
  std::string message{};   // one sentence, lower case, no final stop, input in `backticks`, never a secret
  std::string reason{};    // machine-readable refinement, e.g. "integration.pending"
  std::string field{};     // the request field at fault
  std::string fix{};       // what to do about it, one sentence
  std::string aws_code{};  // AWS's own error code when AWS answered, e.g. "AccessDenied"
  bool stale = false;      // with kConflict: a stale version (412) rather than a clash (409)
  std::optional<std::chrono::seconds> retry_after{};
  std::map<std::string, std::vector<std::string>> details{};  // lists for the answer, e.g. "missing_actions"
};

/// A value or the reason why there is none.
template <typename T>
using Result = std::expected<T, Error>;

/// Success, or the reason why not.
using Status = std::expected<void, Error>;

/// An error ready to be returned from a function that returns `Result`.
inline std::unexpected<Error> Fail(Code code, std::string message) {
  return std::unexpected<Error>(Error{.code = code, .message = std::move(message)});
}

/// An error with all its parts, ready to be returned.
inline std::unexpected<Error> Fail(Error error) { return std::unexpected<Error>(std::move(error)); }

/// Puts `context` in front of the message: "context: message".
Error WithContext(Error error, std::string_view context);

/// Logs and aborts. For broken invariants only, never on input.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace crossrole::base

/// Returns the error of `expression` (a `Result` or `Status`) to the caller.
#define TRY(expression)                                                                  \
  do {                                                                                   \
    if (auto try_result = (expression); !try_result.has_value()) {                       \
      return std::unexpected<::crossrole::base::Error>(std::move(try_result).error());   \
    }                                                                                    \
  } while (false)

#define CROSSROLE_CONCAT_INNER(a, b) a##b
#define CROSSROLE_CONCAT(a, b) CROSSROLE_CONCAT_INNER(a, b)
/// Assigns the value of `expression` to `target` (which may declare a variable), or returns its error.
#define TRY_ASSIGN(target, expression) \
  TRY_ASSIGN_NAMED(CROSSROLE_CONCAT(try_assign_, __LINE__), target, expression)
#define TRY_ASSIGN_NAMED(name, target, expression)                                 \
  auto name = (expression);                                                        \
  if (!name.has_value()) {                                                         \
    return std::unexpected<::crossrole::base::Error>(std::move(name).error());     \
  }                                                                                \
  target = *std::move(name)

/// Aborts when `condition` does not hold.
#define CHECK(condition) \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::crossrole::base::CheckFailed(#condition, __FILE__, __LINE__))
