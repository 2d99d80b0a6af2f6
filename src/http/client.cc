// SPDX-License-Identifier: Apache-2.0
#include "http/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "http/internal/channel.h"
#include "http/internal/tls.h"
#include "http/internal/wire.h"

namespace crossrole::http {
namespace {

using base::Code;
using base::Deadline;
using base::Fail;
using base::Result;
using internal::Progress;

constexpr std::size_t kLineBytes = std::size_t{1} << 20;

bool IsSafeToRepeat(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" || method == "OPTIONS";
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != ':'; });
}

base::Status CheckRequest(const ClientRequest& request) {
  const auto plain = [](char c) { return c > ' ' && c < 0x7f; };
  if (!IsToken(request.method) || !request.target.starts_with('/') || !std::ranges::all_of(request.target, plain)) {
    return Fail(Code::kInvalidArgument, "the request's method or path has a character that must be escaped");
  }
  for (const Header& line : request.headers.lines()) {
    if (!IsToken(line.name) || line.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return Fail(Code::kInvalidArgument, "a header of the request has a line break");
    }
  }
  return {};
}

// Cuts a body into lines; what is left without a line end when the stream ends is a line too.
class LineCutter {
 public:
  explicit LineCutter(OnLine on_line) : on_line_(std::move(on_line)) {}

  bool Take(std::string_view text) {
    pending_ += text;
    std::size_t begin = 0;
    for (std::size_t end; (end = pending_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      if (!Give(std::string_view(pending_).substr(begin, end - begin))) return false;
    }
    pending_.erase(0, begin);
    return pending_.size() <= kLineBytes;
  }
  void End() {
    if (!pending_.empty() && !stopped_) Give(pending_);
  }
  bool stopped() const { return stopped_; }

 private:
  bool Give(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    stopped_ = !on_line_(line);
    return !stopped_;
  }

  OnLine on_line_;
  std::string pending_;
  bool stopped_ = false;
};

}  // namespace

class Client::State {
 public:
  State(ClientOptions options, internal::ServerPlace place) : options_(std::move(options)), place_(std::move(place)) {}

  Result<Response> Ask(const ClientRequest& request, Deadline deadline, LineCutter* lines);

 private:
  base::Status Connect(Deadline deadline);
  std::string Print(const ClientRequest& request) const;
  Result<Response> Receive(const ClientRequest& request, Deadline deadline, LineCutter* lines);
  Result<Response> Once(const ClientRequest& request, Deadline deadline, LineCutter* lines);

  ClientOptions options_;
  internal::ServerPlace place_;
  internal::TlsContext tls_;
  std::unique_ptr<internal::Channel> channel_;
  bool answered_ = false;  // a byte of the answer in progress has come
};

base::Status Client::State::Connect(Deadline deadline) {
  const Deadline soon = Deadline::Earlier(deadline, Deadline::After(options_.connect_time));
  TRY_ASSIGN(channel_, internal::Connect(place_, soon));
  if (place_.kind != internal::ServerPlace::Kind::kHttps) return {};
  if (!tls_) {
    TRY_ASSIGN(tls_, internal::MakeClientTls(options_.ca_file));
  }
  auto secured = internal::StartTls(std::move(channel_), tls_, place_.host, soon);
  channel_ = nullptr;
  if (!secured) {
    return Fail(base::WithContext(std::move(secured).error(), fmt::format("cannot connect to `{}`", place_.HostHeader())));
  }
  channel_ = *std::move(secured);
  return {};
}

std::string Client::State::Print(const ClientRequest& request) const {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method, request.target, place_.HostHeader());
  if (!request.headers.Has("User-Agent")) text += fmt::format("User-Agent: {}\r\n", options_.user_agent);
  if (!options_.bearer.empty()) text += fmt::format("Authorization: Bearer {}\r\n", options_.bearer.Reveal());
  for (const Header& line : request.headers.lines()) text += fmt::format("{}: {}\r\n", line.name, line.value);
  const bool bodied = !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (bodied) text += fmt::format("Content-Length: {}\r\n", request.body.size());
  text += "\r\n";
  text += request.body;
  return text;
}

Result<Response> Client::State::Receive(const ClientRequest& request, Deadline deadline, LineCutter* lines) {
  const std::size_t most = lines == nullptr ? options_.body_bytes : std::numeric_limits<std::size_t>::max();
  internal::ResponseReader reader({.body_bytes = most, .head_request = request.method == "HEAD"});
  std::array<char, 16 * 1024> bytes;
  std::string unread;
  for (;;) {
    const internal::Fed fed = reader.Feed(unread);
    unread.erase(0, fed.consumed);
    if (fed.progress == Progress::kHeadDone && lines != nullptr && reader.response().status / 100 == 2) {
      reader.DivertBody([lines](std::string_view part) { return lines->Take(part); });
    }
    if (fed.progress == Progress::kHeadDone) continue;
    if (fed.progress == Progress::kFailed && lines != nullptr && lines->stopped()) break;
    if (fed.progress == Progress::kFailed) return Fail(reader.Failure());
    if (fed.progress == Progress::kDone) {
      if (reader.KeepAlive() && unread.empty()) return std::move(reader.response());
      break;
    }
    TRY_ASSIGN(const std::size_t count, channel_->Read(bytes.data(), bytes.size(), deadline));
    answered_ = answered_ || count > 0;
    unread.append(bytes.data(), count);
    if (count > 0) continue;
    if (reader.FeedEnd() == Progress::kFailed) return Fail(reader.Failure());
    break;
  }
  channel_ = nullptr;
  return std::move(reader.response());
}

Result<Response> Client::State::Once(const ClientRequest& request, Deadline deadline, LineCutter* lines) {
  if (!channel_) TRY(Connect(deadline));
  answered_ = false;
  std::string text = Print(request);
  const base::Status written = channel_->Write(text, deadline);
  base::Wipe(text);
  // A server may answer and close before it has read everything, for example a body that is too large.
  auto answer = Receive(request, deadline, lines);
  if (!answer) channel_ = nullptr;
  if (!answer && !written && !answered_) return std::unexpected(written.error());
  return answer;
}

Result<Response> Client::State::Ask(const ClientRequest& request, Deadline deadline, LineCutter* lines) {
  TRY(CheckRequest(request));
  const bool repeatable = IsSafeToRepeat(request.method);
  // A kept connection may be dying; what must not be repeated is not risked on one.
  if (!repeatable) channel_ = nullptr;
  const bool kept = channel_ != nullptr;
  auto answer = Once(request, deadline, lines);
  if (!answer && kept && !answered_ && !deadline.Passed() && answer.error().code == Code::kUnavailable) {
    answer = Once(request, deadline, lines);
  }
  if (answer && lines != nullptr) lines->End();
  return answer;
}

Result<std::unique_ptr<Client>> Client::Create(ClientOptions options) {
  TRY_ASSIGN(auto place, internal::ParsePlace(options.base_url));
  return std::unique_ptr<Client>(new Client(std::make_unique<State>(std::move(options), std::move(place))));
}

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::~Client() = default;

Result<Response> Client::Send(ClientRequest request, Deadline deadline) { return state_->Ask(request, deadline, nullptr); }

Result<Response> Client::Stream(ClientRequest request, Deadline deadline, OnLine on_line) {
  LineCutter lines(std::move(on_line));
  return state_->Ask(request, deadline, &lines);
}

}  // namespace crossrole::http
