// SPDX-License-Identifier: Apache-2.0
#include "app/installation.h"

#include <fmt/format.h>

#include <atomic>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "api/events.h"
#include "api/serve.h"
#include "api/services.h"
#include "app/audit_setup.h"
#include "app/aws_setup.h"
#include "app/data_directory.h"
#include "app/keyring_setup.h"
#include "app/maintenance/notes.h"
#include "app/product_metrics.h"
#include "app/sign_in_setup.h"
#include "app/version.h"
#include "audit/log.h"
#include "aws/budget.h"
#include "aws/circuits/circuits.h"
#include "aws/curl_transport.h"
#include "base/random.h"
#include "base/text.h"
#include "http/dispatch.h"
#include "http/rate_limiter.h"
#include "http/server.h"
#include "integration/keyed_job.h"
#include "integration/notice_changes.h"
#include "integration/notices/notifications.h"
#include "integration/verify.h"
#include "jobs/runner.h"
#include "keyring/keyring.h"
#include "keyring/personal_data.h"
#include "organization/import.h"
#include "session/mint.h"
#include "tenancy/bootstrap.h"

namespace crossrole::app {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr std::chrono::seconds kDiscoverLimit{10};
constexpr std::chrono::seconds kNotifyLimit{15};
constexpr std::chrono::seconds kIdentityInterval{60};
constexpr std::chrono::seconds kSweepInterval{60};
constexpr std::chrono::seconds kUsesInterval{60};
constexpr std::chrono::seconds kNotesInterval{5};
constexpr std::size_t kSealedKeySize = 32;
// Buckets of requests, eight in a set: 65,536 addresses and 16,384 tokens, in 640 KiB.
constexpr std::size_t kAddressSets = 8192;
constexpr std::size_t kTokenSets = 2048;
// Of the time to stop: so much is left to answer and to record when AWS has not answered by then.
constexpr std::chrono::seconds kWithoutAws{5};
constexpr std::chrono::seconds kToFlush{2};

base::Level LevelOf(std::string_view name) {
  if (name == "debug") return base::Level::kDebug;
  if (name == "warning") return base::Level::kWarning;
  return name == "error" ? base::Level::kError : base::Level::kInfo;
}

void ReportClock(const base::Log& log, const aws::ClientEvent& event) {
  if (event.kind != aws::ClientEvent::Kind::kClockSkew) return;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(event.delay).count();
  log.Write(base::Level::kWarning, "aws.clock_corrected",
            {{"message", "this machine's clock is wrong: requests are signed with the time that AWS says; set the clock"},
             {"behind_seconds", std::int64_t{seconds}},
             {"service", event.service},
             {"operation", event.operation},
             {"region", event.region}});
}

void ReportCircuit(const base::Log& log, const aws::CircuitKey& key, bool is_open) {
  log.Write(is_open ? base::Level::kWarning : base::Level::kInfo, is_open ? "aws.circuit_open" : "aws.circuit_closed",
            {{"service", key.service}, {"region", key.region}, {"account", key.account}});
}

std::string HostOf(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return "";
  const std::string_view rest = url.substr(scheme + 3);
  return std::string(rest.substr(0, rest.find('/')));
}

// Of what whoever watches the server should know; never of a tenant's account.
std::vector<std::string> Warnings(const audit::Sinks& sinks, const aws::Circuits& circuits) {
  std::vector<std::string> warnings = SinkWarnings(sinks);
  for (const aws::CircuitKey& key : circuits.Open()) {
    if (key.account.empty()) warnings.push_back(fmt::format("{} in `{}` does not answer: calls are refused meanwhile", key.service, key.region));
  }
  return warnings;
}

}  // namespace

