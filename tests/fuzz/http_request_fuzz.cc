// SPDX-License-Identifier: Apache-2.0
// Whole requests: what was read does not depend on how the network cut it, a body is complete or refused, and what the
// screening lets through has one reading only.
#include <algorithm>
#include <string>
#include <vector>

#include "http/internal/screen.h"
#include "http/internal/wire.h"
#include "input.h"

using crossrole::fuzz::Require;
namespace http = crossrole::http;
using http::internal::Progress;

namespace {

http::Limits SmallLimits() {
  http::Limits limits;
  limits.header_bytes = 2048;
  limits.header_count = 20;
  limits.target_bytes = 512;
  limits.body_bytes = 4096;
  return limits;
}

// One message as a server reads it, and what became of it.
struct Read {
  Progress progress = Progress::kNeedMore;
  int heads = 0;
  int refused = 0;  // status of the first refusal; 0: none
  bool keep_alive = false;
  std::string method, target, body;
  std::vector<std::string> lines;
};

void Screen(http::internal::RequestReader& reader, const http::Limits& limits, Read& read) {
  static const http::internal::HostList hosts({"api.example"});
  const http::internal::RequestHead head{
      .method = reader.method(), .target = reader.target(), .version = reader.version(), .headers = reader.headers()};
  const http::internal::ScreenRules rules{.limits = limits, .hosts = hosts, .local_address = [] { return std::string("10.0.0.1"); }};
  const auto target = http::internal::ScreenHead(head, rules);
  if (!target) {
    Require(target.error().status >= 400 && target.error().status <= 599);
    read.refused = target.error().status;
    return;
  }
  // Two framings in one message are how requests are smuggled.
  Require(!(reader.headers().Has("Transfer-Encoding") && reader.headers().Has("Content-Length")));
  Require(reader.headers().All("Content-Length").size() <= 1 && reader.headers().All("Host").size() <= 1);
  Require(reader.version() == 10 || reader.headers().Has("Host"));
  Require(target->path == "*" || target->path.starts_with('/'));
}

Read ReadInPieces(std::string_view text, std::size_t piece) {
  static const http::Limits limits = SmallLimits();
  http::internal::RequestReader reader(limits);
  Read read;
  std::string unread;
  for (std::size_t at = 0; at < text.size() && read.progress == Progress::kNeedMore && read.refused == 0; at += piece) {
    unread += text.substr(at, piece);
    do {
      const auto fed = reader.Feed(unread);
      Require(fed.consumed <= unread.size());
      unread.erase(0, fed.consumed);
      read.progress = fed.progress;
      if (fed.progress == Progress::kHeadDone) {
        Require(++read.heads == 1);
        Screen(reader, limits, read);
      }
    } while (read.progress == Progress::kHeadDone && read.refused == 0);
  }
  if (read.progress == Progress::kFailed) {
    read.refused = reader.Failure().status;
    Require(read.refused >= 400 && read.refused <= 599);
  }
  if (read.progress == Progress::kDone) {
    Require(read.heads == 1 && reader.body().size() <= limits.body_bytes);
    read.keep_alive = reader.KeepAlive();
    read.method = reader.method();
    read.target = reader.target();
    read.body = reader.body();
    for (const http::Header& line : reader.headers().lines()) {
      Require(std::ranges::none_of(line.value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }));
      read.lines.push_back(line.name + ":" + line.value);
    }
  }
  return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 16 * 1024) return 0;
  const std::size_t piece = 1 + data[0] % 32;
  const std::string_view text = crossrole::fuzz::TextOf(data + 1, size - 1);
  const Read whole = ReadInPieces(text, text.size());
  const Read pieces = ReadInPieces(text, piece);
  // A message that is not complete may be found wrong sooner or later; one that is complete has one meaning.
  Require((whole.progress == Progress::kDone) == (pieces.progress == Progress::kDone));
  if (whole.progress != Progress::kDone) return 0;
  Require(whole.refused == pieces.refused && whole.method == pieces.method && whole.target == pieces.target &&
          whole.body == pieces.body && whole.lines == pieces.lines && whole.keep_alive == pieces.keep_alive);
  return 0;
}
