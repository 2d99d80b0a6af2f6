// SPDX-License-Identifier: Apache-2.0
#include "organization/internal/call_lanes.h"

namespace crossrole::organization {

void CallLanes::Answers::Push(Answer answer) {
  {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(answer));
  }
  wake_.notify_one();
}

CallLanes::Answer CallLanes::Answers::Pop() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [&] { return !queue_.empty(); });
  Answer answer = std::move(queue_.front());
  queue_.pop_front();
  return answer;
}

void CallLanes::Run(const std::function<void()>& after) {
  while (under_way_ > 0) {
    const Answer answer = answers_->Pop();
    --under_way_;
    --answer.lane->under_way;
    ++answer.lane->answered;
    answer.hand_out();
    Fill(*answer.lane);
    after();
  }
}

void CallLanes::Stop() {
  stopped_ = true;
  for (auto& [name, lane] : lanes_) lane.waiting.clear();
}

CallCounts CallLanes::Answered() const {
  CallCounts counts;
  for (const auto& [name, lane] : lanes_) counts[name] = lane.answered;
  return counts;
}

CallCounts CallLanes::Pending() const {
  CallCounts counts;
  for (const auto& [name, lane] : lanes_) counts[name] = lane.waiting.size() + lane.under_way;
  return counts;
}

void CallLanes::Fill(Lane& lane) {
  while (!lane.waiting.empty() && lane.under_way < at_once_) {
    const std::function<void()> start = std::move(lane.waiting.front());
    lane.waiting.pop_front();
    ++lane.under_way;
    ++under_way_;
    start();
  }
}

}  // namespace crossrole::organization