base::Result<ListenAddress> ParseListenAddress(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  ListenAddress address;
  const char* end = text.data() + text.size();
  // The number comes last: it is read only where there is a colon, and 99999 is none.
  const auto is_port = [&] {
    const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, address.port);
    return rest == end && error == std::errc();
  };
  if (colon == std::string_view::npos || colon == 0 || !is_port()) {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = fmt::format("`{}` is not an address and port", base::Shortened(text, 80)),
                      .field = "listen",
                      .fix = "give it like 127.0.0.1:8420"});
  }
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  address.host = std::string(host);
  return address;
}

// In the order of construction: each part uses those above it and dies before them.
struct Installation::Parts {
  InstallationOptions options;
  DataDirectory data;
  base::SystemClock clock{};
  base::SystemRandom random{};
  api::EventFanOut events{fmt::format("{:x}", base::ToMicros(clock.Now()))};
  std::optional<keyring::PersonalData> personal_data{};
  std::unique_ptr<store::Store> store{};
  std::optional<audit::CheckpointKey> checkpoint_key{};
  std::shared_ptr<keyring::MasterKeySource> master_key{};
  std::unique_ptr<keyring::Keyring> keyring{};
  std::vector<audit::Record> read_early{};  // what was read before there was a log
  std::unique_ptr<audit::Log> audit{};
  Messengers messengers{};
  std::unique_ptr<audit::Sinks> sinks{};
  std::unique_ptr<jobs::Queue> queue{};
  aws::Settings aws_settings{};
  std::unique_ptr<aws::CurlTransport> transport{};
  std::unique_ptr<aws::Budgets> budgets{};
  std::unique_ptr<aws::Circuits> circuits{};
  std::unique_ptr<integration::AwsAccess> aws{};
  integration::Settings settings{};
  std::optional<integration::Ports> ports{};
  std::unique_ptr<session::SessionCache> cache{};
  integration::Known known{4096};
  tenancy::Memory memory{};
  std::optional<session::Ports> session_ports{};
  std::unique_ptr<integration::Verifier> verifier{};
  http::Registry metrics{};
  std::optional<http::RateLimiter> by_address{};
  std::optional<http::RateLimiter> by_token{};
  std::unique_ptr<http::Dispatcher> dispatcher{};
  std::optional<api::Services> services{};
  std::unique_ptr<api::Api> api{};
  std::unique_ptr<SignInSetup> sign_in{};  // its threads give answers to what is above
  std::unique_ptr<jobs::Runner> runner{};
  std::unique_ptr<http::Server> server{};
  std::unique_ptr<http::Server> metrics_server{};
  bool first_start = false;
  std::atomic<bool> stopped{false};

  base::Status OpenStorage();
  base::Status RecordRead(const keyring::Owner& owner, std::string_view name);
  base::Status OpenAudit();
  base::Status OpenPersonalData();
  base::Status AddNotifications();
  SinkParts ForSinks() const { return {options.configuration, *audit, data.path(), clock, *options.log}; }
  base::Status OpenAws();
  base::Status FindIdentities();
  base::Status Compose();
  void MakeRunner();
  void StoreUses();
  http::ServerOptions ListenOptions(const ListenAddress& address) const;
  base::Status StartMetrics();
  void WarnOfFixed(const Configuration& configuration) const;
  void SetLimits(const Configuration& configuration);
  void Record(audit::Action action) const;
};

base::Status Installation::Parts::OpenStorage() {
  TRY_ASSIGN(store, store::Store::Open({.path = data.File("crossrole.db")}));
  TRY_ASSIGN(master_key, ConfiguredMasterKey({options.configuration, options.environment, data.path(), clock, random}));
  TRY_ASSIGN(keyring, keyring::Keyring::Open({*store, clock, random, *master_key, [this](const keyring::Owner& owner, std::string_view name) {
                                                       return RecordRead(owner, name);
                                                     }}));
  TRY(OpenAudit());
  TRY(OpenPersonalData());
  queue = std::make_unique<jobs::Queue>(*store, clock, random);
  const tenancy::BootstrapPorts bootstrap{*store, clock, random};
  TRY(tenancy::EnsureDefaultTenant(bootstrap));
  TRY_ASSIGN(first_start, tenancy::WriteFirstToken(bootstrap, data.File("admin-token")));
  return {};
}

