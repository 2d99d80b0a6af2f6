// SPDX-License-Identifier: Apache-2.0
#include "http/internal/connection.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "base/secret.h"
#include "base/text.h"
#include "http/internal/exchange.h"
#include "http/internal/input_buffer.h"
#include "http/internal/print_head.h"
#include "http/internal/transport.h"
#include "http/internal/wire.h"
#include "http/problem.h"

namespace crossrole::http::internal {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

constexpr std::size_t kOneWrite = 16 * 1024;  // answers up to this are sent in one piece with their head
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

milliseconds TimeFor(milliseconds base, std::size_t bytes, std::size_t per_second) {
  return base + milliseconds(bytes * 1000 / std::max<std::size_t>(per_second, 1));
}

// What came of reading a request.
enum class Incoming : std::uint8_t { kComplete, kRefused, kGone };

class ClientConnection final : public Connection,
                               public AnswerTaker,
                               public std::enable_shared_from_this<ClientConnection> {
 public:
  explicit ClientConnection(ConnectionSetup setup);
  ~ClientConnection() override { LeaveLists(); }

  void Start(std::function<void()> finished) override;
  void Tick(base::SteadyTime now) override;
  void Drain() override;
  void Abort() override;
  Phase phase() const override { return phase_; }
  int fd() const override { return fd_; }

  void OnAnswer(std::uint64_t number, Response response) override;
  void OnStream(std::uint64_t number, StreamHead head, std::shared_ptr<StreamBuffer> stream,
                std::shared_ptr<void> slot) override;
  void OnAbort(std::uint64_t number) override;
  void OnWake() override;

 private:
  static Task<void> Run(std::shared_ptr<ClientConnection> self);
  Task<bool> ServeOne();
  Task<Incoming> ReadHead();
  Task<Incoming> ReadBody();
  Task<bool> ReadMore();
  Task<void> WaitForAnswer();
  Task<void> WaitForTurn();
  Task<bool> SendAnswer(Response response, bool keep_alive);
  Task<void> SendStream();
  Task<std::optional<std::string>> NextPart();
  Task<void> SayGoodbye();

  Incoming Refuse(Refusal refusal);
  Incoming Interrupted();
  RequestHead Head() { return {reader_.method(), reader_.target(), reader_.version(), reader_.headers()}; }
  void Handle();
  void GiveUp();
  void Enter(Phase phase, milliseconds limit);
  void LeaveLists();
  bool MayKeepAlive(const Response& response) const;
  void Record(int status, std::size_t bytes) const;
  const Limits& limits() const { return core_->limits; }

  const std::shared_ptr<Core> core_;
  const std::shared_ptr<Mailbox> mailbox_;
  Reclaimable& reclaimable_;
  Turns& turns_;
  const std::string address_;
  const int fd_;
  const bool secure_;
  std::unique_ptr<Transport> transport_;
  Timer timer_;  // wakes the coroutine: an answer, something to stream
  InputBuffer input_;
  RequestReader reader_;

  Phase phase_ = Phase::kClosing;
  base::SteadyTime deadline_ = base::SteadyTime::max();
  std::list<Connection*> place_{this};  // holds the node while in no list
  std::list<Connection*>::iterator where_ = place_.begin();  // stays valid through splices
  std::list<Connection*>* list_ = nullptr;
  bool timed_out_ = false;
  bool aborted_ = false;
  std::string turn_key_ = address_;  // of the last request; who was not heard yet shares turns with his address

  // The request in progress.
  std::uint64_t number_ = 0;
  Target target_;
  Refusal refusal_;
  Sender sender_{};
  std::string request_id_;
  std::string traceparent_;
  base::SteadyTime began_{};
  std::shared_ptr<Exchange> exchange_;
  std::optional<Response> answer_;
  std::shared_ptr<StreamBuffer> stream_;
  std::shared_ptr<void> stream_slot_;
  StreamHead stream_head_;
};

ClientConnection::ClientConnection(ConnectionSetup setup)
    : core_(std::move(setup.core)),
      mailbox_(std::move(setup.mailbox)),
      reclaimable_(setup.reclaimable),
      turns_(setup.turns),
      address_(std::move(setup.client.address)),
      fd_(setup.client.socket.get()),
      secure_(setup.tls != nullptr),
      timer_(setup.io),
      input_(core_->limits.header_bytes + InputBuffer::kFirst),
      reader_(core_->limits) {
  // The protocol is needed only to open sockets; this one is open.
  Socket socket(setup.io, asio::generic::stream_protocol(0, 0), setup.client.socket.Release());
  if (setup.tls) {
    transport_ = std::make_unique<TlsTransport>(std::move(socket), setup.tls.get());
  } else {
    transport_ = std::make_unique<PlainTransport>(std::move(socket));
  }
}

void ClientConnection::Start(std::function<void()> finished) {
  auto self = shared_from_this();
  const Executor executor = transport_->socket().get_executor();
  asio::co_spawn(executor, Run(self), [self, finished = std::move(finished)](const std::exception_ptr&) {
    self->Abort();
    finished();
  });
}

Task<void> ClientConnection::Run(std::shared_ptr<ClientConnection> self) {
  if (self->secure_) {
    self->Enter(Phase::kHandshake, self->limits().tls_handshake_time);
    const bool agreed = co_await self->transport_->Handshake();
    if (!agreed) co_return;
  }
  bool more = true;
  while (more && !self->aborted_) more = co_await self->ServeOne();
  if (!self->aborted_) co_await self->SayGoodbye();
}

// Serves one request; true when the connection may carry another.
Task<bool> ClientConnection::ServeOne() {
  Incoming incoming = co_await ReadHead();
  if (incoming == Incoming::kComplete) incoming = co_await ReadBody();
  if (incoming == Incoming::kGone) {
    Abort();
    co_return false;
  }
  if (incoming == Incoming::kRefused) {
    core_->rejected.fetch_add(1, std::memory_order_relaxed);
    Response problem = ProblemResponse(refusal_.status, refusal_.error, request_id_);
    co_await SendAnswer(std::move(problem), false);
    co_return false;
  }
  Handle();
  co_await WaitForAnswer();
  co_await WaitForTurn();
  if (aborted_) co_return false;
  if (stream_) {
    co_await SendStream();
    co_return false;
  }
  Response response = *std::exchange(answer_, std::nullopt);
  const bool keep_alive = MayKeepAlive(response);
  const bool sent = co_await SendAnswer(std::move(response), keep_alive);
  co_return sent && keep_alive;
}

Task<Incoming> ClientConnection::ReadHead() {
  reader_.Reset();
  input_.Rest();
  ++number_;
  request_id_ = "req_" + base::MakeUlid(core_->clock->Now(), core_->random);
  traceparent_.clear();
  sender_ = {.address = address_};
  target_ = {};
  began_ = std::chrono::steady_clock::now();
  const bool idle = number_ > 1 && input_.Unread().empty();
  if (idle && core_->draining) co_return Incoming::kGone;
  Enter(idle ? Phase::kIdle : Phase::kHead, idle ? limits().idle_time : limits().header_time);
  for (;;) {
    const Fed fed = reader_.Feed(input_.Unread());
    input_.Consume(fed.consumed);
    if (fed.progress == Progress::kFailed) co_return Refuse(reader_.Failure());
    if (fed.progress == Progress::kHeadDone) break;
    const bool more = co_await ReadMore();
    if (!more) co_return Interrupted();
  }
  sender_ = core_->proxies.SenderOf(address_, reader_.headers());
  const ScreenRules rules{
      .limits = limits(), .hosts = core_->hosts, .local_address = [this] { return LocalAddressOf(fd_); }};
  auto target = ScreenHead(Head(), rules);
  if (!target) co_return Refuse(std::move(target).error());
  target_ = *std::move(target);
  co_return Incoming::kComplete;
}

Task<Incoming> ClientConnection::ReadBody() {
  Enter(Phase::kBody, limits().body_time);
  const base::SteadyTime began = std::chrono::steady_clock::now();
  if (reader_.HasBody() && input_.Unread().empty() && ExpectsContinue(Head())) {
    const asio::const_buffer go_on = asio::buffer(kContinue);
    const bool sent = co_await transport_->Write(go_on);
    if (!sent) co_return Incoming::kGone;
  }
  for (;;) {
    const Fed fed = reader_.Feed(input_.Unread());
    input_.Consume(fed.consumed);
    if (fed.progress == Progress::kFailed) co_return Refuse(reader_.Failure());
    if (fed.progress == Progress::kDone) co_return Incoming::kComplete;
    deadline_ = began + TimeFor(limits().body_time, reader_.body().size(), limits().body_bytes_per_second);
    const bool more = co_await ReadMore();
    if (!more) co_return Interrupted();
  }
}

Task<bool> ClientConnection::ReadMore() {
  const std::span<char> room = input_.Room();
  if (room.empty()) co_return false;  // a chunk's header without end
  const asio::mutable_buffer into = asio::buffer(room.data(), room.size());
  const Received received = co_await transport_->Read(into);
  if (!received.ok) co_return false;
  input_.Received(received.bytes);
  if (phase_ == Phase::kIdle) {
    began_ = std::chrono::steady_clock::now();
    Enter(Phase::kHead, limits().header_time);
    co_await WaitForTurn();
  }
  co_return !aborted_;
}

Incoming ClientConnection::Refuse(Refusal refusal) {
  refusal_ = std::move(refusal);
  return Incoming::kRefused;
}

// Reading ended before the request did: by the deadline, or by the client.
Incoming ClientConnection::Interrupted() {
  if (aborted_) return Incoming::kGone;
  if (input_.Full()) {
    return Refuse({.error = {.code = base::Code::kInvalidArgument, .message = "the chunked body is malformed"}});
  }
  if (!timed_out_) return Incoming::kGone;
  return Refuse(
      {.status = 408, .error = {.code = base::Code::kUnavailable, .message = "the request took too long to arrive", .reason = "request_timeout"}});
}

void ClientConnection::Handle() {
  Headers headers = std::move(reader_.headers());
  if (const auto trace = headers.Find("traceparent"); trace && IsTraceparent(*trace)) traceparent_ = *trace;
  Request request{.method = reader_.method(),
                  .target = reader_.target(),
                  .path = target_.path,
                  .query = std::move(target_.query),
                  .headers = std::move(headers),
                  .body = std::move(reader_.body()),
                  .remote_address = sender_.address,
                  .request_id = request_id_,
                  .traceparent = traceparent_,
                  .received_at = core_->clock->Now(),
                  .secure = secure_ || sender_.by_https};
  request.turn_key = core_->turn_key ? core_->turn_key(request) : request.remote_address;
  turn_key_ = request.turn_key;
  exchange_ = std::make_shared<Exchange>(Exchange::Place{
      .taker = weak_from_this(), .mailbox = mailbox_, .core = core_, .number = number_, .request_id = request_id_});
  core_->requests.fetch_add(1, std::memory_order_relaxed);
  Enter(Phase::kHandling, limits().request_time);
  try {
    core_->handler(std::move(request), Responder(exchange_, request_id_));
  } catch (const std::exception& error) {
    // The responder is gone with the call, which answers 500.
    if (core_->log != nullptr) {
      core_->log->Write(base::Level::kError, "http.handler_failed",
                        {{"request_id", request_id_}, {"what", std::string_view(error.what())}});
    }
  }
}

Task<void> ClientConnection::WaitForAnswer() {
  while (!answer_ && !stream_ && !aborted_) {
    timer_.expires_at(base::SteadyTime::max());
    (void)co_await timer_.async_wait(kAwait);
  }
}

Task<void> ClientConnection::WaitForTurn() {
  if (!core_->turn_key || turns_.TryGoOn()) co_return;
  const auto wait = [this](auto go) { turns_.Wait(turn_key_, std::move(go)); };
  co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(wait, asio::use_awaitable_t<Executor>{});
}

bool ClientConnection::MayKeepAlive(const Response& response) const {
  const auto wish = response.headers.Find("Connection");
  return reader_.KeepAlive() && !core_->draining && number_ < limits().requests_per_connection && wish != "close";
}

Task<bool> ClientConnection::SendAnswer(Response response, bool keep_alive) {
  const bool bodiless = response.status == 204 || response.status == 304 || response.status / 100 == 1;
  const bool head_only = bodiless || reader_.method() == "HEAD";
  const HeadFacts facts{.framing = bodiless ? Framing::kNone : Framing::kLength,
                        .body_bytes = response.body.size(),
                        .keep_alive = keep_alive,
                        .version = reader_.version(),
                        .request_id = request_id_,
                        .now = core_->clock->Now()};
  std::string out = PrintResponseHead(response.status, response.headers, facts);
  const std::size_t body_bytes = head_only ? 0 : response.body.size();
  const bool together = body_bytes <= kOneWrite;
  if (together && !head_only) out += response.body;
  Enter(Phase::kWriting, TimeFor(limits().write_time, body_bytes, limits().write_bytes_per_second));
  const asio::const_buffer first = asio::buffer(out);
  bool sent = co_await transport_->Write(first);
  if (sent && !together) {
    const asio::const_buffer rest = asio::buffer(response.body);
    sent = co_await transport_->Write(rest);
  }
  // Answers carry credentials; they do not stay in freed memory.
  base::Wipe(out);
  base::Wipe(response.body);
  if (!sent) Abort();
  Record(response.status, body_bytes);
  exchange_.reset();
  co_return sent;
}

Task<void> ClientConnection::SendStream() {
  const bool chunked = reader_.version() >= 11;
  const bool head_only = reader_.method() == "HEAD";
  if (!stream_head_.headers.Has("Content-Type")) stream_head_.headers.Add("Content-Type", "text/event-stream");
  const HeadFacts facts{.framing = chunked ? Framing::kChunked : Framing::kUntilClose,
                        .keep_alive = false,
                        .version = reader_.version(),
                        .request_id = request_id_,
                        .now = core_->clock->Now()};
  std::string out = PrintResponseHead(stream_head_.status, stream_head_.headers, facts);
  std::size_t total = 0;
  Enter(Phase::kStreaming, limits().write_time);
  for (bool ended = head_only; !aborted_;) {
    deadline_ = std::chrono::steady_clock::now() + limits().write_time;
    const asio::const_buffer buffer = asio::buffer(out);
    const bool sent = co_await transport_->Write(buffer);
    base::Wipe(out);
    if (!sent) Abort();
    if (!sent || ended) break;
    deadline_ = base::SteadyTime::max();
    const std::optional<std::string> part = co_await NextPart();
    ended = !part.has_value();
    total += part ? part->size() : 0;
    if (ended) out = chunked ? "0\r\n\r\n" : "";
    if (part) out = chunked ? fmt::format("{:x}\r\n{}\r\n", part->size(), *part) : *part;
  }
  stream_->Abandon();
  stream_.reset();
  stream_slot_.reset();
  Record(stream_head_.status, total);
}

// What to send next: queued text, or the heartbeat; nothing when the stream has ended.
Task<std::optional<std::string>> ClientConnection::NextPart() {
  while (!aborted_) {
    StreamBuffer::Taken taken = stream_->Take();
    if (!taken.text.empty()) co_return std::move(taken.text);
    if (taken.ended) {
      // A stream that overflowed lost text: it is cut off, never ended as if it were whole.
      if (stream_->Overflowed()) Abort();
      break;
    }
    const bool beats = !stream_head_.heartbeat.empty();
    timer_.expires_at(beats ? std::chrono::steady_clock::now() + limits().stream_heartbeat : base::SteadyTime::max());
    const auto [interrupted] = co_await timer_.async_wait(kAwait);
    if (!interrupted && beats && !aborted_) co_return stream_head_.heartbeat;
  }
  co_return std::nullopt;
}

// Reads on for a while before closing: closing with unread input resets the connection, and the client would lose
// the answer that was just sent.
Task<void> ClientConnection::SayGoodbye() {
  Enter(Phase::kClosing, limits().linger_time);
  co_await transport_->EndWriting();
  std::array<char, 4096> ignored;
  for (std::size_t total = 0; total < limits().linger_bytes && !aborted_;) {
    const asio::mutable_buffer into = asio::buffer(ignored);
    const auto [error, bytes] = co_await transport_->socket().async_read_some(into, kAwait);
    if (error) break;
    total += bytes;
  }
}

void ClientConnection::OnAnswer(std::uint64_t number, Response response) {
  if (number != number_ || phase_ != Phase::kHandling || answer_ || stream_) return;
  answer_ = std::move(response);
  timer_.cancel();
}

void ClientConnection::OnStream(std::uint64_t number, StreamHead head, std::shared_ptr<StreamBuffer> stream,
                                std::shared_ptr<void> slot) {
  if (number != number_ || phase_ != Phase::kHandling || answer_ || stream_) {
    stream->Abandon();
    return;
  }
  stream_ = std::move(stream);
  stream_slot_ = std::move(slot);
  stream_head_ = std::move(head);
  if (core_->draining) stream_->Close();
  timer_.cancel();
}

void ClientConnection::OnAbort(std::uint64_t number) {
  if (number != number_ || phase_ != Phase::kHandling || answer_ || stream_) return;
  error_code ignored;
  // Without lingering the client sees a reset, not an orderly end.
  transport_->socket().set_option(asio::socket_base::linger(true, 0), ignored);
  Abort();
}

void ClientConnection::OnWake() {
  if (stream_ && stream_->Overflowed()) {
    core_->timed_out.fetch_add(1, std::memory_order_relaxed);
    Abort();
  }
  if (phase_ == Phase::kStreaming) timer_.cancel();
}

void ClientConnection::Tick(base::SteadyTime now) {
  if (phase_ == Phase::kHandling) {
    if (exchange_ && exchange_->GiveUpAt() <= now) GiveUp();
    return;
  }
  if (now < deadline_ || phase_ == Phase::kClosed) return;
  if (phase_ == Phase::kIdle || phase_ == Phase::kClosing) return Abort();
  core_->timed_out.fetch_add(1, std::memory_order_relaxed);
  const bool reading = phase_ == Phase::kBody || (phase_ == Phase::kHead && !input_.Unread().empty());
  if (!reading || timed_out_) return Abort();
  timed_out_ = true;
  deadline_ = now + limits().linger_time;
  error_code ignored;
  transport_->socket().cancel(ignored);
}

void ClientConnection::GiveUp() {
  core_->timed_out.fetch_add(1, std::memory_order_relaxed);
  exchange_->Abandon();
  OnAnswer(number_, ProblemResponse(base::Error{.code = base::Code::kUnavailable,
                                                .message = "the request took too long",
                                                .reason = "request_time",
                                                .retry_after = limits().retry_after},
                                    request_id_));
}

void ClientConnection::Drain() {
  const bool waiting =
      phase_ == Phase::kIdle || phase_ == Phase::kHandshake || (phase_ == Phase::kHead && input_.Unread().empty());
  if (waiting) return Abort();
  if (stream_) stream_->Close();
}

void ClientConnection::Abort() {
  if (std::exchange(aborted_, true)) return;
  LeaveLists();
  phase_ = Phase::kClosed;
  if (exchange_) exchange_->Abandon();
  if (stream_) stream_->Abandon();
  error_code ignored;
  transport_->socket().close(ignored);
  timer_.cancel();
}

void ClientConnection::Enter(Phase phase, milliseconds limit) {
  if (aborted_) return;
  LeaveLists();
  phase_ = phase;
  deadline_ = std::chrono::steady_clock::now() + limit;
  if (phase == Phase::kIdle) list_ = &reclaimable_.idle;
  if (phase == Phase::kHandshake || phase == Phase::kHead) list_ = &reclaimable_.fresh;
  if (list_ != nullptr) list_->splice(list_->end(), place_);
}

void ClientConnection::LeaveLists() {
  if (list_ == nullptr) return;
  place_.splice(place_.end(), *list_, where_);
  list_ = nullptr;
}

void ClientConnection::Record(int status, std::size_t bytes) const {
  const auto took = std::chrono::steady_clock::now() - began_;
  if (core_->duration != nullptr) core_->duration->Observe(std::chrono::duration<double>(took).count());
  const auto kind = static_cast<std::size_t>(status / 100 - 1);
  if (kind < core_->answers.size()) core_->answers[kind]->Add();
  if (core_->log == nullptr) return;
  const std::string_view path = target_.path;
  core_->log->Write(base::Level::kInfo, "http.request",
                    {{"request_id", request_id_},
                     {"method", reader_.method()},
                     {"path", base::Shortened(path, 512)},
                     {"status", std::int64_t{status}},
                     {"bytes", static_cast<std::int64_t>(bytes)},
                     {"duration_ms", std::chrono::duration<double, std::milli>(took).count()},
                     {"remote", sender_.address},
                     {"traceparent", traceparent_}});
}

}  // namespace

std::shared_ptr<Connection> Connection::Make(ConnectionSetup setup) {
  return std::make_shared<ClientConnection>(std::move(setup));
}

}  // namespace crossrole::http::internal
