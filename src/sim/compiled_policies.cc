// SPDX-License-Identifier: Apache-2.0
#include "sim/compiled_policies.h"

#include <algorithm>

namespace crossrole::sim {

policy::PolicyRef CompiledPolicies::Refer(std::string_view name, const std::shared_ptr<const policy::Document>& document) {
  const auto found = entries_.find(document.get());
  if (found != entries_.end() && !found->second.document.expired()) {
    return {.name = name, .document = document.get(), .compiled = found->second.compiled.get()};
  }
  Sweep();
  Entry& entry = entries_[document.get()];
  entry = {.document = document, .compiled = interner_.Intern(*document)};
  return {.name = name, .document = document.get(), .compiled = entry.compiled.get()};
}

base::Result<std::shared_ptr<const policy::Compiled>> CompiledPolicies::Read(std::string_view session_policy) {
  return interner_.Intern(session_policy, policy::DocumentKind::kSession);
}

// Each time the table has doubled.
void CompiledPolicies::Sweep() {
  if (entries_.size() < sweep_at_) return;
  std::erase_if(entries_, [](const auto& entry) { return entry.second.document.expired(); });
  sweep_at_ = std::max<std::size_t>(256, 2 * entries_.size());
}

}  // namespace crossrole::sim