// Nothing is used that no record tells of. The key that signs records comes before the log.
base::Status Installation::Parts::RecordRead(const keyring::Owner& owner, std::string_view name) {
  audit::Record record{.action = "secret.read", .tenant = owner, .actor = "system", .target = std::string(name)};
  if (audit) {
    TRY(audit->AppendAndWait(std::move(record)));
  } else {
    read_early.push_back(std::move(record));
  }
  return {};
}

base::Status Installation::Parts::OpenPersonalData() {
  TRY_ASSIGN(const base::Secret key, keyring->GetOrMake(std::nullopt, keyring::kPersonalDataKey, kSealedKeySize));
  personal_data.emplace(key, random);
  store->UsePersonalData(*personal_data);
  return keyring::SealPersonalData(*store);
}

base::Status Installation::Parts::OpenAudit() {
  TRY_ASSIGN(const base::Secret seed, keyring->GetOrMake(std::nullopt, kCheckpointKey, kSealedKeySize));
  checkpoint_key.emplace(seed);
  TRY_ASSIGN(audit, audit::Log::Open({.data = data.path(),
                                      .clock = &clock,
                                      .random = &random,
                                      .checkpoint_key = &*checkpoint_key,
                                      .on_record = [this](const audit::Record& record) {
                                        if (sinks) sinks->Wake();
                                        if (services) api::PublishRecord(*services, record);
                                      },
                                      .on_full = [log = options.log](const base::Error& error) {
                                        log->Write(base::Level::kError, "audit.refused", {{"error", error.message}, {"fix", error.fix}});
                                      }}));
  for (audit::Record& record : read_early) TRY(audit->AppendAndWait(std::move(record)));
  TRY(WritePublicKey(data.path(), *checkpoint_key));
  TRY_ASSIGN(sinks, MakeSinks(ForSinks()));
  return AddNotifications();
}

base::Status Installation::Parts::AddNotifications() {
  TRY_ASSIGN(messengers, MakeMessengers(options.configuration, clock, random));
  if (!messengers.mailer && !messengers.webhook) return {};
  integration::NotificationPorts to{.store = *store,
                                    .mailer = messengers.mailer.get(),
                                    .webhook = messengers.webhook.get(),
                                    .clock = clock,
                                    .log = *options.log,
                                    .link_base = OwnUrl(options.configuration)};
  return sinks->Add("notifications", kNotifyLimit, std::make_unique<integration::Notifications>(std::move(to)), audit::SinkBegins::kNow);
}

base::Status Installation::Parts::OpenAws() {
  const Configuration& configuration = options.configuration;
  TRY_ASSIGN(aws_settings, aws::ReadSettings(options.environment, configuration.Text("identity.aws.profile")));
  TRY_ASSIGN(settings, IntegrationSettings(configuration, aws_settings));
  aws::CurlOptions curl{.proxies = aws_settings.proxies};
  if (!aws_settings.ca_file.empty()) curl.ca_file = aws_settings.ca_file;
  transport = std::make_unique<aws::CurlTransport>(curl);
  budgets = std::make_unique<aws::Budgets>(clock, aws::Budgets::Options{.rate_scale = configuration.Number("aws.rate_scale")});
  circuits = std::make_unique<aws::Circuits>(
      clock, [log = options.log](const aws::CircuitKey& key, bool is_open) { ReportCircuit(*log, key, is_open); });
  aws = std::make_unique<integration::AwsAccess>(integration::AwsAccess::Options{
      .identities = ConfiguredIdentities({configuration, options.environment, aws_settings, *transport, clock, random}),
      .endpoints = aws_settings.endpoints,
      .fips = aws_settings.fips,
      .dual_stack = aws_settings.dual_stack,
      .transport = *transport,
      .budgets = budgets.get(),
      .circuits = circuits.get(),
      .clock = clock,
      .random = random,
      .user_agent = std::string(kUserAgent),
      .observe = [log = options.log](const aws::ClientEvent& event) { ReportClock(*log, event); }});
  ports.emplace(integration::Ports{*store, *audit, *queue, *aws, clock, random, settings});
  return FindIdentities();
}

