// SPDX-License-Identifier: Apache-2.0
#include "http/internal/worker.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <unordered_map>
#include <utility>
#include <vector>

#include "http/internal/connection.h"
#include "http/problem.h"

namespace crossrole::http::internal {
namespace {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
using ListeningSocket = asio::posix::basic_stream_descriptor<Executor>;
template <typename T>
using Task = asio::awaitable<T, Executor>;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable_t<Executor>{});

constexpr int kAcceptsPerTurn = 64;
constexpr std::chrono::milliseconds kNoDescriptorsPause{50};
constexpr std::chrono::seconds kStreamPoll{1};

// Tells one more client than there is room for to come back, without waiting for it.
void SendRefusal(int socket, std::chrono::seconds retry_after) {
  const Response problem = ProblemResponse(
      base::Error{.code = base::Code::kUnavailable, .message = "too many connections", .retry_after = retry_after}, "");
  const std::string text = fmt::format(
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nRetry-After: {}\r\n"
      "Connection: close\r\nContent-Length: {}\r\n\r\n{}",
      retry_after.count(), problem.body.size(), problem.body);
  // What has arrived is read first: closing over unread input would take the answer back.
  std::array<char, 4096> ignored;
  (void)::recv(socket, ignored.data(), ignored.size(), MSG_DONTWAIT);
  (void)::send(socket, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::shutdown(socket, SHUT_WR);
}

}  // namespace

bool Mailbox::Post(std::move_only_function<void()> task) {
  std::lock_guard lock(mutex_);
  if (io_ == nullptr) return false;
  asio::post(*io_, std::move(task));
  return true;
}

void Mailbox::Close() {
  std::lock_guard lock(mutex_);
  io_ = nullptr;
}

// Everything here but the constructor and `Stop` runs on the I/O thread.
class Worker::State : public std::enable_shared_from_this<Worker::State> {
 public:
  explicit State(std::shared_ptr<Core> core) : core_(std::move(core)), mailbox_(std::make_shared<Mailbox>(io_)) {}

  void Run();
  void Listen(Listener listener, std::function<void(Accepted)> admit);
  void StopAccepting();
  void Admit(Accepted client);
  void Drain();
  void Stop();
  Mailbox& mailbox() { return *mailbox_; }

 private:
  struct Door {
    ListeningSocket socket;
    std::function<void(Accepted)> admit;
  };

  static Task<void> AcceptLoop(std::shared_ptr<State> self, std::shared_ptr<Door> door);
  bool AcceptSome(Door& door);
  bool MakeRoom(const std::string& key);
  bool Evict();
  void Open(Accepted client, const std::string& key);
  void Finished(Connection* connection, const std::string& key);
  void Uncount(const std::string& key);
  void SweepLater();
  void Sweep();
  void CloseLeftStreams();
  void CloseAll();

