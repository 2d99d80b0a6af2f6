// SPDX-License-Identifier: Apache-2.0
// Signs what it reads, for comparison with other people's signers: one JSON object a line on standard input
// ({method, url, headers: [[name, value]…], body (base 64), access_key_id, secret_access_key, session_token, region,
// service, date}), one JSON object a line on standard output ({authorization, verified}).

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <iostream>
#include <string>

#include "aws/sign.h"
#include "aws/verify_signature.h"
#include "base/crypto.h"
#include "base/json.h"

namespace crossrole {
namespace {

std::string Text(const boost::json::value& value) { return std::string(value.as_string().c_str(), value.as_string().size()); }

std::string Verified(const aws::HttpRequest& request, const std::string& host, const std::string& secret, base::Time now) {
  aws::ReceivedRequest received{.method = request.method, .path = request.path, .query = request.query, .body = request.body};
  for (const aws::Header& header : request.headers) received.headers.push_back({header.name, header.value});
  received.headers.push_back({"Host", host});
  const auto verified = aws::VerifySignature(
      received, {.find_secret = [&](std::string_view, std::string_view) { return std::optional(base::Secret(secret)); }, .now = now});
  return verified.has_value() ? "ok" : verified.error().message;
}

boost::json::object Answer(const boost::json::object& in) {
  auto request = aws::RequestTo(Text(in.at("url")));
  if (!request.has_value()) return {{"error", request.error().message}};
  request->method = Text(in.at("method"));
  request->body = *base::Base64Decode(Text(in.at("body")));
  for (const auto& header : in.at("headers").as_array()) {
    request->headers.push_back({Text(header.as_array().at(0)), Text(header.as_array().at(1))});
  }
  const std::string secret = Text(in.at("secret_access_key"));
  const base::Time now = *base::ParseAmzDate(Text(in.at("date")));
  aws::SignRequest(*request,
                   {.access_key_id = Text(in.at("access_key_id")),
                    .secret_access_key = base::Secret(secret),
                    .session_token = base::Secret(Text(in.at("session_token")))},
                   {.region = Text(in.at("region")), .service = Text(in.at("service"))}, now);
  return {{"authorization", aws::FindHeader(request->headers, "authorization")},
          {"verified", Verified(*request, aws::HostHeader(*request), secret, now)}};
}

}  // namespace
}  // namespace crossrole

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto parsed = crossrole::base::ParseJson(line);
    if (!parsed.has_value()) return 2;
    std::cout << crossrole::base::PrintJson(crossrole::Answer(parsed->as_object())) << '\n';
  }
}
