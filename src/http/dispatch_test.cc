// SPDX-License-Identifier: Apache-2.0
#include "http/dispatch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace crossrole::http {
namespace {

// Occupies one thread of the fast lane until released, so that what is queued behind it stays queued.
class Plug {
 public:
  explicit Plug(Dispatcher& dispatcher, std::string key = "plug") {
    EXPECT_TRUE(dispatcher.TryRun({.key = std::move(key)}, [signals = signals_] {
      signals->running.set_value();
      signals->released.get_future().wait();
    }));
    signals_->running.get_future().wait();
  }
  void Release() { signals_->released.set_value(); }

 private:
  struct Signals {
    std::promise<void> running;
    std::promise<void> released;
  };
  // Shared, since the task may still be returning when this dies.
  std::shared_ptr<Signals> signals_ = std::make_shared<Signals>();
};

// Collects answers of requests that were run without a server.
struct Answers {
  std::mutex mutex;
  std::vector<Response> all;

  Responder Next() {
    return Responder::To([this](Response response) {
      std::lock_guard lock(mutex);
      all.push_back(std::move(response));
    });
  }
};

DispatcherOptions OneThread(std::size_t queue, std::size_t per_key) {
  return {.fast = {.threads = 1, .queue = queue, .queue_per_key = per_key}, .blocking = {.threads = 1}};
}

TEST(DispatchTest, KeysTakeTurnsHoweverMuchOneOfThemQueues) {
  std::vector<std::string> order;
  {
    Dispatcher dispatcher(OneThread(100, 100));
    Plug plug(dispatcher);
    const auto add = [&](const std::string& key) {
      ASSERT_TRUE(dispatcher.TryRun({.key = key}, [&order, key] { order.push_back(key); }));
    };
    for (int i = 0; i < 5; ++i) add("greedy");
    add("b");
    add("c");
    add("b");
    plug.Release();
  }
  EXPECT_EQ(order, (std::vector<std::string>{"greedy", "b", "c", "greedy", "b", "greedy", "greedy", "greedy"}));
}

TEST(DispatchTest, AFullQueueIsAnsweredAtOnce) {
  Answers answers;
  Dispatcher dispatcher(OneThread(2, 100));
  Plug plug(dispatcher);
  const auto work = [](const Request&, const Responder& responder) { responder.Send(TextResponse(200, "x")); };
  for (int i = 0; i < 3; ++i) dispatcher.Run({.key = "a"}, {}, answers.Next(), work);
  {
    std::lock_guard lock(answers.mutex);
    ASSERT_EQ(answers.all.size(), 1U);
    EXPECT_EQ(answers.all[0].status, 503);
    EXPECT_EQ(answers.all[0].headers.Find("Retry-After"), "1");
    EXPECT_NE(answers.all[0].body.find(R"("code":"unavailable")"), std::string::npos);
  }
  EXPECT_EQ(dispatcher.Queued(Lane::kFast), 2U);
  plug.Release();
  dispatcher.Stop();
  EXPECT_EQ(answers.all.size(), 3U);
}

TEST(DispatchTest, OneKeyCannotFillTheQueue) {
  Dispatcher dispatcher(OneThread(100, 2));
  Plug plug(dispatcher);
  EXPECT_TRUE(dispatcher.TryRun({.key = "greedy"}, [] {}));
  EXPECT_TRUE(dispatcher.TryRun({.key = "greedy"}, [] {}));
  EXPECT_FALSE(dispatcher.TryRun({.key = "greedy"}, [] {}));
  EXPECT_TRUE(dispatcher.TryRun({.key = "other"}, [] {}));
  plug.Release();
}

TEST(DispatchTest, OneKeyCannotTakeAllThreads) {
  Dispatcher dispatcher({.fast = {.threads = 2, .running_per_key = 1}, .blocking = {.threads = 1}});
  Plug plug(dispatcher, "greedy");
  std::atomic<bool> second{false};
  ASSERT_TRUE(dispatcher.TryRun({.key = "greedy"}, [&] { second = true; }));
  std::promise<bool> other;
  ASSERT_TRUE(dispatcher.TryRun({.key = "other"}, [&] { other.set_value(second.load()); }));
  EXPECT_FALSE(other.get_future().get());
  plug.Release();
  dispatcher.Stop();
  EXPECT_TRUE(second);
}

TEST(DispatchTest, LanesDoNotWaitForEachOther) {
  std::promise<void> ran;
  Dispatcher dispatcher(OneThread(10, 10));
  Plug plug(dispatcher);
  ASSERT_TRUE(dispatcher.TryRun({.lane = Lane::kBlocking, .key = "a"}, [&] { ran.set_value(); }));
  ran.get_future().wait();
  plug.Release();
}

TEST(DispatchTest, AnExceptionBecomesInternalAndTheThreadGoesOn) {
  Answers answers;
  {
    Dispatcher dispatcher(OneThread(10, 10));
    dispatcher.Run({}, {}, answers.Next(), [](const Request&, const Responder&) { throw std::runtime_error("boom"); });
    dispatcher.Run({}, {}, answers.Next(), [](const Request&, const Responder& responder) { responder.Send(EmptyResponse(204)); });
  }
  ASSERT_EQ(answers.all.size(), 2U);
  EXPECT_EQ(answers.all[0].status, 500);
  EXPECT_EQ(answers.all[0].body.find("boom"), std::string::npos);
  EXPECT_EQ(answers.all[1].status, 204);
}

TEST(DispatchTest, StoppingFinishesWhatIsQueuedAndRefusesMore) {
  std::atomic<int> ran{0};
  Dispatcher dispatcher({.fast = {.threads = 3, .running_per_key = 1}, .blocking = {.threads = 1}});
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(dispatcher.TryRun({.key = std::to_string(i % 7)}, [&] { ++ran; }));
  dispatcher.Stop();
  EXPECT_EQ(ran, 100);
  EXPECT_FALSE(dispatcher.TryRun({}, [] {}));
  Answers answers;
  dispatcher.Run({}, {}, answers.Next(), [](const Request&, const Responder&) {});
  ASSERT_EQ(answers.all.size(), 1U);
  EXPECT_EQ(answers.all[0].status, 503);
}

// A sink whose client has left.
class LeftSink final : public ResponseSink {
 public:
  void Deliver(Response) override {}
  std::shared_ptr<EventStream> BeginStream(StreamHead) override { return nullptr; }
  void SetTimeLimit(std::chrono::milliseconds) override {}
  bool Gone() const override { return true; }
};

TEST(DispatchTest, WorkThatNobodyWaitsForIsNotBegun) {
  bool begun = false;
  {
    Dispatcher dispatcher(OneThread(10, 10));
    dispatcher.Run({}, {}, Responder(std::make_shared<LeftSink>(), "req_1"), [&](const Request&, const Responder&) { begun = true; });
  }
  EXPECT_FALSE(begun);
}

}  // namespace
}  // namespace crossrole::http