  const std::shared_ptr<Core> core_;
  asio::io_context io_{1};
  asio::executor_work_guard<Executor> work_{io_.get_executor()};
  const std::shared_ptr<Mailbox> mailbox_;
  Reclaimable reclaimable_;
  Turns turns_{[this](std::function<void()> next) { asio::post(io_, std::move(next)); }};
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
  std::vector<std::shared_ptr<Door>> doors_;
  Timer sweep_{io_};
  bool sweeping_ = false;
  bool stopping_ = false;
  base::SteadyTime streams_polled_{};
  std::thread thread_;
};

void Worker::State::Run() {
  thread_ = std::thread([this] {
    mailbox_->Adopt();
    for (;;) {
      try {
        io_.run();
        return;
      } catch (const std::exception& error) {
        if (core_->log != nullptr) {
          core_->log->Write(base::Level::kError, "http.worker_failed", {{"what", std::string_view(error.what())}});
        }
      }
    }
  });
}

void Worker::State::Listen(Listener listener, std::function<void(Accepted)> admit) {
  if (stopping_) return;
  auto door = std::make_shared<Door>(ListeningSocket(io_, listener.socket.Release()), std::move(admit));
  doors_.push_back(door);
  asio::co_spawn(io_.get_executor(), AcceptLoop(shared_from_this(), door), [](const std::exception_ptr&) {});
}

Task<void> Worker::State::AcceptLoop(std::shared_ptr<State> self, std::shared_ptr<Door> door) {
  for (;;) {
    const auto [closed] = co_await door->socket.async_wait(ListeningSocket::wait_read, kAwait);
    if (closed) co_return;
    const bool go_on = self->AcceptSome(*door);
    if (go_on) continue;
    // Out of descriptors: the longest idle client gives one back.
    self->Evict();
    Timer pause(self->io_, kNoDescriptorsPause);
    (void)co_await pause.async_wait(kAwait);
  }
}

bool Worker::State::AcceptSome(Door& door) {
  for (int i = 0; i < kAcceptsPerTurn && door.socket.is_open(); ++i) {
    auto client = AcceptOne(door.socket.native_handle());
    if (client) {
      core_->accepted.fetch_add(1, std::memory_order_relaxed);
      door.admit(*std::move(client));
    } else if (client.error() != NoClient::kGone) {
      return client.error() == NoClient::kNoneWaits;
    }
  }
  return true;
}

void Worker::State::StopAccepting() {
  for (const auto& door : doors_) door->socket.close();
  doors_.clear();
}

void Worker::State::Admit(Accepted client) {
  if (stopping_ || core_->draining) return;
  const std::string key = client.address == "unix" ? "" : CapKeyOf(client.address);
  if (MakeRoom(key)) {
    try {
      return Open(std::move(client), key);
    } catch (const std::exception&) {  // Asio cannot take another descriptor
      Uncount(key);
    }
    return;
  }
  core_->refused.fetch_add(1, std::memory_order_relaxed);
  const bool plain = key.empty() || core_->tls.With([](const TlsContext& tls) { return tls == nullptr; });
  if (plain) SendRefusal(client.socket.get(), core_->limits.retry_after);
}

// Counts the new connection, if there is room for it or room can be made.
bool Worker::State::MakeRoom(const std::string& key) {
  const bool within = key.empty() || core_->by_address.With([&](auto& counts) {
    std::size_t& count = counts[key];
    return count < core_->limits.connections_per_address && ++count > 0;
  });
  if (!within) return false;
  if (core_->connections.fetch_add(1) < core_->limits.connections || Evict()) return true;
  Uncount(key);
  return false;
}

bool Worker::State::Evict() {
  auto& from = reclaimable_.idle.empty() ? reclaimable_.fresh : reclaimable_.idle;
  if (from.empty()) return false;
  core_->evicted.fetch_add(1, std::memory_order_relaxed);
  from.front()->Abort();
  return true;
}

void Worker::State::Open(Accepted client, const std::string& key) {
  TlsContext tls = key.empty() ? nullptr : core_->tls.With([](const TlsContext& current) { return current; });
  auto connection = Connection::Make(ConnectionSetup{.io = io_,
                                                     .core = core_,
                                                     .mailbox = mailbox_,
                                                     .reclaimable = reclaimable_,
                                                     .turns = turns_,
                                                     .client = std::move(client),
                                                     .tls = std::move(tls)});
  Connection* const raw = connection.get();
  connections_.emplace(raw, connection);
  connection->Start([this, raw, key] { Finished(raw, key); });
  SweepLater();
}

void Worker::State::Finished(Connection* connection, const std::string& key) {
  connections_.erase(connection);
  Uncount(key);
}

void Worker::State::Uncount(const std::string& key) {
  core_->connections.fetch_sub(1);
  if (key.empty()) return;
  core_->by_address.With([&](auto& counts) {
    const auto found = counts.find(key);
    if (found != counts.end() && --found->second == 0) counts.erase(found);
  });
}

// Deadlines are kept by looking at all connections now and then, so that setting one costs nothing.
void Worker::State::SweepLater() {
  if (sweeping_ || stopping_ || connections_.empty()) return;
  sweeping_ = true;
  sweep_.expires_after(core_->limits.tick);
  sweep_.async_wait([self = shared_from_this()](const boost::system::error_code& canceled) {
    self->sweeping_ = false;
    if (!canceled) self->Sweep();
  });
}

void Worker::State::Sweep() {
  const base::SteadyTime now = std::chrono::steady_clock::now();
  for (const auto& [raw, connection] : connections_) connection->Tick(now);
  if (now - streams_polled_ >= std::min<std::chrono::milliseconds>(kStreamPoll, 4 * core_->limits.tick)) {
    streams_polled_ = now;
    CloseLeftStreams();
  }
  SweepLater();
}

// Nothing is read while a stream is sent, so that only asking shows that its client has left.
void Worker::State::CloseLeftStreams() {
  std::vector<pollfd> asked;
  std::vector<Connection*> streams;
  for (const auto& [raw, connection] : connections_) {
    if (raw->phase() != Phase::kStreaming) continue;
    asked.push_back({.fd = raw->fd(), .events = POLLRDHUP, .revents = 0});
    streams.push_back(raw);
  }
  if (asked.empty() || ::poll(asked.data(), asked.size(), 0) <= 0) return;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if ((asked[i].revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0) streams[i]->Abort();
  }
}

void Worker::State::Drain() {
  for (const auto& [raw, connection] : connections_) connection->Drain();
}

void Worker::State::CloseAll() {
  stopping_ = true;
  StopAccepting();
  sweep_.cancel();
  for (const auto& [raw, connection] : connections_) connection->Abort();
  work_.reset();
}

void Worker::State::Stop() {
  if (!thread_.joinable()) return;
  mailbox_->Post([self = shared_from_this()] { self->CloseAll(); });
  thread_.join();
  mailbox_->Close();
}

Worker::Worker(std::shared_ptr<Core> core) : state_(std::make_shared<State>(std::move(core))) { state_->Run(); }

Worker::~Worker() { Stop(); }

void Worker::Accept(Listener listener, std::function<void(Accepted)> admit) {
  state_->mailbox().Post([state = state_, listener = std::move(listener), admit = std::move(admit)]() mutable {
    state->Listen(std::move(listener), std::move(admit));
  });
}

void Worker::StopAccepting() {
  state_->mailbox().Post([state = state_] { state->StopAccepting(); });
}

void Worker::Serve(Accepted client) {
  if (state_->mailbox().OnThread()) return state_->Admit(std::move(client));
  state_->mailbox().Post([state = state_, client = std::move(client)]() mutable { state->Admit(std::move(client)); });
}

void Worker::Drain() {
  state_->mailbox().Post([state = state_] { state->Drain(); });
}

void Worker::Stop() { state_->Stop(); }

}  // namespace crossrole::http::internal
