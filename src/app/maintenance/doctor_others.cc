// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "app/audit_setup.h"
#include "app/aws_setup.h"
#include "app/maintenance/doctor.h"
#include "app/sign_in_setup.h"
#include "aws/curl_transport.h"
#include "base/guarded.h"
#include "integration/aws_access.h"

// What an installation needs of others: AWS, and the listeners that its configuration names.

namespace crossrole::app {
namespace {

using base::Deadline;
using enum Health;

constexpr std::chrono::seconds kAwsLimit{15};
constexpr std::chrono::seconds kListenerLimit{5};
// Mail servers make whoever gives a wrong password wait.
constexpr std::chrono::seconds kMailLimit{20};

// Sees in answers how far this machine's clock is behind.
class DateWatch final : public aws::Transport {
 public:
  DateWatch(aws::Transport& inner, const base::Clock& clock) : inner_(inner), clock_(clock) {}

  void Submit(aws::HttpRequest request, Deadline deadline, Callback done) override {
    inner_.Submit(std::move(request), deadline, [this, done = std::move(done)](base::Result<aws::HttpResponse> answer) {
      if (answer) Note(aws::FindHeader(answer->headers, "Date"));
      done(std::move(answer));
    });
  }
  void RunAfter(std::chrono::microseconds delay, std::function<void()> task) override { inner_.RunAfter(delay, std::move(task)); }

  std::optional<std::chrono::seconds> behind() {
    return behind_.With([](auto& behind) { return behind; });
  }

 private:
  void Note(std::string_view date) {
    const auto theirs = base::ParseHttpDate(date);
    if (!theirs) return;
    const auto behind = std::chrono::duration_cast<std::chrono::seconds>(*theirs - clock_.Now());
    behind_.With([&](auto& noted) { noted = behind; });
  }

  aws::Transport& inner_;
  const base::Clock& clock_;
  base::Guarded<std::optional<std::chrono::seconds>> behind_{};
};

// Why an identity provider cannot be asked, which callers of the API are not told; "" when it can.
std::string WhyNot(aws::Transport& way, const std::string& issuer) {
  auto request = aws::RequestTo(issuer);
  if (!request) return "";
  request->method = "GET";
  if (IsLoopbackUrl(issuer)) request->route = aws::Route::kDirect;
  const auto answer = way.Send(*std::move(request), Deadline::After(kListenerLimit));
  return answer ? "" : answer.error().message;
}

}  // namespace

void Doctor::CheckIdentities() {
  const auto settings = aws::ReadSettings(environment_, configuration_.Text("identity.aws.profile"));
  if (!settings) return Explain("identity", settings.error());
  aws::CurlOptions curl{.proxies = settings->proxies};
  if (!settings->ca_file.empty()) curl.ca_file = settings->ca_file;
  aws::CurlTransport transport(curl);
  DateWatch watch(transport, clock_);
  const auto identities = ConfiguredIdentities({configuration_, environment_, *settings, watch, clock_, random_});
  integration::AwsAccess aws({.identities = identities,
                              .endpoints = settings->endpoints,
                              .fips = settings->fips,
                              .dual_stack = settings->dual_stack,
                              .transport = watch,
                              .clock = clock_,
                              .random = random_,
                              .user_agent = std::string(kUserAgent)});
  for (const auto& [partition, configured] : identities) {
    const std::string name = fmt::format("identity {}", model::FactsOf(partition).name);
    const Deadline deadline = Deadline::After(kAwsLimit);
    const auto found = configured.credentials->Get(deadline);
    if (!found) {
      Say(name, kProblem, fmt::format("there are no AWS credentials that work: {}", found.error().message),
          found.error().fix.empty() ? "give the server AWS credentials, and run this in the server's own environment" : found.error().fix);
      continue;
    }
    const auto identity = aws.Discover(partition, deadline);
    if (!identity) {
      Say(name, kProblem, fmt::format("the credentials of {} do not do: {}", (*found)->source, identity.error().message),
          identity.error().fix.empty() ? "give the server credentials that are valid, and a way to AWS STS" : identity.error().fix);
      continue;
    }
    const bool is_session = identity->chaining == integration::Chaining::kYes;
    Say(name, kOk,
        fmt::format("the credentials of {} are those of {} in account {}{}", (*found)->source, identity->principal_arn, identity->account.text(),
                    is_session ? ", a role: sessions of it last an hour at most" : ""));
  }
  if (const auto behind = watch.behind()) findings_.push_back(JudgeClock(*behind));
}

void Doctor::CheckSinks() {
  const auto sinks = ConfiguredSinks(configuration_, clock_);
  if (!sinks) return Explain("audit sinks", sinks.error());
  for (const ConfiguredSink& each : *sinks) {
    SinkFacts facts{.name = each.name, .server_runs = server_runs_};
    // What a data directory without a log says is told elsewhere.
    const auto lag = audit::LagOf(data_, each.name);
    if (lag) facts.lag = *lag;
    if (!lag && lag.error().code == base::Code::kInvalidArgument) {
      Explain("audit sinks", lag.error());
      continue;
    }
    const base::Status reached = each.sink->Check(Deadline::After(std::min(each.deadline, kListenerLimit)));
    if (!reached) facts.failure = reached.error().message;
    findings_.push_back(JudgeSink(facts, clock_.Now()));
  }
}

void Doctor::CheckMessengers() {
  const auto messengers = MakeMessengers(configuration_, clock_, random_);
  if (!messengers) return Explain("mail", messengers.error());
  const auto report = [&](std::string_view name, const base::Status& reached, std::string_view fix) {
    if (reached) return Say(name, kOk, "it can be reached");
    Say(name, kProblem, fmt::format("it cannot be used: {}", reached.error().message), std::string(fix));
  };
  if (messengers->mailer) {
    report("mail", messengers->mailer->Check(Deadline::After(kMailLimit)), "correct the section `mail`, or bring the mail server back");
  } else {
    Say("mail", kOk, "no mail is sent: `mail.url` is not set");
  }
  if (messengers->webhook) {
    report("notification webhook", messengers->webhook->Check(Deadline::After(kListenerLimit)),
           "correct the section `notification`, or bring the receiver back");
  }
}

void Doctor::CheckIdentityProviders() {
  const auto known = ReadIdentityProviders(configuration_);
  if (!known) return Explain("identity providers", known.error());
  const auto settings = aws::ReadSettings(environment_, configuration_.Text("identity.aws.profile"));
  if (!settings) return;
  aws::CurlOptions curl{.proxies = settings->proxies};
  if (!settings->ca_file.empty()) curl.ca_file = settings->ca_file;
  aws::CurlTransport transport(curl);
  const OwnIssuerWays own(*known, settings->proxies);
  const auto ways = own.ways();
  tenancy::Issuers issuers(transport, clock_, {}, ways);
  for (const std::string& issuer : known->Issuers()) {
    const std::string name = fmt::format("identity provider {}", issuer);
    if (const auto facts = issuers.FactsOf(issuer); !facts) {
      const auto way = ways.find(issuer);
      const std::string why = WhyNot(way == ways.end() ? transport : *way->second, issuer);
      Say(name, kProblem, facts.error().message + (why.empty() ? "" : ": " + why), "bring it back, correct `issuer`, or name its authorities by `ca_file`; until then nobody signs in there");
    } else {
      Say(name, kOk, "it publishes its addresses and keys");
    }
  }
}

}  // namespace crossrole::app
