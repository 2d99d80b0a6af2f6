// SPDX-License-Identifier: Apache-2.0
#include "app/audit_setup.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <fstream>
#include <sstream>

#include "audit/sink.h"
#include "base/text.h"

namespace crossrole::app {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr std::chrono::hours kSignEvery{1};
constexpr std::chrono::minutes kRemoveEvery{10};
constexpr std::chrono::seconds kLongestDeadline{20};
// Fewer are what a second of a busy server leaves.
constexpr std::uint64_t kFarBehind = 10'000;

std::unexpected<Error> Refused(std::string message, std::string_view key) {
  return Fail(Error{.code = Code::kInvalidArgument, .message = std::move(message), .field = fmt::format("audit.sink.{}", key)});
}

std::int64_t NumberOf(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string HostName() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : "";
}

base::Result<audit::SinkType> TypeOf(const std::string& text) {
  if (text == "file") return audit::SinkType::kFile;
  if (text == "syslog") return audit::SinkType::kSyslog;
  if (text == "webhook") return audit::SinkType::kWebhook;
  return Refused(fmt::format("`audit.sink.type` must be file, syslog or webhook, not `{}`", base::Shortened(text, 80)), "type");
}

// Keys of one kind of sink that another kind would ignore.
base::Status CheckKeys(const ConfigurationItem& item, const std::string& type) {
  struct Owned {
    std::string_view key;
    std::string_view types;
  };
  constexpr std::array<Owned, 5> kOwned = {{{"path", "file"}, {"address", "syslog"}, {"url", "webhook"}, {"secret_file", "webhook"}, {"ca_file", "syslog webhook"}}};
  for (const Owned& owned : kOwned) {
    const bool set = !item.at(std::string(owned.key)).empty();
    const bool ours = owned.types.contains(type);
    if (set && !ours) return Refused(fmt::format("`audit.sink.{}` is not for a sink of type {}", owned.key, type), owned.key);
    if (!set && ours && owned.key != "ca_file") return Refused(fmt::format("a sink of type {} needs `audit.sink.{}`", type, owned.key), owned.key);
  }
  return {};
}

base::Result<audit::SinkSettings> SettingsOf(const ConfigurationItem& item) {
  const std::string& type = item.at("type");
  audit::SinkSettings settings{.path = item.at("path"), .address = item.at("address"), .url = item.at("url"), .ca_file = item.at("ca_file"), .host = HostName()};
  TRY_ASSIGN(settings.type, TypeOf(type));
  TRY(CheckKeys(item, type));
  settings.name = item.at("name").empty() ? type : item.at("name");
  settings.facility = static_cast<int>(std::min<std::int64_t>(NumberOf(item.at("facility")), 24));
  const std::int64_t deadline = NumberOf(item.at("deadline_seconds"));
  if (deadline > kLongestDeadline.count()) return Refused("`audit.sink.deadline_seconds` must be at most 20", "deadline_seconds");
  settings.deadline = std::chrono::seconds(deadline);
  if (settings.type == audit::SinkType::kWebhook) {
    TRY_ASSIGN(settings.secret, ReadSecretFile(item.at("secret_file"), "audit.sink.secret_file"));
  }
  return settings;
}

}  // namespace

base::Result<base::Secret> ReadSecretFile(const std::string& path, std::string_view key) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  std::string whole = text.str();
  std::string trimmed(base::Trim(whole));
  base::Wipe(whole);
  if (!stream || trimmed.empty()) {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = fmt::format("`{}`, which `{}` names, cannot be read or is empty", path, key),
                      .field = std::string(key)});
  }
  return base::Secret(std::move(trimmed));
}

base::Result<std::vector<ConfiguredSink>> ConfiguredSinks(const Configuration& configuration, const base::Clock& clock) {
  std::vector<ConfiguredSink> sinks;
  for (const ConfigurationItem& item : configuration.Items("audit.sink")) {
    TRY_ASSIGN(audit::SinkSettings settings, SettingsOf(item));
    ConfiguredSink configured{.name = settings.name, .deadline = settings.deadline, .sink = nullptr};
    auto sink = audit::MakeSink(std::move(settings), clock);
    if (!sink) {
      const std::string key = sink.error().field;
      return Refused(fmt::format("audit sink `{}`: {}", configured.name, sink.error().message), key);
    }
    configured.sink = *std::move(sink);
    sinks.push_back(std::move(configured));
  }
  return sinks;
}

