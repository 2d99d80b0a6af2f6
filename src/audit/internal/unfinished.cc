// SPDX-License-Identifier: Apache-2.0
#include "audit/internal/unfinished.h"

#include <algorithm>

#include "audit/record.h"

namespace crossrole::audit {

void Intents::Feed(std::string_view line) {
  // Quotes inside of texts are escaped, so these stand in no text. Parsing every line would take most of the time.
  const bool is_intent = line.contains(R"("phase":"intent")");
  if (!is_intent && !line.contains(R"("phase":"outcome")")) return;
  const auto stored = ParseLine(line);
  if (!stored || !stored->record.id) return;
  const Record& record = stored->record;
  if (record.phase == RecordPhase::kIntent) {
    const std::string id(record.id->text());
    open_.try_emplace(id, audit::Unfinished{.seq = stored->seq, .id = id, .action = std::string(record.action.name()), .target = record.target});
  } else if (record.intent) {
    open_.erase(std::string(record.intent->text()));
  }
}

std::vector<audit::Unfinished> Intents::Unfinished(std::size_t limit) const {
  std::vector<audit::Unfinished> found;
  for (const auto& [id, unfinished] : open_) found.push_back(unfinished);
  std::ranges::sort(found, {}, &audit::Unfinished::seq);
  found.resize(std::min(limit, found.size()));
  return found;
}

}  // namespace crossrole::audit
