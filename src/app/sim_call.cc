// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <fstream>
#include <sstream>
#include <thread>

#include "app/aws_setup.h"
#include "app/commands.h"
#include "aws/chain.h"
#include "aws/client.h"
#include "aws/cloudformation.h"
#include "aws/curl_transport.h"
#include "aws/iam.h"
#include "aws/settings.h"
#include "aws/sts.h"
#include "base/json.h"
#include "base/random.h"

namespace crossrole::app {
namespace {

using base::Code;
using base::Fail;

constexpr std::chrono::seconds kLimit{60};
constexpr std::chrono::milliseconds kPollEvery{200};

base::Result<std::string> ReadFile(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) return Fail(Code::kInvalidArgument, fmt::format("`{}` cannot be read", file));
  return text.str();
}

base::Status CreateStack(const aws::Client& client, const std::string& name, const std::string& file) {
  TRY_ASSIGN(std::string body, ReadFile(file));
  const aws::CallOptions options{.deadline = base::Deadline::After(kLimit)};
  TRY(client.Call<aws::cloudformation::CreateStack>(
      {.stack_name = name, .template_body = std::move(body), .capabilities = {"CAPABILITY_NAMED_IAM"}}, options));
  for (;;) {
    TRY_ASSIGN(const auto answer, client.Call<aws::cloudformation::DescribeStacks>({.stack_name = name}, options));
    const std::string status = answer.stacks.empty() ? "missing" : answer.stacks.front().stack_status;
    if (status == "CREATE_COMPLETE") return {};
    if (status != "CREATE_IN_PROGRESS") return Fail(Code::kAwsRefused, fmt::format("the stack `{}` is {}", name, status));
    std::this_thread::sleep_for(kPollEvery);
  }
}

// A trust as people write it by hand: our principal, and no external ID. `shown` is the integration as the API shows it.
base::Status CreateOpenRole(const aws::Client& client, const std::string& name, const std::string& shown) {
  TRY_ASSIGN(const auto value, base::ParseJson(shown));
  const auto* object = value.if_object();
  const auto* principal = object != nullptr ? object->if_contains("principal_arn") : nullptr;
  if (principal == nullptr || !principal->is_string()) return Fail(Code::kInvalidArgument, "no principal_arn in the integration");
  const std::string trust = fmt::format(
      R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{}"}},)"
      R"("Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}}]}})",
      std::string(principal->get_string()));
  TRY(client.Call<aws::iam::CreateRole>({.role_name = name, .assume_role_policy_document = trust},
                                        {.deadline = base::Deadline::After(kLimit)}));
  return {};
}

base::Status ShowCaller(const aws::Client& client) {
  TRY_ASSIGN(const auto caller, client.Call<aws::sts::GetCallerIdentity>({}, {.deadline = base::Deadline::After(kLimit)}));
  cli::Print(base::PrintJsonPretty(boost::json::object{{"UserId", caller.user_id}, {"Account", caller.account}, {"Arn", caller.arn}}) + "\n");
  return {};
}

base::Status Carry(const cli::Context& context, const cli::Arguments& arguments) {
  TRY_ASSIGN(const aws::Settings settings, aws::ReadSettings(context.environment, ""));
  if (!IsLoopbackUrl(settings.endpoints.for_all)) {
    return Fail({.code = Code::kFailedPrecondition,
                 .message = "this command works against a simulated AWS only",
                 .fix = "set AWS_ENDPOINT_URL to its address on loopback"});
  }
  const base::SystemClock clock;
  base::SystemRandom random;
  aws::CurlTransport transport({});
  const aws::Client client({.region = settings.region,
                            .endpoints = settings.endpoints,
                            .credentials = aws::StandardChain({.environment = context.environment,
                                                               .transport = transport,
                                                               .clock = clock,
                                                               .random = random,
                                                               .endpoints = settings.endpoints}),
                            .transport = transport,
                            .clock = clock,
                            .random = random});
  const std::string call = arguments.Text("call").value_or("");
  const std::string name = arguments.Text("name").value_or("");
  const std::string input = arguments.Text("input").value_or("");
  if (call == "get-caller-identity") return ShowCaller(client);
  if (call == "create-stack") return CreateStack(client, name, input);
  if (call == "create-open-role") return CreateOpenRole(client, name, input);
  return Fail(Code::kInvalidArgument, fmt::format("`{}` is not one of get-caller-identity, create-stack, create-open-role", call));
}

}  // namespace

int RunSimCall(const cli::Context& context, const cli::Arguments& arguments) {
  const base::Status done = Carry(context, arguments);
  return done ? 0 : cli::PrintError(context, done.error());
}

}  // namespace crossrole::app
