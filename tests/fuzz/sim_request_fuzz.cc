// SPDX-License-Identifier: Apache-2.0
// Requests to the simulated AWS as they come from the network, one behind the other. Each is signed with the key of an
// administrator for the service that `Host` names, so that it gets past authentication. Whatever it asks for, it is
// answered, by one who did not fail, in the language of its protocol.
#include <fmt/format.h>
#include <pugixml.hpp>

#include <array>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdio>
#include <future>
#include <string>
#include <utility>

#include "aws/operation.h"
#include "aws/sign.h"
#include "base/json.h"
#include "base/text.h"
#include "http/internal/wire.h"
#include "input.h"
#include "sim/cloud.h"
#include "sim_world.h"

using crossrole::fuzz::Require;
namespace aws = crossrole::aws;
namespace base = crossrole::base;
namespace http = crossrole::http;
namespace sim = crossrole::sim;

namespace {

constexpr int kRequests = 16;
// What the signature itself writes.
constexpr std::array<std::string_view, 5> kSigned = {"Authorization", "X-Amz-Date", "X-Amz-Security-Token", "Date",
                                                     "Host"};

// The simulated AWS that all inputs meet in the state in which it begins.
struct World : crossrole::fuzz::SimWorld {
  aws::Credentials keys{};
  std::string beginning{};

  World() {
    const sim::AccountKeys account = cloud.Accounts().back();
    keys = {.access_key_id = account.access_key_id,
            .secret_access_key = base::Secret(std::string(account.secret_access_key))};
    beginning = cloud.Save();
  }
};

// "iam.amazonaws.com" and "iam" mean "iam".
std::string ServiceOf(const http::Headers& headers) {
  const std::string host(headers.Find("Host").value_or(""));
  return host.substr(0, host.find_first_of(".:"));
}

http::Request Signed(http::internal::RequestReader& reader, const World& world) {
  const std::string& target = reader.target();
  const std::size_t mark = target.find('?');
  aws::HttpRequest request{.method = reader.method(),
                           .scheme = "http",
                           .host = "127.0.0.1",
                           .path = target.substr(0, mark),
                           .query = mark == std::string::npos ? "" : target.substr(mark + 1),
                           .body = reader.body()};
  for (const http::Header& header : reader.headers().lines()) request.headers.push_back({header.name, header.value});
  for (const std::string_view name : kSigned) aws::RemoveHeader(request.headers, name);
  aws::SignRequest(request, world.keys, {.region = "us-east-1", .service = ServiceOf(reader.headers())},
                   world.clock.Now());
  http::Request received{.method = request.method,
                         .target = target,
                         .path = base::PercentDecode(request.path),
                         .body = std::move(request.body),
                         .remote_address = "127.0.0.1",
                         .request_id = "req_fuzz"};
  received.headers.Add("Host", aws::HostHeader(request));
  for (const aws::Header& header : request.headers) received.headers.Add(header.name, header.value);
  return received;
}

// Making the beginning anew costs as much as ten requests.
bool OnlyReads(const http::Request& request) {
  const std::string_view parameters =
      request.method == "GET" ? std::string_view(request.target).substr(request.target.find('?') + 1) : request.body;
  const auto action = aws::ReadAction(request.headers.Find("X-Amz-Target").value_or(""), parameters);
  const std::string name = action ? action->name : "";
  return name.empty() || name.starts_with("Get") || name.starts_with("List") || name.starts_with("Describe") ||
         name.starts_with("Simulate");
}

bool IsWellFormed(const http::Response& response) {
  const std::string type(response.headers.Find("Content-Type").value_or(""));
  if (type.find("xml") != std::string::npos) {
    pugi::xml_document document;
    return static_cast<bool>(document.load_buffer(response.body.data(), response.body.size()));
  }
  return type.find("json") == std::string::npos || base::ParseJson(response.body).has_value();
}

void CheckAnswer(const http::Response& response) {
  const bool good = response.status >= 200 && response.status < 600 && response.status != 500 && IsWellFormed(response);
  if (!good) fmt::print(stderr, "{}\n{}\n", response.status, response.body);
  Require(good);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  static const http::Limits limits;
  if (size > 64 * 1024) return 0;
  std::string_view text = crossrole::fuzz::TextOf(data, size);
  http::internal::RequestReader reader(limits);
  bool changed = false;
  for (int number = 0; number < kRequests && !text.empty(); ++number, reader.Reset()) {
    http::internal::Fed fed;
    do {
      fed = reader.Feed(text);
      text.remove_prefix(fed.consumed);
    } while (fed.progress == http::internal::Progress::kHeadDone);
    if (fed.progress != http::internal::Progress::kDone) break;
    // The routes that steer the simulation may make it fail: that is what they are for.
    if (base::PercentDecode(reader.target()).starts_with("/_sim")) continue;
    const http::Request request = Signed(reader, world);
    std::promise<http::Response> promise;
    world.cloud.Handle(request, [&](sim::Answer given) { promise.set_value(std::move(given.response)); });
    const http::Response answer = promise.get_future().get();
    CheckAnswer(answer);
    changed = changed || (answer.status == 200 && !OnlyReads(request));
    // So that stacks get on.
    world.clock.Advance(std::chrono::seconds(1));
  }
  if (changed) Require(world.cloud.Load(world.beginning).has_value());
  return 0;
}
