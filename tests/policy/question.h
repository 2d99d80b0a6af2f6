// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/compile.h"
#include "policy/document.h"
#include "policy/evaluate.h"
#include "policy/trust.h"

// One question to the policy engine as JSON, so that tables, generators and other programs share it:
//   principal          ARN of a root user, user, role or session; a service's name; `*` for nobody
//   role, user         the ARN behind a role session or a federated user; provider: of a caller with a web identity
//   unique_id, action, resource (`*`), resource_account
//   context            {key: value | [values]}; the keys that AWS derives from the principal are added,
//                      unless there is context_is_complete
//   identity, resource_policies, trust, session          arrays of documents; absent: none
//   boundary, vpc_endpoint                               one document
//   scp, rcp                                             arrays of levels, root first, each an array of documents
//   call               {external_id, tags, source_identity, session_name, transitive_tag_keys}: a whole AssumeRole call
//   choices            fields of policy::Undocumented that differ from their defaults
namespace crossrole::policy_tests {

/// The engine's answer to one question.
struct Outcome {
  std::string answer;               // "allowed", "implicitly_denied", "explicitly_denied", or "refused": a document is invalid
  std::vector<std::string> layers;  // as `Decision::layers`, sorted, each once
  std::string refusal;              // why, when refused
};

/// What the engine reads: documents as written, or compiled before.
enum class Input : std::uint8_t { kWritten, kCompiled };

/// Asks the engine.
Outcome AskEngine(const boost::json::object& question, Input input = Input::kWritten);

/// Asks the engine without telling it the values of the context keys that `is_hidden` picks, and then what its residual says for the
/// values they have: must be the answer of `AskEngine`. "refused" when a document is invalid; whole AssumeRole calls are not asked.
std::string AskEngineWithout(const boost::json::object& question, const std::function<bool(std::string_view key)>& is_hidden);

/// The documents of a question, read, and the question in the engine's types; a borrower of nothing.
class Question {
 public:
  static base::Result<std::unique_ptr<Question>> Read(const boost::json::object& json, Input input = Input::kWritten);

  policy::Request request;
  policy::PolicySets policies;
  std::optional<policy::AssumeRoleCall> call;
  policy::EvaluateOptions options;

 private:
  using List = std::vector<policy::PolicyRef>;

  explicit Question(Input input) : input_(input) {}
  base::Status ReadPolicies(const boost::json::object& json);
  base::Result<policy::PolicyRef> ReadOne(const boost::json::value& json, policy::DocumentKind kind);
  base::Status ReadList(const boost::json::object& json, std::string_view name, policy::DocumentKind kind, List& out);
  base::Status ReadLevels(const boost::json::object& json, std::string_view name, policy::DocumentKind kind,
                          std::vector<policy::PolicyLevel>& out);

  Input input_;
  std::deque<policy::Document> documents_;
  std::deque<policy::Compiled> compiled_;
};

}  // namespace crossrole::policy_tests
