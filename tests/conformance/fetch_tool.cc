// SPDX-License-Identifier: Apache-2.0
// Fetches what it is told by our own transport: one JSON object a line on standard input ({url, ca_file, https_proxy}),
// one JSON object a line on standard output ({status, body} or {reason, nothing_sent, message}).

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <iostream>
#include <string>

#include "aws/curl_transport.h"
#include "base/json.h"

namespace crossrole {
namespace {

std::string Text(const boost::json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? std::string() : std::string(value->as_string().c_str());
}

boost::json::object Fetch(const boost::json::object& in) {
  aws::CurlTransport transport({.ca_file = Text(in, "ca_file"), .proxies = {.https = Text(in, "https_proxy")}});
  auto request = aws::RequestTo(Text(in, "url"));
  if (!request.has_value()) return {{"reason", "bad_url"}, {"message", request.error().message}};
  request->method = "GET";
  const auto answer = transport.Send(*std::move(request), base::Deadline::After(std::chrono::seconds(10)));
  if (!answer.has_value()) {
    return {{"reason", answer.error().reason}, {"nothing_sent", aws::NothingSent(answer.error())}, {"message", answer.error().message}};
  }
  return {{"status", answer->status}, {"body", answer->body}};
}

}  // namespace
}  // namespace crossrole

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto parsed = crossrole::base::ParseJson(line);
    if (!parsed.has_value()) return 2;
    std::cout << crossrole::base::PrintJson(crossrole::Fetch(parsed->as_object())) << std::endl;
  }
}
