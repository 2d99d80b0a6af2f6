// SPDX-License-Identifier: Apache-2.0
#include "aws/assume_role.h"

#include <fmt/format.h>

#include "aws/aws_error.h"
#include "aws/internal/role_calls.h"
#include "aws/sts.h"

namespace crossrole::aws {
namespace {

using base::Code;
using base::Fail;
using internal::RoleCalls;

sts::AssumeRoleInput InputOf(const model::RoleArn& role, std::optional<std::string_view> external_id, const SessionShape& shape) {
  sts::AssumeRoleInput input{.role_arn = role.text(),
                             .role_session_name = shape.session_name,
                             .policy = shape.session_policy,
                             .duration_seconds = static_cast<std::int32_t>(shape.duration.count()),
                             .source_identity = shape.source_identity};
  if (external_id) input.external_id = std::string(*external_id);
  for (const auto& [key, value] : shape.tags) input.tags.push_back({.key = key, .value = value});
  for (const std::string& arn : shape.policy_arns) input.policy_arns.push_back({.arn = arn});
  return input;
}

std::unexpected<base::Error> BadAnswer(std::string message) {
  return Fail({.code = Code::kAwsRefused, .message = "sts:AssumeRole: " + std::move(message), .reason = "aws.bad_answer"});
}

base::Result<AssumedRole> Read(base::Result<HttpResponse> answer, const AssumeRoleRequest& request, base::Time now) {
  TRY_ASSIGN(sts::AssumeRoleOutput output, RoleCalls::Decode<sts::AssumeRole>(std::move(answer)));
  sts::Credentials& given = output.credentials;
  if (given.access_key_id.empty()) return BadAnswer("the answer lacks `AccessKeyId`");
  if (given.secret_access_key.empty()) return BadAnswer("the answer lacks `SecretAccessKey`");
  if (given.session_token.empty()) return BadAnswer("the answer lacks `SessionToken`");
  // A session of another account would be handed to the wrong customer: better nothing than that.
  const auto session = model::Arn::Parse(output.assumed_role_user.arn);
  if (!session.has_value() || session->account != request.role().account().text() ||
      !session->resource.starts_with("assumed-role/" + request.role().name() + "/")) {
    return BadAnswer(fmt::format("the answer is for `{}`, which is not a session of `{}`", output.assumed_role_user.arn, request.role().text()));
  }
  if (given.expiration <= now) return BadAnswer(fmt::format("the credentials expired at {}", base::FormatRfc3339Seconds(given.expiration)));
  return AssumedRole{.credentials = {.access_key_id = std::move(given.access_key_id),
                                     .secret_access_key = std::move(given.secret_access_key),
                                     .session_token = std::move(given.session_token),
                                     .expiration = given.expiration,
                                     .account_id = request.role().account().text(),
                                     .source = fmt::format("role `{}`", request.role().text())},
                     .assumed_role_arn = std::move(output.assumed_role_user.arn),
                     .assumed_role_id = std::move(output.assumed_role_user.assumed_role_id),
                     .packed_policy_size = output.packed_policy_size,
                     .source_identity = std::move(output.source_identity)};
}

WireRequest Encode(const AssumeRoleRequest& request) {
  return EncodeRequest<sts::AssumeRole>(InputOf(request.role(), request.external_id().text(), request.shape()));
}

ProbeAnswer AnswerOf(const base::Error& error) {
  ProbeAnswer answer{.aws_code = error.aws_code, .message = error.message};
  if (const auto id = error.details.find("aws_request_id"); id != error.details.end() && !id->second.empty()) answer.aws_request_id = id->second[0];
  if (error.code == Code::kAwsRefused && error.aws_code == "AccessDenied") answer.outcome = ProbeOutcome::kDenied;
  return answer;
}

}  // namespace

base::Result<AssumedRole> AssumeRole(const Client& client, const AssumeRoleRequest& request, CallOptions options) {
  options.account = request.role().account().text();
  return Read(RoleCalls::Send(client, Encode(request), std::move(options)), request, client.AwsNow());
}

void SubmitAssumeRole(const Client& client, const AssumeRoleRequest& request, CallOptions options,
                      std::function<void(base::Result<AssumedRole>)> done) {
  options.account = request.role().account().text();
  RoleCalls::Submit(client, Encode(request), std::move(options),
                    [request, client, done = std::move(done)](base::Result<HttpResponse> answer) {
                      done(Read(std::move(answer), request, client.AwsNow()));
                    });
}

base::Result<ProbeAnswer> ProbeAssumeRole(const Client& client, const model::RoleArn& role,
                                          std::optional<std::string_view> external_id, const SessionShape& shape,
                                          CallOptions options) {
  options.account = role.account().text();
  auto answer = RoleCalls::Send(client, EncodeRequest<sts::AssumeRole>(InputOf(role, external_id, shape)), std::move(options));
  if (!answer.has_value()) {
    if (answer.error().code == Code::kInvalidArgument) return std::unexpected(std::move(answer).error());
    return AnswerOf(answer.error());
  }
  // A captive portal also answers 200.
  const bool is_sts = answer->body.contains("<AssumeRoleResult");
  base::Wipe(answer->body);
  if (!is_sts) return ProbeAnswer{.message = "sts:AssumeRole: the answer is not one of STS"};
  return ProbeAnswer{.outcome = ProbeOutcome::kAllowed, .aws_request_id = std::string(RequestIdOf(answer->headers))};
}

}  // namespace crossrole::aws
