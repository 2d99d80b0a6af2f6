// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/context.h"
#include "policy/document.h"
#include "policy/evaluate.h"
#include "policy/undocumented.h"

namespace crossrole::policy {

/// What has to be true of condition keys for something to hold: conditions as policies write them, joined by all, any
/// and not. Source of the idea: Cedar, "partial evaluation".
struct Residual {
  /// What kind of node this is.
  enum class Kind : std::uint8_t { kTrue, kFalse, kCondition, kResource, kAll, kAny, kNot };
  Kind kind = Kind::kTrue;
  Version version = Version::k2012;  // of the document that a condition or resource is from
  Condition condition{};             // kCondition
  PatternElement patterns{};         // kResource: these, whose variables are not known, cover `resource`
  std::string resource{};
  std::vector<Residual> parts{};     // kAll, kAny; of kNot the only one
  bool operator==(const Residual&) const = default;

  /// Whether nothing is left to be known.
  bool is_constant() const { return kind == Kind::kTrue || kind == Kind::kFalse; }
};

/// Whether `residual` holds once the keys are known.
bool Holds(const Residual& residual, const ContextMap& context, const Undocumented& choices = {});
/// The keys that `residual` asks about, in lower case, sorted.
std::vector<std::string> KeysOf(const Residual& residual);
/// In words, e.g. "aws:SourceIp is in `192.0.2.0/24`".
std::string Describe(const Residual& residual);
/// `true`, `false`, `{"all": […]}`, `{"any": […]}`, `{"not": …}`, `{"condition": {OPERATOR: {KEY: […]}}, "version"}` or
/// `{"resource": ARN, "like" | "not_like": […], "version"}`.
boost::json::value ToJson(const Residual& residual);
/// Reads what `ToJson` writes. Errors: kInvalidArgument.
base::Result<Residual> ReadResidual(const boost::json::value& value);

/// A question without a request: keys of `request.context` are known, and so are those that are `absent`; every other
/// key may have any value or none.
struct PartialQuestion {
  Request request;
  std::vector<std::string> absent{};  // without regard to case; `aws:RequestTag/*` stands for all that begin so
};

/// A statement that matches, or may match.
struct PossibleMatch {
  StatementMatch match;
  Residual if_;  // kTrue: it does
};

/// A layer's part in an answer that depends.
struct LayerCondition {
  Layer layer = Layer::kIdentity;
  std::string level;   // for SCPs and RCPs
  Residual allows_if;
  Residual denies_if;
};

/// The answer to a question without a request.
struct PartialDecision {
  std::optional<Answer> answer;                  // when it is the same whatever the unknown keys are; else it depends
  Residual allowed_if;                           // the request is allowed exactly if
  Residual denied_if;                            // it is explicitly denied exactly if
  std::vector<std::string> keys{};               // that it depends on, in lower case, sorted
  std::vector<LayerCondition> layers{};          // that depend on them
  std::vector<PossibleMatch> statements{};
};

/// Decides as far as can be without the unknown keys. For every completion of the context, `Evaluate` gives what
/// `allowed_if` and `denied_if` say of it.
PartialDecision EvaluatePartially(const PartialQuestion& question, const PolicySets& policies, const Undocumented& choices = {});

/// "allowed", "implicitly_denied", "explicitly_denied" or "depends".
std::string_view NameOf(const std::optional<Answer>& answer);
/// In sentences: the answer, what it depends on, the statements that matter.
std::string Describe(const PartialDecision& decision);
/// `{"answer", "keys": […], "allowed_if", "denied_if", "layers": [{"layer","level"?,"allows_if","denies_if"}],
///   "statements": [… as of a decision, with "if"]}`.
boost::json::value ToJson(const PartialDecision& decision);

}  // namespace crossrole::policy
