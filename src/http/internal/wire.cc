// SPDX-License-Identifier: Apache-2.0
#include "http/internal/wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <utility>

namespace crossrole::http::internal {
namespace {

namespace beast = boost::beast;
using BeastError = beast::error_code;
using BeastText = beast::string_view;
using beast::http::error;

std::string TextOf(BeastText text) { return {text.data(), text.size()}; }

bool HasControlCharacter(BeastText text) {
  return std::ranges::any_of(text, [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; });
}

// Collects what Beast's parser finds. Beast's own message types are not used: they reorder equal headers and take
// trailers for headers, and signatures cover the order of the wire.
template <bool is_request>
class Collector final : public beast::http::basic_parser<is_request> {
 public:
  explicit Collector(std::size_t max_headers) : max_headers_(max_headers) {}

  std::string method;
  std::string target;
  int status = 0;
  int version = 11;
  Headers headers;
  std::string body;
  ResponseReader::OnBody divert;
  bool too_many_headers = false;

 private:
  void on_request_impl(beast::http::verb, BeastText name, BeastText where, int http_version, BeastError&) override {
    method = TextOf(name);
    target = TextOf(where);
    version = http_version;
  }
  void on_response_impl(int code, BeastText, int http_version, BeastError&) override {
    status = code;
    version = http_version;
  }
  void on_field_impl(beast::http::field, BeastText name, BeastText value, BeastError& failure) override {
    if (head_done_) return;
    if (headers.lines().size() >= max_headers_) {
      too_many_headers = true;
      failure = error::header_limit;
      return;
    }
    if (HasControlCharacter(value)) {
      failure = error::bad_value;
      return;
    }
    headers.Add(TextOf(name), TextOf(value));
  }
  void on_header_impl(BeastError&) override { head_done_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, BeastError&) override {
    // Only a part of the promised length is reserved: a promise costs the client nothing.
    constexpr std::uint64_t kReserve = 64 * 1024;
    if (length && !divert) body.reserve(static_cast<std::size_t>(std::min(*length, kReserve)));
  }
  std::size_t on_body_impl(BeastText part, BeastError& failure) override { return Take(part, failure); }
  void on_chunk_header_impl(std::uint64_t, BeastText, BeastError&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastText part, BeastError& failure) override {
    return Take(part, failure);
  }
  void on_finish_impl(BeastError&) override {}

  std::size_t Take(BeastText part, BeastError& failure) {
    if (!divert) {
      body.append(part.data(), part.size());
    } else if (!divert(std::string_view(part.data(), part.size()))) {
      failure = error::end_of_stream;
    }
    return part.size();
  }

  std::size_t max_headers_;
  bool head_done_ = false;
};

// One message of either direction: feeds the parser, keeps the size of the head.
template <bool is_request>
class Reading {
 public:
  Reading(std::size_t head_bytes, std::size_t max_headers, std::uint64_t body_bytes)
      : parser(max_headers), head_bytes_(head_bytes) {
    // One more than allowed, so that what is exactly at the limit is judged here.
    parser.header_limit(static_cast<std::uint32_t>(head_bytes + 1));
    parser.body_limit(body_bytes);
    parser.eager(false);
  }

  Fed Feed(std::string_view data) {
    std::size_t consumed = head_announced_ ? 0 : SkipLeadingLineEnds(data);
    while (failure == BeastError()) {
      if (parser.is_header_done() && !head_announced_) return AnnounceHead(consumed);
      if (parser.is_done()) return {Progress::kDone, consumed};
      const std::string_view rest = data.substr(consumed);
      const bool in_head = !parser.is_header_done();
      // A chunked body ends with five bytes, and the parser asserts that it sees no fewer when it goes on in its last chunk.
      const std::size_t least = !in_head && parser.chunked() ? 5 : 1;
      // Half of a line end in front of a request is not yet anything.
      const bool half_line_end = !parser.got_some() && rest == "\r";
      if (rest.size() < least || half_line_end) return {Progress::kNeedMore, consumed};
      const std::size_t used = parser.put(boost::asio::const_buffer(rest.data(), rest.size()), failure);
      consumed += used;
      if (in_head) head_used_ += used;
      if (failure == error::need_more) {
        failure = {};
        if (in_head && head_used_ + (rest.size() - used) > head_bytes_) failure = error::header_limit;
        if (failure == BeastError()) return {Progress::kNeedMore, consumed};
      }
    }
    return {Progress::kFailed, consumed};
  }

  Collector<is_request> parser;
  BeastError failure;

 private:
  // Robustness of RFC 9112 section 2.2: empty lines in front of a request are ignored.
  std::size_t SkipLeadingLineEnds(std::string_view data) {
    std::size_t skipped = 0;
    while (!parser.got_some() && head_used_ < 8 && data.substr(skipped).starts_with("\r\n")) {
      skipped += 2;
      head_used_ += 2;
    }
    return skipped;
  }

  Fed AnnounceHead(std::size_t consumed) {
    if (head_used_ > head_bytes_) {
      failure = error::header_limit;
      return {Progress::kFailed, consumed};
    }
    head_announced_ = true;
    parser.eager(true);
    return {Progress::kHeadDone, consumed};
  }

