// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "aws/aws_error.h"
#include "aws/iam.h"
#include "aws/operation.h"
#include "aws/sign.h"
#include "aws/sts.h"
#include "base/random.h"
#include "fakes/fake_clock.h"
#include "fakes/sim_transport.h"
#include "sim/cloud.h"

namespace crossrole::fakes {

/// AWS's own words in an error of the client, without the code in front of them.
inline std::string AwsWords(const base::Error& error) {
  const std::string prefix = "aws answered " + error.aws_code + ": ";
  return error.message.starts_with(prefix) ? error.message.substr(prefix.size()) : error.message;
}

/// A simulated AWS on a clock that stands still, and calls to it that are signed as a client's are.
class SimLab {
 public:
  explicit SimLab(sim::CloudOptions options = {}) : cloud_(WithPorts(std::move(options))), transport_(cloud_) {}

  /// The keys of the administrator of account `index`: 0 the platform, 1 the management account.
  aws::Credentials Admin(std::size_t index) const {
    const sim::AccountKeys account = cloud_.Accounts().at(index);
    return {.access_key_id = account.access_key_id, .secret_access_key = base::Secret(std::string(account.secret_access_key))};
  }
  /// The id of account `index`.
  std::string Id(std::size_t index) const { return cloud_.Accounts().at(index).account_id; }
  /// The ARN of its administrator.
  std::string AdminArn(std::size_t index) const { return "arn:aws:iam::" + Id(index) + ":user/administrator"; }

  /// A signed request for `Op`.
  template <typename Op>
  aws::HttpRequest Sign(const aws::Credentials& credentials, const typename Op::Input& input, std::string_view region) const {
    const aws::WireRequest wire = aws::EncodeRequest<Op>(input);
    aws::HttpRequest request{.scheme = "http", .host = "127.0.0.1", .port = 4566, .path = wire.path, .body = wire.body};
    request.headers.push_back({"Content-Type", wire.content_type});
    for (const auto& [name, value] : wire.headers) request.headers.push_back({name, value});
    const aws::SigningScope scope{.region = std::string(region), .service = std::string(Op::kFacts.service->signing_name)};
    aws::SignRequest(request, credentials, scope, clock_.Now());
    return request;
  }
  /// Sends a request. Errors: those of the transport.
  base::Result<aws::HttpResponse> Send(aws::HttpRequest request) {
    return transport_.Send(std::move(request), base::Deadline::After(std::chrono::seconds(60)));
  }
  /// Calls `Op`. Errors: AWS's, with `aws_code`.
  template <typename Op>
  base::Result<typename Op::Output> Call(const aws::Credentials& credentials, const typename Op::Input& input,
                                         std::string_view region = "us-east-1") {
    TRY_ASSIGN(const aws::HttpResponse response, Send(Sign<Op>(credentials, input, region)));
    if (response.status != 200) return base::Fail(aws::ParseAwsError(response));
    return aws::DecodeResponse<Op>(response.body);
  }
  /// The same for calls that must succeed.
  template <typename Op>
  typename Op::Output Must(const aws::Credentials& credentials, const typename Op::Input& input,
                           std::string_view region = "us-east-1") {
    auto output = Call<Op>(credentials, input, region);
    if (!output) {
      ADD_FAILURE() << Op::kName << ": " << output.error().aws_code << ": " << output.error().message;
      return {};
    }
    return *std::move(output);
  }
  /// AWS's error code for a call; "" when it succeeds.
  template <typename Op>
  std::string Refusal(const aws::Credentials& credentials, const typename Op::Input& input,
                      std::string_view region = "us-east-1") {
    const auto output = Call<Op>(credentials, input, region);
    return output ? "" : output.error().aws_code;
  }

  /// A request to a route of the simulation itself.
  http::Response Control(std::string method, std::string path, std::string body = "") {
    http::Response response;
    cloud_.Handle({.method = std::move(method), .target = path, .path = path, .body = std::move(body), .request_id = "req_test"},
                  [&](sim::Answer answer) { response = std::move(answer.response); });
    return response;
  }

  /// Makes a role in account `index` that trusts `principal`, without a condition; its ARN.
  std::string MakeRole(std::size_t index, const std::string& name, const std::string& trust) {
    return Must<aws::iam::CreateRole>(Admin(index), {.role_name = name, .assume_role_policy_document = trust}).role.arn;
  }
  /// Credentials of a session of `role_arn`.
  aws::Credentials Assume(const aws::Credentials& credentials, aws::sts::AssumeRoleInput input) {
    return Take(Must<aws::sts::AssumeRole>(credentials, std::move(input)).credentials);
  }
  /// What an answer of STS hands out.
  static aws::Credentials Take(aws::sts::Credentials given) {
    return {.access_key_id = given.access_key_id,
            .secret_access_key = std::move(given.secret_access_key),
            .session_token = std::move(given.session_token),
            .expiration = given.expiration};
  }

  FakeClock& clock() { return clock_; }
  sim::Cloud& cloud() { return cloud_; }
  SimTransport& transport() { return transport_; }

 private:
  sim::CloudOptions WithPorts(sim::CloudOptions options) {
    options.clock = &clock_;
    options.random = &random_;
    return options;
  }

  FakeClock clock_;
  base::SystemRandom random_;
  sim::Cloud cloud_;
  SimTransport transport_;
};

/// A trust policy that lets `principal` assume the role and tag its sessions.
inline std::string TrustFor(const std::string& principal) {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":")" + principal +
         R"("},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}]})";
}

/// A permission policy that allows `actions` (comma-separated) on everything.
inline std::string Allow(std::string_view actions) {
  std::string list;
  while (!actions.empty()) {
    const std::size_t comma = actions.find(',');
    list += (list.empty() ? "\"" : ",\"") + std::string(actions.substr(0, comma)) + "\"";
    actions.remove_prefix(comma == std::string_view::npos ? actions.size() : comma + 1);
  }
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[)" + list + R"(],"Resource":"*"}]})";
}

}  // namespace crossrole::fakes