base::Status Installation::Parts::FindIdentities() {
  for (const model::Partition partition : aws->Partitions()) {
    const auto identity = aws->Discover(partition, base::Deadline::After(kDiscoverLimit));
    if (identity) {
      options.log->Write(base::Level::kInfo, "identity.found", {{"principal_arn", identity->principal_arn}});
      continue;
    }
    if (identity.error().reason == "identity.path_unreadable") return std::unexpected(identity.error());
    options.log->Write(base::Level::kWarning, "identity.unknown",
                       {{"partition", model::FactsOf(partition).name}, {"error", identity.error().message}});
  }
  return {};
}

base::Status Installation::Parts::Compose() {
  TRY(integration::NoticeRestore(*ports));
  TRY(integration::NoticeEndpointChange(*ports, aws_settings.endpoints));
  TRY(integration::NoticePrincipals(*ports));
  cache = std::make_unique<session::SessionCache>(clock, random);
  session_ports.emplace(session::Ports{*ports, *cache, known});
  verifier = std::make_unique<integration::Verifier>(*ports);
  by_address.emplace(clock, http::RateLimiterOptions{.sets = kAddressSets});
  by_token.emplace(clock, http::RateLimiterOptions{.sets = kTokenSets});
  SetLimits(options.configuration);
  dispatcher = std::make_unique<http::Dispatcher>(http::DispatcherOptions{.log = options.log});
  TRY_ASSIGN(base::Secret page_key, keyring->GetOrMake(std::nullopt, "pages/key", kSealedKeySize));
  TRY_ASSIGN(base::Secret replay_key, keyring->GetOrMake(std::nullopt, "replays/key", kSealedKeySize));
  TRY_ASSIGN(sign_in, SignInSetup::Make({options.configuration, *store, *audit, clock, random, *transport, aws_settings.proxies, memory}));
  services.emplace(api::Services{.integrations = *ports,
                                 .sessions = *session_ports,
                                 .authentication = {*store, clock, memory},
                                 .sign_in = sign_in->ports(),
                                 .sign_in_settings = sign_in->settings(),
                                 .exchange = sign_in->exchange(),
                                 .oidc = sign_in->oidc(),
                                 .pages = api::PageTokens(std::move(page_key)),
                                 .replay_key = std::move(replay_key),
                                 .dispatcher = *dispatcher,
                                 .limits = {*by_address, *by_token},
                                 .metrics = metrics,
                                 .events = events,
                                 .verifier = *verifier,
                                 .log = *options.log,
                                 .ready = [this] { return server != nullptr && server->ready(); },
                                 .link_to_hand_on = [this](const model::IntegrationId& id) {
                                   return messengers.mailer ? std::string() : integration::LinkTo(OwnUrl(options.configuration), id);
                                 },
                                 .warnings = [this] { return Warnings(*sinks, *circuits); },
                                 .version = std::string(kVersion)});
  api = std::make_unique<api::Api>(*services);
  MakeRunner();
  return {};
}