base::Result<std::unique_ptr<audit::Sinks>> MakeSinks(const SinkParts& parts) {
  auto sinks = std::make_unique<audit::Sinks>(audit::SinksOptions{.log = parts.audit, .data = parts.data, .journal = parts.log});
  TRY_ASSIGN(auto configured, ConfiguredSinks(parts.configuration, parts.clock));
  for (ConfiguredSink& each : configured) TRY(sinks->Add(each.name, each.deadline, std::move(each.sink)));
  return sinks;
}

base::Result<Messengers> MakeMessengers(const Configuration& configuration, const base::Clock& clock, base::Random& random) {
  Messengers made;
  if (!configuration.Text("mail.url").empty()) {
    delivery::MailSettings settings{.url = configuration.Text("mail.url"),
                                    .from = configuration.Text("mail.from"),
                                    .username = configuration.Text("mail.username"),
                                    .start_tls = configuration.Text("mail.starttls") == "off" ? delivery::StartTls::kOff : delivery::StartTls::kRequired,
                                    .ca_file = configuration.Text("mail.ca_file")};
    if (const std::string& file = configuration.Text("mail.password_file"); !file.empty()) {
      TRY_ASSIGN(settings.password, ReadSecretFile(file, "mail.password_file"));
    }
    TRY_ASSIGN(made.mailer, delivery::Mailer::Create(std::move(settings), clock, random));
  }
  if (!configuration.Text("notification.webhook_url").empty()) {
    delivery::WebhookSettings settings{.url = configuration.Text("notification.webhook_url"), .ca_file = configuration.Text("notification.ca_file")};
    TRY_ASSIGN(settings.secret, ReadSecretFile(configuration.Text("notification.webhook_secret_file"), "notification.webhook_secret_file"));
    auto webhook = delivery::Webhook::Create(std::move(settings), clock);
    if (!webhook) return Fail(base::WithContext(std::move(webhook).error(), "notification.webhook_url"));
    made.webhook = *std::move(webhook);
  }
  return made;
}

std::vector<std::string> SinkWarnings(const audit::Sinks& sinks) {
  std::vector<std::string> warnings;
  for (const audit::SinkState& state : sinks.States()) {
    if (state.failing) {
      warnings.push_back(fmt::format("the audit sink `{}` fails; {} records wait for it", state.name, state.behind));
    } else if (state.behind > kFarBehind) {
      warnings.push_back(fmt::format("the audit sink `{}` is {} records behind", state.name, state.behind));
    }
  }
  return warnings;
}

void RegisterAuditUpkeep(jobs::Runner& runner, audit::Log& audit, const audit::Sinks& sinks, const SinkParts& parts) {
  runner.Every("audit.sign", kSignEvery, [&audit, &log = parts.log](const std::stop_token&) {
    if (const auto done = audit.SignAll(); !done) log.Write(base::Level::kWarning, "audit.not_signed", {{"error", done.error().message}});
  });
  const std::string& days = parts.configuration.Text("audit.retention_days");
  if (days == "forever") return;
  const std::chrono::days kept(NumberOf(days));
  runner.Every("audit.retention", kRemoveEvery, [&audit, &sinks, &log = parts.log, &clock = parts.clock, kept](const std::stop_token&) {
    const auto removed = audit.RemoveBefore(clock.Now() - kept, sinks.Delivered());
    if (!removed) {
      log.Write(base::Level::kError, "audit.not_removed", {{"error", removed.error().message}});
    } else if (removed->records > 0) {
      log.Write(base::Level::kInfo, "audit.removed", {{"records", static_cast<std::int64_t>(removed->records)}});
    }
  });
}

base::Status WritePublicKey(const std::string& data, const audit::CheckpointKey& key) {
  const std::string path = data + "/audit/checkpoint.pub";
  std::ofstream file(path, std::ios::trunc);
  file << key.public_key() << "\n";
  file.close();
  if (!file) return Fail(Code::kUnavailable, fmt::format("`{}` cannot be written", path));
  return {};
}

}  // namespace crossrole::app
