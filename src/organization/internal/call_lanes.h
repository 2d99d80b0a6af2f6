// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "aws/client.h"
#include "organization/estimate.h"

namespace crossrole::organization {

/// Calls of many operations beside each other, a lane each, since AWS counts them apart; their answers come to one thread. Not
/// thread-safe.
class CallLanes {
 public:
  /// `client` outlives the lanes.
  CallLanes(const aws::Client& client, aws::CallOptions options, std::size_t at_once)
      : client_(client), options_(std::move(options)), at_once_(at_once) {}
  /// Waits for what is under way.
  ~CallLanes() {
    Stop();
    Run([] {});
  }
  CallLanes(const CallLanes&) = delete;
  CallLanes& operator=(const CallLanes&) = delete;

  /// Calls `Op` when its lane has room; `then` gets the answer within `Run`.
  template <aws::IsCallable Op>
  void Ask(typename Op::Input input, std::function<void(base::Result<typename Op::Output>)> then) {
    if (stopped_) return;
    Lane& lane = lanes_[std::string(Op::kFacts.name)];
    lane.waiting.push_back([this, &lane, input = std::move(input), then = std::move(then)] {
      client_.Submit<Op>(input, options_, [answers = answers_, &lane, then](base::Result<typename Op::Output> answer) {
        auto held = std::make_shared<base::Result<typename Op::Output>>(std::move(answer));
        answers->Push({&lane, [then, held] { then(std::move(*held)); }});
      });
    });
    Fill(lane);
  }
  /// Hands out answers, calling `after` behind each, until nothing waits and nothing is under way.
  void Run(const std::function<void()>& after);
  /// Forgets what waits, and takes nothing more.
  void Stop();
  /// Calls answered so far, by operation.
  CallCounts Answered() const;
  /// Calls that wait or are under way, by operation.
  CallCounts Pending() const;

 private:
  struct Lane {
    std::deque<std::function<void()>> waiting{};
    std::size_t under_way = 0;
    std::size_t answered = 0;
  };
  struct Answer {
    Lane* lane;
    std::function<void()> hand_out;
  };
  // Filled by any thread.
  class Answers {
   public:
    void Push(Answer answer);
    Answer Pop();

   private:
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Answer> queue_;
  };

  void Fill(Lane& lane);

  const aws::Client& client_;
  const aws::CallOptions options_;
  const std::size_t at_once_;
  bool stopped_ = false;
  std::size_t under_way_ = 0;
  std::map<std::string, Lane, std::less<>> lanes_;
  std::shared_ptr<Answers> answers_ = std::make_shared<Answers>();
};

}  // namespace crossrole::organization