void Installation::Parts::MakeRunner() {
  runner = std::make_unique<jobs::Runner>(
      *store, *queue, clock, random,
      jobs::RunnerOptions{.log = options.log, .on_change = [this](const store::Job& job) { api::PublishJob(*services, job); }});
  integration::RegisterJobs(*runner, *ports, *verifier, [this](const model::IntegrationId& id) { cache->Drop(id.text()); });
  organization::RegisterJobs(*runner, *ports, [this](const model::IntegrationId& id) { cache->Drop(id.text()); });
  runner->Every("identity", kIdentityInterval, [this](const std::stop_token&) {
    for (const model::Partition partition : aws->Partitions()) {
      const auto identity = aws->Discover(partition, base::Deadline::After(kDiscoverLimit));
      if (!identity) options.log->Write(base::Level::kWarning, "identity.unknown", {{"error", identity.error().message}});
    }
    const base::Status noticed = integration::NoticePrincipals(*ports);
    if (!noticed) options.log->Write(base::Level::kWarning, "identity.not_noticed", {{"error", noticed.error().message}});
  });
  RegisterAuditUpkeep(*runner, *audit, *sinks, ForSinks());
  runner->Every("notes", kNotesInterval, [this](const std::stop_token&) {
    const base::Status recorded = RecordNotes(*store, *audit);
    if (!recorded) options.log->Write(base::Level::kWarning, "audit.refused", {{"error", recorded.error().message}});
  });
  sign_in->RegisterUpkeep(*runner);
  runner->Every("sessions.sweep", kSweepInterval, [this](const std::stop_token&) { cache->Sweep(); });
  runner->Every("tokens.uses", kUsesInterval, [this](const std::stop_token&) { StoreUses(); });
}

void Installation::Parts::StoreUses() {
  const base::Status stored = tenancy::StoreUses({*store, clock, memory});
  if (!stored) options.log->Write(base::Level::kWarning, "tokens.uses_not_stored", {{"error", stored.error().message}});
}

http::ServerOptions Installation::Parts::ListenOptions(const ListenAddress& address) const {
  const Configuration& configuration = options.configuration;
  http::ServerOptions listen{.address = address.host,
                             .port = address.port,
                             .unix_socket = configuration.Text("server.unix_socket"),
                             .insecure_listen = options.insecure_listen ? http::InsecureListen::kAllow : http::InsecureListen::kRefuse,
                             .clock = &clock,
                             .log = options.log};
  if (!configuration.Text("server.tls_certificate").empty()) {
    listen.tls = http::TlsFiles{configuration.Text("server.tls_certificate"), configuration.Text("server.tls_key")};
  }
  if (const std::string host = HostOf(configuration.Text("server.public_url")); !host.empty()) listen.allowed_hosts.push_back(host);
  return listen;
}

base::Status Installation::Parts::StartMetrics() {
  const std::string& listen = options.configuration.Text("metrics.listen");
  if (listen.empty()) return {};
  AddProductMetrics(metrics, {*audit, *sinks, *store, *budgets, *circuits, *cache, *dispatcher, *by_address, *by_token, kVersion});
  TRY_ASSIGN(const ListenAddress address, ParseListenAddress(listen));
  http::ServerOptions where{.address = address.host, .port = address.port, .clock = &clock, .log = options.log};
  TRY_ASSIGN(metrics_server, http::Server::Start(std::move(where), [this](const http::Request& request, const http::Responder& responder) {
    if (request.path != "/metrics") {
      responder.Send(http::EmptyResponse(404));
      return;
    }
    http::Response response = http::TextResponse(200, metrics.Print());
    response.headers.Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    responder.Send(std::move(response));
  }));
  return {};
}

// What was changed in the file and stays as it was, so that nobody waits for it.
void Installation::Parts::WarnOfFixed(const Configuration& configuration) const {
  for (const ConfigurationKey& key : ConfigurationKeys()) {
    if (key.on_reload == OnReload::kFixed && configuration.Text(key.name) != options.configuration.Text(key.name)) {
      options.log->Write(base::Level::kWarning, "server.restart_needed", {{"key", key.name}});
    }
  }
  if (configuration.Items("audit.sink") != options.configuration.Items("audit.sink")) {
    options.log->Write(base::Level::kWarning, "server.restart_needed", {{"key", "audit.sink"}});
  }
}

