// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "policy/document.h"
#include "policy/evaluate.h"
#include "policy/residual.h"

namespace crossrole::policy {

/// One statement in a sentence: who may (not) do what, where, and when.
std::string Describe(const Statement& statement);

/// One condition in a clause, e.g. "sts:ExternalId is exactly `x`".
std::string Describe(const Condition& condition);

/// A decision in sentences: the answer, the layers that decided, the statements that matched.
std::string Describe(const Decision& decision);

/// `{"answer", "layers": […], "statements": [{"layer","policy","level"?,"index","sid"?,"effect"}]}`.
boost::json::value ToJson(const Decision& decision);

/// A file's name and text.
struct NamedText {
  std::string name;
  std::string text;
};

/// What a condition key means that the request file does not have.
enum class MissingKeys : std::uint8_t {
  kAbsent,   ///< the request does not have it, as AWS would see it
  kUnknown,  ///< nobody knows: answers may depend on it
};

/// The files of `crossrole policy evaluate`. `request` is a JSON object
/// `{"principal": ARN, "role_arn"?, "unique_id"?, "canonical_user"?, "action", "resource"?, "resource_account"?,
///   "context"?: {key: value | [values]}, "absent"?: [keys], "external_id"?, "tags"?: {}, "transitive_tag_keys"?: [],
///   "source_identity"?, "session_name"?}`; the last five belong to sts:AssumeRole… with a trust policy, where every action
/// that the call needs is decided. `role_arn` is the role of a session, with its path; `absent` are keys that are known to
/// be missing (`aws:RequestTag/*`: all that begin so).
struct EvaluationTexts {
  std::string request;
  std::vector<NamedText> identity{};
  std::vector<NamedText> trust{};
  std::vector<NamedText> resource{};
  std::vector<NamedText> boundary{};  // at most one
  std::vector<NamedText> session{};
  std::vector<std::vector<NamedText>> scp{};  // one list per level, root first
  std::vector<std::vector<NamedText>> rcp{};
  std::vector<NamedText> vpc_endpoint{};  // at most one
  MissingKeys missing_keys = MissingKeys::kAbsent;
};

/// The answer to one action of a request from files.
struct EvaluatedAction {
  std::string action;
  Decision decision;                         // with every missing key absent
  std::optional<PartialDecision> partial{};  // with MissingKeys::kUnknown: what is certain, and what it depends on
};

/// Reads the files and decides. Errors: kInvalidArgument, with the file's name in front of the message.
base::Result<std::vector<EvaluatedAction>> EvaluateTexts(const EvaluationTexts& texts);

/// The worst answer of all actions, kImplicitlyDenied when there is none; nothing when it depends on unknown keys.
std::optional<Answer> WorstOf(const std::vector<EvaluatedAction>& actions);

/// Text for people.
std::string Describe(const std::vector<EvaluatedAction>& actions);

/// `{"answer", "actions": [{"action", …as ToJson(Decision), or as ToJson(PartialDecision)}]}`.
boost::json::value ToJson(const std::vector<EvaluatedAction>& actions);

}  // namespace crossrole::policy
