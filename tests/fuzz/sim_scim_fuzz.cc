// SPDX-License-Identifier: Apache-2.0
// What identity providers send to the SCIM endpoint of the simulated AWS. An input is requests with a blank line between them: a line
// with the method and what stands behind /scim/v2, then the body; `$0` stands for the id of the first thing made, `$1` for the
// second. Whatever comes is answered as SCIM has it, and what has been kept can be saved and loaded.
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "http/target.h"
#include "input.h"
#include "sim/cloud.h"
#include "sim_world.h"

using crossrole::fuzz::Require;
namespace base = crossrole::base;
namespace http = crossrole::http;
namespace json = boost::json;
namespace sim = crossrole::sim;

namespace {

constexpr int kRequests = 24;
// Every so many inputs that kept something, the state goes out and in again, which costs as much as dozens of requests.
constexpr int kSaves = 16;

// The simulated AWS that all inputs meet in the state in which it begins.
struct World : crossrole::fuzz::SimWorld {
  std::string token{};
  std::string beginning{};
  int kept = 0;

  World() {
    const http::Response made = Ask({.method = "POST", .target = "/_sim/scim/tokens", .path = "/_sim/scim/tokens", .body = "{}"});
    token = std::string(base::ParseJson(made.body)->at("token").as_string());
    beginning = cloud.Save();
  }
  http::Response Ask(const http::Request& request) {
    http::Response response;
    cloud.Handle(request, [&](sim::Answer answer) { response = std::move(answer.response); });
    return response;
  }
};

std::string_view TakeUntil(std::string_view& text, std::string_view mark) {
  const std::size_t end = text.find(mark);
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + mark.size());
  return taken;
}

std::string WithIds(std::string_view text, const std::vector<std::string>& ids) {
  std::string filled;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t number = text[i] == '$' && i + 1 < text.size() ? static_cast<std::size_t>(text[i + 1]) - '0' : ids.size();
    if (number < ids.size()) filled += ids[number];
    else filled += text[i];
    if (number < ids.size()) ++i;
  }
  return filled;
}

// What an answer must be, and what it made.
void CheckAnswer(const http::Response& answer, std::vector<std::string>& ids) {
  const auto body = base::ParseJson(answer.body, {.bytes = std::size_t{1} << 26, .depth = 64});
  const bool is_empty = answer.status == 204;
  const bool is_known = answer.status == 200 || answer.status == 201 || is_empty || (answer.status >= 400 && answer.status < 500);
  const bool good = is_known && (is_empty ? answer.body.empty() : body.has_value() && body->is_object());
  if (!good) std::fprintf(stderr, "%d\n%s\n", answer.status, answer.body.c_str());
  Require(good);
  if (answer.status >= 400) Require(body->at("status").as_string() == std::to_string(answer.status));
  if (answer.status == 201) ids.emplace_back(body->at("id").as_string());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  if (size > 64 * 1024) return 0;
  std::string_view text = crossrole::fuzz::TextOf(data, size);
  std::vector<std::string> ids;
  bool changed = false;
  for (int number = 0; number < kRequests && !text.empty(); ++number) {
    std::string_view part = TakeUntil(text, "\n\n");
    std::string_view line = TakeUntil(part, "\n");
    const std::string method(TakeUntil(line, " "));
    const std::string raw = "/scim/v2" + WithIds(line, ids);
    const auto target = http::ParseTarget(raw);
    if (!target) continue;
    http::Request request{.method = method, .target = raw, .path = target->path, .query = target->query, .body = WithIds(part, ids)};
    request.headers.Add("Authorization", "Bearer " + world.token);
    const http::Response answer = world.Ask(request);
    CheckAnswer(answer, ids);
    changed = changed || (answer.status < 300 && method != "GET");
    world.clock.Advance(std::chrono::seconds(1));
  }
  if (!changed) return 0;
  if (++world.kept % kSaves == 0) {
    const std::string saved = world.cloud.Save();
    Require(world.cloud.Load(saved).has_value() && world.cloud.Save() == saved);
  }
  Require(world.cloud.Load(world.beginning).has_value());
  return 0;
}
