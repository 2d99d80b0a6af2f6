// SPDX-License-Identifier: Apache-2.0
#include "aws/internal/local_sources.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <future>

#include "aws/internal/run_process.h"
#include "base/json.h"
#include "base/text.h"
#include "model/arn.h"

namespace crossrole::aws::internal {
namespace {

using base::Code;
using base::Fail;
using std::chrono::seconds;

constexpr std::string_view kContainerSource = "the container credentials endpoint";
constexpr std::string_view kInstanceSource = "the instance metadata service";
constexpr int kContainerAttempts = 3;

std::string Text(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(boost::json::string_view(name.data(), name.size()));
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

void Pause(Transport& transport, std::chrono::microseconds time) {
  auto over = std::make_shared<std::promise<void>>();
  auto wait = over->get_future();
  transport.RunAfter(time, [over] { over->set_value(); });
  wait.wait();
}

bool IsLoopbackAddress(std::string_view host) {
  in_addr v4{};
  if (inet_pton(AF_INET, std::string(host).c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  in6_addr v6{};
  return inet_pton(AF_INET6, std::string(host).c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

// Plain http may carry keys only where no network lies between.
bool MayAskWithoutTls(std::string_view host) {
  constexpr std::array<std::string_view, 4> kKnown = {"169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", "localhost"};
  return std::ranges::find(kKnown, host) != kKnown.end() || IsLoopbackAddress(host);
}

base::Result<HttpRequest> ContainerRequest(const Environment& environment) {
  const std::string relative = Lookup(environment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const std::string full = relative.empty() ? Lookup(environment, "AWS_CONTAINER_CREDENTIALS_FULL_URI") : "http://169.254.170.2" + relative;
  auto request = RequestTo(full);
  if (!request.has_value()) return Fail(BrokenSource(kContainerSource, request.error().message));
  if (request->scheme != "https" && !MayAskWithoutTls(request->host)) {
    return Fail(BrokenSource(kContainerSource, fmt::format("`{}` may not be asked without TLS: only loopback addresses and those of ECS and EKS may", request->host)));
  }
  request->method = "GET";
  request->repeat = Repeat::kIdempotent;
  request->route = Route::kDirect;
  request->headers = {{"Accept", "application/json"}};
  std::string token = Lookup(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
  if (const std::string file = Lookup(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); !file.empty()) {
    TRY_ASSIGN(std::optional<std::string> text, ReadSmallFile(file, 64 << 10));
    if (!text) return Fail(BrokenSource(kContainerSource, fmt::format("the token file `{}` does not exist", file)));
    token = std::move(*text);
    // The SDKs refuse a line end; it cannot be part of a token, and editors add one.
    while (token.ends_with('\n') || token.ends_with('\r')) token.pop_back();
  }
  if (token.find_first_of("\r\n") != std::string::npos) return Fail(BrokenSource(kContainerSource, "its token has more than one line"));
  if (!token.empty()) request->headers.push_back({"Authorization", token});
  return request;
}

base::Error AnswerError(std::string_view source, const base::Result<HttpResponse>& answer) {
  if (answer.has_value()) return BrokenSource(source, fmt::format("it answered with status {}", answer->status));
  return base::WithContext(answer.error(), source);
}

// One conversation with the metadata service.
class Instance {
 public:
  Instance(const ChainConfig& config, const Section& profile, base::Deadline deadline) : config_(config), profile_(profile), deadline_(deadline) {}

  base::Result<std::optional<Credentials>> Fetch() {
    using None = std::optional<Credentials>;
    if (base::EqualsIgnoreCase(Lookup(config_.environment, "AWS_EC2_METADATA_DISABLED"), "true")) return None();
    TRY_ASSIGN(const bool found, FetchToken());
    if (!found) return None();
    constexpr std::string_view kRoles = "latest/meta-data/iam/security-credentials/";
    TRY_ASSIGN(auto roles, Send("GET", kRoles));
    if (!roles.has_value() || roles->status != 200) return None();
    const std::string_view role = base::Trim(std::string_view(roles->body).substr(0, roles->body.find('\n')));
    if (role.empty()) return None();
    if (!model::IsRoleName(role)) return Fail(BrokenSource(kInstanceSource, "it answered something that is not the name of a role"));
    TRY_ASSIGN(auto keys, Send("GET", fmt::format("{}{}", kRoles, role)));
    if (!keys.has_value() || keys->status != 200) return Fail(AnswerError(kInstanceSource, keys));
    TRY_ASSIGN(Credentials credentials, ParseCredentialsJson(keys->body, "Token", std::string(kInstanceSource)));
    return std::optional(std::move(credentials));
  }

 private:
  std::string Setting(std::string_view variable, std::string_view name) const {
    const std::string value = Lookup(config_.environment, variable);
    return value.empty() ? profile_.Get(name) : value;
  }

  int Number(std::string_view variable, std::string_view name, int standard) const {
    const std::string text = Setting(variable, name);
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && value >= 1 && value <= 60 ? value : standard;
  }

  std::string Url(std::string_view path) const {
    std::string base = Setting("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
    if (base.empty()) {
      const bool v6 = base::EqualsIgnoreCase(Setting("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode"), "ipv6");
      base = v6 ? "http://[fd00:ec2::254]/" : "http://169.254.169.254/";
    }
    if (!base.ends_with('/')) base += '/';
    return base + std::string(path);
  }

  // The outer result: is the configuration usable; the inner one: what came back.
  base::Result<base::Result<HttpResponse>> Send(std::string method, std::string_view path) {
    auto request = RequestTo(Url(path));
    if (!request.has_value()) return Fail(BrokenSource(kInstanceSource, request.error().message));
    request->method = std::move(method);
    request->repeat = Repeat::kIdempotent;
    request->route = Route::kDirect;
    if (request->method == "PUT") request->headers.push_back({"X-aws-ec2-metadata-token-ttl-seconds", "21600"});
    if (!token_.empty()) request->headers.push_back({"X-aws-ec2-metadata-token", token_});
    const seconds limit(Number("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout", 1));
    const int attempts = Number("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts", 1);
    base::Result<HttpResponse> answer = Fail(Code::kUnavailable, "not asked");
    for (int i = 0; i < attempts; ++i) {
      answer = config_.transport.Send(*request, base::Deadline::Earlier(deadline_, base::Deadline::After(limit)));
      if (answer.has_value() && answer->status < 500) break;
    }
    return answer;
  }

  // False when there is no service to ask.
  base::Result<bool> FetchToken() {
    TRY_ASSIGN(auto answer, Send("PUT", "latest/api/token"));
    if (answer.has_value() && answer->status == 200) {
      token_ = std::string(base::Trim(answer->body));
      if (token_.empty() || !std::ranges::all_of(token_, [](char c) { return c > ' ' && c < 0x7f; })) {
        return Fail(BrokenSource(kInstanceSource, "its token is empty or malformed"));
      }
      return true;
    }
    if (answer.has_value() && answer->status == 400) return Fail(AnswerError(kInstanceSource, answer));
    if (!answer.has_value() && NothingSent(answer.error())) return false;
    // The answer to the first request was lost (a container behind a hop limit of one) or v2 is unknown: v1, if allowed.
    if (base::EqualsIgnoreCase(Setting("AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled"), "true")) {
      return Fail(BrokenSource(kInstanceSource, "it gave no token for version 2, and version 1 is switched off"));
    }
    return true;
  }

  const ChainConfig& config_;
  const Section& profile_;
  const base::Deadline deadline_;
  std::string token_;
};

}  // namespace

base::Error BrokenSource(std::string_view source, std::string_view why) {
  return {.code = Code::kFailedPrecondition, .message = fmt::format("{}: {}", source, why), .reason = "aws.credentials"};
}

base::Result<Credentials> ParseCredentialsJson(std::string& text, std::string_view token_name, std::string source) {
  const auto parsed = base::ParseJson(text);
  base::Wipe(text);
  if (!parsed.has_value() || !parsed->is_object()) return Fail(BrokenSource(source, "it answered something that is not a JSON object"));
  const boost::json::object& object = parsed->get_object();
  if (const std::string code = Text(object, "Code"); !code.empty() && code != "Success") {
    return Fail(BrokenSource(source, fmt::format("it answered {}", base::Shortened(code, 100))));
  }
  Credentials credentials{.access_key_id = Text(object, "AccessKeyId"),
                          .secret_access_key = base::Secret(Text(object, "SecretAccessKey")),
                          .session_token = base::Secret(Text(object, token_name)),
                          .source = std::move(source)};
  if (credentials.access_key_id.empty()) return Fail(MissingCredential(credentials.source, "AccessKeyId"));
  if (credentials.secret_access_key.empty()) return Fail(MissingCredential(credentials.source, "SecretAccessKey"));
  if (const std::string account = Text(object, "AccountId"); !account.empty()) credentials.account_id = account;
  if (const std::string expiration = Text(object, "Expiration"); !expiration.empty()) {
    const auto time = base::ParseRfc3339(expiration);
    if (!time.has_value()) return Fail(BrokenSource(credentials.source, "its `Expiration` is not a time"));
    credentials.expiration = *time;
  }
  return credentials;
}

bool HasContainerEndpoint(const Environment& environment) {
  return !Lookup(environment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").empty() || !Lookup(environment, "AWS_CONTAINER_CREDENTIALS_FULL_URI").empty();
}

base::Result<Credentials> FetchFromContainer(const ChainConfig& config, base::Deadline deadline) {
  for (int attempt = 1;; ++attempt) {
    TRY_ASSIGN(HttpRequest request, ContainerRequest(config.environment));
    auto answer = config.transport.Send(std::move(request), base::Deadline::Earlier(deadline, base::Deadline::After(seconds(2))));
    if (answer.has_value() && answer->status == 200) return ParseCredentialsJson(answer->body, "Token", std::string(kContainerSource));
    if (attempt == kContainerAttempts || deadline.Left() <= seconds(1)) return Fail(AnswerError(kContainerSource, answer));
    Pause(config.transport, seconds(1));
  }
}

base::Result<std::optional<Credentials>> FetchFromInstance(const ChainConfig& config, const Section& profile, base::Deadline deadline) {
  return Instance(config, profile, deadline).Fetch();
}

base::Result<Credentials> FetchFromProcess(const ChainConfig& config, std::string_view profile_name, const Section& profile,
                                           base::Deadline deadline) {
  const std::string source = fmt::format("the credential_process of profile `{}`", profile_name);
  const auto command = SplitCommand(profile.Get("credential_process"));
  if (!command.has_value() || command->empty()) {
    return Fail(BrokenSource(source, command.has_value() ? "the command is empty" : command.error().message));
  }
  auto ran = RunProcess(*command, config.environment, deadline);
  if (!ran.has_value()) return Fail(BrokenSource(source, ran.error().message));
  if (ran->exit_code != 0) {
    return Fail(BrokenSource(source, fmt::format("it ended with {}: {}", ran->exit_code, base::Trim(ran->standard_error))));
  }
  const auto parsed = base::ParseJson(ran->standard_output);
  const auto* object = parsed.has_value() ? parsed->if_object() : nullptr;
  const auto* version = object != nullptr ? object->if_contains("Version") : nullptr;
  if (object != nullptr && (version == nullptr || !version->is_int64() || version->get_int64() != 1)) {
    base::Wipe(ran->standard_output);
    return Fail(BrokenSource(source, "its answer must have `Version` 1"));
  }
  TRY_ASSIGN(Credentials credentials, ParseCredentialsJson(ran->standard_output, "SessionToken", source));
  if (const std::string account = profile.Get("aws_account_id"); !credentials.account_id && !account.empty()) credentials.account_id = account;
  return credentials;
}

}  // namespace crossrole::aws::internal
