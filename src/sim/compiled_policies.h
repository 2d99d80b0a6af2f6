// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "policy/compile.h"
#include "policy/document.h"
#include "policy/evaluate.h"

namespace crossrole::sim {

/// The compiled forms of the documents that a simulation stores. A document is compiled when it is evaluated first, since
/// most of a million never are; documents of one meaning share what evaluation works with. Not thread-safe.
class CompiledPolicies {
 public:
  /// A reference for evaluation; good for as long as somebody holds `document`.
  policy::PolicyRef Refer(std::string_view name, const std::shared_ptr<const policy::Document>& document);
  /// A session policy, which comes with each call anew. Errors: as `policy::Parse`.
  base::Result<std::shared_ptr<const policy::Compiled>> Read(std::string_view session_policy);
  /// How many documents are remembered, with those that nobody holds any more and that have not been swept yet.
  std::size_t entries() const { return entries_.size(); }

 private:
  struct Entry {
    std::weak_ptr<const policy::Document> document;  // tells whether the address still means the same document
    std::shared_ptr<const policy::Compiled> compiled;
  };
  void Sweep();

  policy::Interner interner_{256};
  std::unordered_map<const policy::Document*, Entry> entries_;
  std::size_t sweep_at_ = 256;
};

}  // namespace crossrole::sim
