// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "http/internal/core.h"
#include "http/internal/listen.h"
#include "http/internal/tls.h"
#include "http/internal/worker.h"

namespace crossrole::http {
namespace {

using base::Code;
using base::Fail;

// Files, the database and calls to AWS need descriptors too.
std::size_t CapByDescriptors(std::size_t wanted) {
  constexpr std::size_t kOthers = 256;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  const auto all = static_cast<std::size_t>(limit.rlim_cur);
  return std::min(wanted, all > 2 * kOthers ? all - kOthers : all / 2);
}

base::Status CheckExposure(const ServerOptions& options) {
  if (options.address.empty()) return {};
  TRY_ASSIGN(const bool loopback, internal::IsLoopback(options.address));
  if (loopback || options.tls || options.insecure_listen == InsecureListen::kAllow) return {};
  return Fail(base::Error{.code = Code::kFailedPrecondition,
                          .message = fmt::format("`{}` can be reached from other machines and there is no TLS", options.address),
                          .field = "address",
                          .fix = "give a certificate and key, listen on 127.0.0.1 behind a proxy, or pass --insecure-listen"});
}

void AddMetrics(Registry& registry, const std::shared_ptr<internal::Core>& core) {
  for (int kind = 1; kind <= 5; ++kind) {
    core->answers.push_back(&registry.AddCounter({.name = "crossrole_http_answers_total",
                                                  .help = "Answers by class of status.",
                                                  .labels = {{"class", fmt::format("{}xx", kind)}}}));
  }
  core->duration = &registry.AddHistogram(
      {.name = "crossrole_http_request_seconds", .help = "From the first byte of a request to the last of its answer."},
      DurationBounds());
  const auto read = [&](std::string name, std::string help, auto number) {
    registry.AddReading({.name = std::move(name), .help = std::move(help)},
                        [core, number] { return static_cast<double>((*core.*number).load()); });
  };
  read("crossrole_http_connections", "Open connections.", &internal::Core::connections);
  read("crossrole_http_streams", "Open event streams.", &internal::Core::streams);
  const auto total = [&](std::string name, std::string help, auto number) {
    registry.AddTotal({.name = std::move(name), .help = std::move(help)},
                      [core, number] { return static_cast<double>((*core.*number).load()); });
  };
  total("crossrole_http_refused_connections_total", "Connections refused for want of room.", &internal::Core::refused);
  total("crossrole_http_timed_out_total", "Deadlines of clients and handlers that passed.", &internal::Core::timed_out);
}

}  // namespace

class Server::State {
 public:
  std::shared_ptr<internal::Core> core = std::make_shared<internal::Core>();
  base::SystemClock clock;
  std::optional<TlsFiles> tls;
  std::string unix_socket;
  std::string address;
  std::uint16_t port = 0;
  std::atomic<std::size_t> next{0};
  std::vector<std::unique_ptr<internal::Worker>> workers;

  void Configure(ServerOptions options, Handler handler);
  void Accept(internal::Listener listener);
};

void Server::State::Configure(ServerOptions options, Handler handler) {
  core->limits = options.limits;
  core->limits.connections = CapByDescriptors(options.limits.connections);
  if (!options.address.empty()) options.allowed_hosts.push_back(options.address);
  core->hosts = internal::HostList(options.allowed_hosts);
  core->proxies = std::move(options.proxies);
  core->handler = std::move(handler);
  core->turn_key = std::move(options.turn_key);
  core->clock = options.clock != nullptr ? options.clock : &clock;
  core->log = options.log;
  if (options.metrics != nullptr) AddMetrics(*options.metrics, core);
  tls = std::move(options.tls);
  unix_socket = std::move(options.unix_socket);
}

// One thread accepts; connections go to all of them in turn.
void Server::State::Accept(internal::Listener listener) {
  workers.front()->Accept(std::move(listener), [this](internal::Accepted client) {
    workers[next.fetch_add(1) % workers.size()]->Serve(std::move(client));
  });
}

base::Result<std::unique_ptr<Server>> Server::Start(ServerOptions options, Handler handler) {
  TRY(CheckExposure(options));
  if (options.address.empty() && options.unix_socket.empty()) {
    return Fail(base::Error{.code = Code::kInvalidArgument, .message = "there is nothing to listen on", .field = "address"});
  }
  const std::string wanted = options.address;
  const std::uint16_t wanted_port = options.port;
  const std::size_t threads = std::max<std::size_t>(options.io_threads, 1);
  auto state = std::make_unique<State>();
  state->Configure(std::move(options), std::move(handler));
  auto server = std::unique_ptr<Server>(new Server(std::move(state)));
  if (server->state_->tls) TRY(server->ReloadCertificates());
  std::vector<internal::Listener> listeners;
  if (!wanted.empty()) {
    TRY_ASSIGN(auto listener, internal::ListenTcp(wanted, wanted_port, server->state_->core->limits.backlog));
    server->state_->address = listener.address;
    server->state_->port = listener.port;
    listeners.push_back(std::move(listener));
  }
  if (const std::string path = server->state_->unix_socket; !path.empty()) {
    server->state_->unix_socket.clear();  // not ours to remove until it is ours
    TRY_ASSIGN(auto listener, internal::ListenUnix(path, server->state_->core->limits.backlog));
    server->state_->unix_socket = path;
    listeners.push_back(std::move(listener));
  }
  for (std::size_t i = 0; i < threads; ++i) {
    server->state_->workers.push_back(std::make_unique<internal::Worker>(server->state_->core));
  }
  for (auto& listener : listeners) server->state_->Accept(std::move(listener));
  return server;
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
  if (!state_->unix_socket.empty()) ::unlink(state_->unix_socket.c_str());
  // In this order, because the first one hands connections to the others.
  for (const auto& worker : state_->workers) worker->Stop();
}

std::uint16_t Server::port() const { return state_->port; }

std::string Server::url() const {
  const bool v6 = state_->address.contains(':');
  return fmt::format("{}://{}{}{}:{}", state_->tls ? "https" : "http", v6 ? "[" : "", state_->address, v6 ? "]" : "",
                     state_->port);
}

void Server::SetReady(bool ready) { state_->core->ready = ready; }

bool Server::ready() const { return state_->core->ready && !state_->core->draining; }

bool Server::Drain(base::Deadline deadline) {
  constexpr std::chrono::milliseconds kLook{5};
  state_->core->draining = true;
  state_->workers.front()->StopAccepting();
  for (const auto& worker : state_->workers) worker->Drain();
  while (state_->core->connections > 0 && !deadline.Passed()) std::this_thread::sleep_for(kLook);
  const bool finished = state_->core->connections == 0;
  for (const auto& worker : state_->workers) worker->Stop();
  return finished;
}

base::Status Server::ReloadCertificates() {
  if (!state_->tls) return {};
  TRY_ASSIGN(auto context, internal::MakeServerTls(state_->tls->certificate_file, state_->tls->key_file));
  state_->core->tls.With([&](internal::TlsContext& current) { current = std::move(context); });
  return {};
}

ServerStats Server::Stats() const {
  const internal::Core& core = *state_->core;
  return {.connections = core.connections,
          .streams = core.streams,
          .accepted = core.accepted,
          .refused = core.refused,
          .evicted = core.evicted,
          .requests = core.requests,
          .rejected = core.rejected,
          .timed_out = core.timed_out};
}

}  // namespace crossrole::http
