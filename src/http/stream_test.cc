// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "base/thread_pool.h"
#include "fakes/raw_client.h"
#include "http/server.h"

namespace crossrole::http {
namespace {

using namespace std::chrono_literals;
using base::Deadline;
using fakes::RawClient;

constexpr std::string_view kGet = "GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n";

// A server that hands each stream it starts to the test.
class StreamTest : public testing::Test {
 protected:
  void Start(Limits limits, StreamHead head = EventStreamHead()) {
    ServerOptions options;
    options.limits = limits;
    options.limits.tick = 5ms;
    options.limits.linger_time = 5s;
    server_ = Server::Start(std::move(options), [this, head](const Request&, const Responder& responder) {
                streams_.set_value(responder.StartStream(head));
              }).value();
  }
  std::shared_ptr<EventStream> Next() {
    auto stream = streams_.get_future().get();
    streams_ = {};
    return stream;
  }

  std::promise<std::shared_ptr<EventStream>> streams_;
  std::unique_ptr<Server> server_;
};

TEST_F(StreamTest, EventsArriveAsTheyAreWrittenAndTheStreamEndsProperly) {
  Start({});
  RawClient client(server_->port());
  ASSERT_TRUE(client.Send(kGet));
  const auto stream = Next();
  ASSERT_TRUE(stream->Write("data: 1\n\n"));
  ASSERT_TRUE(client.ReadUntil("data: 1\n\n"));
  ASSERT_TRUE(stream->Write("data: 2\n\n"));
  ASSERT_TRUE(client.ReadUntil("data: 2\n\n"));
  EXPECT_EQ(server_->Stats().streams, 1U);
  stream->Close();
  const auto answer = client.Receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->headers.Find("Content-Type"), "text/event-stream");
  EXPECT_EQ(answer->headers.Find("Cache-Control"), "no-store");
  EXPECT_EQ(answer->body, "data: 1\n\ndata: 2\n\n");
  EXPECT_FALSE(stream->Write("late"));
}

TEST_F(StreamTest, DroppingTheLastHandleEndsTheStream) {
  Start({});
  RawClient client(server_->port());
  ASSERT_TRUE(client.Send(kGet));
  ASSERT_TRUE(Next()->Write("data: only\n\n"));
  const auto answer = client.Receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "data: only\n\n");
}

TEST_F(StreamTest, AQuietStreamShowsThatItLives) {
  Limits limits;
  limits.stream_heartbeat = 10ms;
  Start(limits);
  RawClient client(server_->port());
  ASSERT_TRUE(client.Send(kGet));
  const auto stream = Next();
  EXPECT_TRUE(client.ReadUntil(": keepalive\n\n"));
}

TEST_F(StreamTest, TheWriterLearnsThatTheClientLeft) {
  Start({});
  RawClient client(server_->port());
  ASSERT_TRUE(client.Send(kGet));
  const auto stream = Next();
  ASSERT_TRUE(stream->Write("data: 1\n\n"));
  ASSERT_TRUE(client.ReadUntil("data: 1\n\n"));
  client.Close();
  while (!stream->Closed()) std::this_thread::sleep_for(1ms);
  EXPECT_FALSE(stream->Write("data: 2\n\n"));
  while (server_->Stats().streams > 0) std::this_thread::sleep_for(1ms);
}

TEST_F(StreamTest, AClientThatReadsTooSlowlyIsDropped) {
  Limits limits;
  limits.stream_buffer_bytes = 64 * 1024;
  Start(limits);
  RawClient client(server_->port(), 4096);
  ASSERT_TRUE(client.Send(kGet));
  const auto stream = Next();
  const std::string event(16 * 1024, 'e');
  std::size_t written = 0;
  while (stream->Write(event)) written += event.size();
  EXPECT_GE(written, 64U * 1024);
  EXPECT_TRUE(stream->Closed());
  const auto all = client.ReadToEnd();
  ASSERT_TRUE(all);
  EXPECT_FALSE(all->ends_with("0\r\n\r\n"));
}

TEST_F(StreamTest, AnExportWaitsForItsClientInsteadOfDroppingIt) {
  Limits limits;
  limits.stream_buffer_bytes = 16 * 1024;
  Start(limits, {.headers = {{"Content-Type", "application/jsonl"}}});
  RawClient client(server_->port());
  ASSERT_TRUE(client.Send(kGet));
  const auto stream = Next();
  base::TaskGroup writer;
  bool written = true;
  writer.Start([&] {
    for (int i = 0; i < 50; ++i) written = written && stream->WriteWhenRoom(std::string(100'000, 'x'), Deadline::After(20s));
    stream->Close();
  });
  const auto answer = client.Receive();
  writer.Join();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(written);
  EXPECT_EQ(answer->body.size(), 5'000'000U);
  EXPECT_EQ(answer->headers.Find("Content-Type"), "application/jsonl");
}

TEST_F(StreamTest, ThereAreOnlySoManyStreams) {
  Limits limits;
  limits.streams = 1;
  Start(limits);
  RawClient first(server_->port());
  ASSERT_TRUE(first.Send(kGet));
  const auto stream = Next();
  RawClient second(server_->port());
  const auto refused = second.Ask(kGet);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(Next(), nullptr);
}

TEST_F(StreamTest, DrainingEndsStreams) {
  Start({});
  RawClient client(server_->port());
  ASSERT_TRUE(client.Send(kGet));
  const auto stream = Next();
  ASSERT_TRUE(stream->Write("data: last\n\n"));
  auto drained = std::async(std::launch::async, [&] { return server_->Drain(Deadline::After(20s)); });
  const auto answer = client.Receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "data: last\n\n");
  client.Close();
  EXPECT_TRUE(drained.get());
  EXPECT_FALSE(stream->Write("data: late\n\n"));
}

TEST_F(StreamTest, AStreamOutlivesItsServerHarmlessly) {
  Start({});
  RawClient client(server_->port());
  ASSERT_TRUE(client.Send(kGet));
  const auto stream = Next();
  server_.reset();
  EXPECT_TRUE(stream->Closed());
  EXPECT_FALSE(stream->Write("data: late\n\n"));
}

TEST_F(StreamTest, OldClientsGetTheStreamUntilTheConnectionCloses) {
  Start({});
  RawClient client(server_->port());
  ASSERT_TRUE(client.Send("GET / HTTP/1.0\r\n\r\n"));
  {
    const auto stream = Next();
    ASSERT_TRUE(stream->Write("data: 1\n\n"));
  }
  const auto all = client.ReadToEnd();
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->ends_with("\r\n\r\ndata: 1\n\n"));
  EXPECT_EQ(all->find("chunked"), std::string::npos);
}

}  // namespace
}  // namespace crossrole::http
