// SPDX-License-Identifier: Apache-2.0
// sts --port P --operation identity|assume [--role ARN --external-id X] [--connections 1] (--count N | --milliseconds
// T) [--warm-up W] Sends requests that were signed before: what is measured is the other side, our simulated AWS or
// moto.
#include "aws/sts.h"

#include <fmt/format.h>

#include "aws/sign.h"
#include "base/clock.h"
#include "cloud.h"
#include "commands.h"
#include "load.h"

namespace crossrole::bench {
namespace {

// Each is sent many times; a signature is good for minutes.
constexpr std::size_t kDistinct = 2000;

aws::WireRequest RequestOf(const Arguments& arguments, std::size_t number) {
  if (arguments.Text("--operation") == "identity") return aws::EncodeRequest<aws::sts::GetCallerIdentity>({});
  return aws::EncodeRequest<aws::sts::AssumeRole>({.role_arn = arguments.Text("--role"),
                                                   .role_session_name = fmt::format("session-{}", number),
                                                   .duration_seconds = 3600,
                                                   .external_id = arguments.Text("--external-id")});
}

std::string Signed(const Arguments& arguments, const aws::Credentials& keys, std::size_t number) {
  const aws::WireRequest wire = RequestOf(arguments, number);
  aws::HttpRequest request{.scheme = "http",
                           .host = "127.0.0.1",
                           .port = static_cast<std::uint16_t>(arguments.Number("--port", 0)),
                           .headers = {{"Content-Type", wire.content_type}},
                           .body = wire.body};
  aws::SignRequest(request, keys, {.region = "us-east-1", .service = "sts"}, base::SystemClock().Now());
  std::string text = fmt::format("POST / HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n", aws::HostHeader(request),
                                 request.body.size());
  for (const aws::Header& header : request.headers) text += fmt::format("{}: {}\r\n", header.name, header.value);
  return text + "\r\n" + request.body;
}

}  // namespace

boost::json::object RunSts(const Arguments& arguments) {
  const aws::Credentials keys = KeysOfEnvironment();
  std::vector<std::string> requests;
  for (std::size_t i = 0; i < kDistinct; ++i) requests.push_back(Signed(arguments, keys, i));
  return Run({.port = static_cast<std::uint16_t>(arguments.Number("--port", 0)),
              .connections = arguments.Number("--connections", 1),
              .count = arguments.Number("--count", 0),
              .time = std::chrono::milliseconds(arguments.Number("--milliseconds", 0)),
              .warm_up = arguments.Number("--warm-up", 0),
              .request = [&](std::size_t number) -> std::string_view { return requests[number % kDistinct]; }})
      .ToJson();
}

}  // namespace crossrole::bench