  std::size_t head_bytes_;
  std::size_t head_used_ = 0;
  bool head_announced_ = false;
};

Refusal Malformed(std::string message) {
  return {.status = 400, .error = {.code = base::Code::kInvalidArgument, .message = std::move(message)}};
}

}  // namespace

class RequestReader::State {
 public:
  explicit State(const Limits& the_limits) : limits(the_limits) { Reset(); }
  void Reset() { reading.emplace(limits.header_bytes, limits.header_count, limits.body_bytes); }

  const Limits& limits;
  std::optional<Reading<true>> reading;
};

RequestReader::RequestReader(const Limits& limits) : state_(std::make_unique<State>(limits)) {}
RequestReader::~RequestReader() = default;
void RequestReader::Reset() { state_->Reset(); }
Fed RequestReader::Feed(std::string_view data) { return state_->reading->Feed(data); }

Refusal RequestReader::Failure() const {
  const BeastError failure = state_->reading->failure;
  if (failure == error::header_limit) {
    const bool count = state_->reading->parser.too_many_headers;
    return {.status = 431,
            .error = {.code = base::Code::kTooLarge,
                      .message = count ? fmt::format("more than {} headers", state_->limits.header_count)
                                       : fmt::format("the headers are longer than {} bytes", state_->limits.header_bytes)}};
  }
  if (failure == error::body_limit) {
    return {.status = 413,
            .error = {.code = base::Code::kTooLarge,
                      .message = fmt::format("the body is longer than {} bytes", state_->limits.body_bytes)}};
  }
  if (failure == error::bad_version) {
    Refusal refusal = Malformed("only HTTP/1.0 and HTTP/1.1 are spoken here");
    refusal.status = 505;
    return refusal;
  }
  if (failure == error::bad_transfer_encoding || failure == error::bad_content_length ||
      failure == error::multiple_content_length) {
    return Malformed("the length of the body is ambiguous");
  }
  return Malformed(fmt::format("not a valid HTTP request: {}", failure.message()));
}

const std::string& RequestReader::method() const { return state_->reading->parser.method; }
const std::string& RequestReader::target() const { return state_->reading->parser.target; }
int RequestReader::version() const { return state_->reading->parser.version; }
Headers& RequestReader::headers() { return state_->reading->parser.headers; }
bool RequestReader::KeepAlive() const { return state_->reading->parser.keep_alive(); }
bool RequestReader::HasBody() const { return !state_->reading->parser.is_done(); }
std::string& RequestReader::body() { return state_->reading->parser.body; }

class ResponseReader::State {
 public:
  explicit State(Options the_options) : options(the_options) { Start(); }
  void Start() {
    reading.emplace(options.head_bytes, std::size_t{1000}, options.body_bytes);
    if (options.head_request) reading->parser.skip(true);
  }
  bool IsInterim() const { return reading->parser.status / 100 == 1; }

  Options options;
  std::optional<Reading<false>> reading;
  Response response;
  int interim = 0;
};

ResponseReader::ResponseReader(Options options) : state_(std::make_unique<State>(options)) {}
ResponseReader::~ResponseReader() = default;

Fed ResponseReader::Feed(std::string_view data) {
  std::size_t consumed = 0;
  for (;;) {
    auto& reading = *state_->reading;
    Fed fed = reading.Feed(data.substr(consumed));
    consumed += fed.consumed;
    if (fed.progress == Progress::kHeadDone && state_->IsInterim() && ++state_->interim < 20) {
      state_->Start();
      continue;
    }
    if (fed.progress == Progress::kHeadDone) {
      state_->response.status = reading.parser.status;
      state_->response.headers = std::move(reading.parser.headers);
    } else if (fed.progress == Progress::kDone) {
      state_->response.body = std::move(reading.parser.body);
    }
    return {fed.progress, consumed};
  }
}

Progress ResponseReader::FeedEnd() {
  auto& reading = *state_->reading;
  if (!reading.parser.got_some()) reading.failure = error::partial_message;
  if (reading.failure == BeastError() && !reading.parser.is_done()) reading.parser.put_eof(reading.failure);
  if (reading.failure != BeastError()) return Progress::kFailed;
  state_->response.body = std::move(reading.parser.body);
  return Progress::kDone;
}

void ResponseReader::DivertBody(OnBody on_body) { state_->reading->parser.divert = std::move(on_body); }

base::Error ResponseReader::Failure() const {
  const BeastError failure = state_->reading->failure;
  if (failure == error::body_limit || failure == error::header_limit) {
    return {.code = base::Code::kTooLarge,
            .message = fmt::format("the server's answer is longer than {} bytes", state_->options.body_bytes)};
  }
  if (failure == error::partial_message) {
    return {.code = base::Code::kUnavailable, .message = "the server closed the connection before its answer was complete"};
  }
  return {.code = base::Code::kInternal,
          .message = fmt::format("the server's answer is not HTTP: {}", failure.message())};
}

Response& ResponseReader::response() { return state_->response; }
bool ResponseReader::KeepAlive() const { return state_->reading->parser.keep_alive(); }

}  // namespace crossrole::http::internal
