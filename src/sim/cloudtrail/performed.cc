// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <utility>

#include "sim/cloudtrail/trail.h"
#include "sim/internal/identifiers.h"

namespace crossrole::sim {

// The structs are copied by way of the wire: what they hold cannot all be copied otherwise.
void NotePerformed(Call& call, const aws::Operation& operation, const void* input, const void* output, const base::Status& status) {
  if (call.trail == nullptr) return;
  const auto keep = [](aws::AnyStruct made) { return std::shared_ptr<void>(made.release(), made.get_deleter()); };
  cloudtrail::Happening happening{.operation = &operation,
                                  .at = call.now(),
                                  .region = call.region,
                                  .caller = call.caller,
                                  .request_id = MakeUuid(call.random)};
  aws::AnyStruct asked = aws::MakeInput(operation);
  if (aws::DecodeRequestOf(operation, aws::EncodeRequestOf(operation, input).body, asked.get())) {
    happening.carried.input = keep(std::move(asked));
  }
  aws::AnyStruct answered = aws::MakeOutput(operation);
  if (status && aws::DecodeResponseOf(operation, aws::EncodeResponseOf(operation, output, ""), answered.get())) {
    happening.carried.output = keep(std::move(answered));
  }
  call.trail->Note(call.world, std::move(happening), status ? nullptr : &status.error());
}

}  // namespace crossrole::sim