void Installation::Parts::SetLimits(const Configuration& configuration) {
  by_address->SetRate(static_cast<std::uint64_t>(configuration.Integer("limits.requests_per_address")));
  by_token->SetRate(static_cast<std::uint64_t>(configuration.Integer("limits.requests_per_token")));
}

void Installation::Parts::Record(audit::Action action) const {
  const auto recorded = audit->AppendAndWait({.action = action, .actor = "system", .details = fmt::format(R"({{"version":"{}"}})", kVersion)});
  if (!recorded) options.log->Write(base::Level::kError, "audit.refused", {{"error", recorded.error().message}});
}

base::Result<std::unique_ptr<Installation>> Installation::Open(InstallationOptions options) {
  CHECK(options.log != nullptr);
  options.log->SetThreshold(LevelOf(options.configuration.Text("log.level")));
  TRY_ASSIGN(DataDirectory data, DataDirectory::Open(options.data));
  auto parts = std::make_unique<Parts>(std::move(options), std::move(data));
  TRY(parts->OpenStorage());
  TRY(parts->OpenAws());
  TRY(parts->Compose());
  return std::unique_ptr<Installation>(new Installation(std::move(parts)));
}

Installation::Installation(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Installation::~Installation() { Stop(); }

base::Status Installation::Start() {
  Parts& parts = *parts_;
  TRY_ASSIGN(const ListenAddress address, ParseListenAddress(parts.options.configuration.Text("server.listen")));
  http::ServerOptions options = parts.ListenOptions(address);
  auto proxies = http::TrustedProxies::Parse(parts.options.configuration.Text("server.trusted_proxies"));
  if (!proxies) {
    proxies.error().field = "server.trusted_proxies";
    return std::unexpected(proxies.error());
  }
  options.proxies = *std::move(proxies);
  options.metrics = &parts.metrics;
  options.turn_key = [&parts](const http::Request& request) { return parts.api->TurnKey(request); };
  TRY_ASSIGN(parts.server, http::Server::Start(std::move(options), [&parts](http::Request request, http::Responder responder) {
    parts.api->Serve(std::move(request), std::move(responder));
  }));
  TRY(parts.StartMetrics());
  parts.sinks->Start();
  parts.runner->Start();
  parts.Record("server.start");
  parts.server->SetReady(true);
  return {};
}

void Installation::Stop() {
  Parts& parts = *parts_;
  if (parts.stopped.exchange(true)) return;
  const base::Deadline deadline = base::Deadline::After(http::kDrainTime - kToFlush);
  // Who waits for an AWS that does not answer must come to an end, too.
  const std::jthread hasten([&parts, at = std::chrono::steady_clock::now() + http::kDrainTime - kWithoutAws](const std::stop_token& stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait_until(lock, stop, at, [] { return false; });
    if (!stop.stop_requested()) parts.transport->Stop();
  });
  parts.sinks->Hasten();
  parts.verifier->StopWaiting();
  parts.events.Close();
  if (parts.server) {
    parts.server->SetReady(false);
    parts.server->Drain(deadline);
  }
  parts.runner->Stop(deadline);
  parts.dispatcher->Stop();
  parts.StoreUses();
  if (parts.server) parts.Record("server.stop");
  parts.audit->Flush();
  parts.sinks->Stop();
}

base::Status Installation::Reload(const Configuration& configuration) {
  TRY(parts_->server->ReloadCertificates());
  parts_->options.log->SetThreshold(LevelOf(configuration.Text("log.level")));
  parts_->budgets->SetRateScale(configuration.Number("aws.rate_scale"));
  parts_->SetLimits(configuration);
  parts_->WarnOfFixed(configuration);
  parts_->Record("server.reload");
  parts_->options.log->Write(base::Level::kInfo, "server.reloaded");
  return {};
}

std::string Installation::url() const { return parts_->server ? parts_->server->url() : ""; }

std::string Installation::token_file() const { return parts_->data.File("admin-token"); }

bool Installation::first_start() const { return parts_->first_start; }

}  // namespace crossrole::app
