// SPDX-License-Identifier: Apache-2.0
// Reads one JSON object a line and answers one: what the codecs of src/aws make of a body, or where an endpoint is.
//   {"do": "request"|"response", "service", "operation", "body"}  the body, decoded and encoded again
//   {"do": "error", "status", "body"}                             what an error answer says
//   {"do": "endpoint", "service", "partition", "region", "fips", "dual_stack"}
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <iostream>
#include <map>
#include <string>

#include "aws/account.h"
#include "aws/aws_error.h"
#include "aws/cloudformation.h"
#include "aws/cloudtrail.h"
#include "aws/endpoints.h"
#include "aws/iam.h"
#include "aws/identitystore.h"
#include "aws/kms.h"
#include "aws/organizations.h"
#include "aws/sso.h"
#include "aws/sts.h"
#include "base/json.h"

namespace {

namespace json = boost::json;
using namespace crossrole;

std::string Text(const json::object& object, std::string_view key) {
  return std::string(object.at(json::string_view(key.data(), key.size())).as_string());
}

json::object Refusal(const base::Error& error) { return {{"error", error.message}, {"code", error.aws_code}}; }

const aws::Operation* Find(const std::string& service, const std::string& operation) {
  for (const aws::Service* known : {&aws::sts::kServiceFacts, &aws::iam::kServiceFacts,
                                    &aws::cloudformation::kServiceFacts, &aws::organizations::kServiceFacts,
                                    &aws::sso::kServiceFacts, &aws::identitystore::kServiceFacts,
                                    &aws::cloudtrail::kServiceFacts, &aws::account::kServiceFacts,
                                    &aws::kms::kServiceFacts}) {
    if (known->name == service) return aws::FindOperation(*known, operation);
  }
  return nullptr;
}

json::object Recode(const json::object& question) {
  const aws::Operation* operation = Find(Text(question, "service"), Text(question, "operation"));
  if (operation == nullptr) return {{"error", "no such operation"}};
  const std::string body = Text(question, "body");
  if (Text(question, "do") == "request") {
    const aws::AnyStruct input = aws::MakeInput(*operation);
    if (auto read = aws::DecodeRequestOf(*operation, body, input.get()); !read) return Refusal(read.error());
    if (auto valid = aws::ValidateInput(*operation, input.get()); !valid) return Refusal(valid.error());
    const aws::WireRequest request = aws::EncodeRequestOf(*operation, input.get());
    json::object answer = {{"body", request.body}, {"content_type", request.content_type}, {"path", request.path}};
    for (const auto& [name, value] : request.headers) answer[name] = value;
    return answer;
  }
  const aws::AnyStruct output = aws::MakeOutput(*operation);
  if (auto read = aws::DecodeResponseOf(*operation, body, output.get()); !read) return Refusal(read.error());
  return {{"body", aws::EncodeResponseOf(*operation, output.get(), "request-1")}};
}

json::object ReadError(const json::object& question) {
  const aws::HttpResponse response = {.status = static_cast<int>(question.at("status").as_int64()),
                                      .body = Text(question, "body")};
  return Refusal(aws::ParseAwsError(response));
}

json::object WriteError(const json::object& question) {
  const aws::Operation* operation = Find(Text(question, "service"), Text(question, "operation"));
  if (operation == nullptr) return {{"error", "no such operation"}};
  const aws::ServedError error =
      aws::ToServed(*operation->service, {.message = Text(question, "message"), .aws_code = Text(question, "code")});
  return {{"status", error.http_status}, {"body", aws::PrintError(*operation->service, error, "request-1")}};
}

json::object Locate(const json::object& question) {
  const std::string region = Text(question, "region");
  const aws::EndpointTarget target = {.partition = model::ParsePartition(Text(question, "partition")).value(),
                                      .region = region,
                                      .fips = aws::Fips{question.at("fips").as_bool()},
                                      .dual_stack = aws::DualStack{question.at("dual_stack").as_bool()}};
  const auto endpoint = aws::ResolveEndpoint(Text(question, "service"), target);
  if (!endpoint) return Refusal(endpoint.error());
  return {{"url", endpoint->url},
          {"signing_name", endpoint->signing_name},
          {"signing_region", endpoint->signing_region},
          {"variable", aws::EndpointVariable(Text(question, "service"))}};
}

json::object Services() {
  json::array names;
  for (const std::string_view name : aws::ServicesWithEndpoints()) names.emplace_back(name);
  return {{"services", std::move(names)}};
}

json::object Answer(const json::object& question) {
  const std::string what = Text(question, "do");
  if (what == "endpoint") return Locate(question);
  if (what == "services") return Services();
  if (what == "error") return ReadError(question);
  if (what == "print_error") return WriteError(question);
  return Recode(question);
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const auto question = base::ParseJson(line, {.bytes = std::size_t{16} << 20});
    if (!question || !question->is_object()) return 2;
    std::cout << base::PrintJson(Answer(question->get_object())) << std::endl;
  }
}
