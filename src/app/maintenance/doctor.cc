// SPDX-License-Identifier: Apache-2.0
#include "app/maintenance/doctor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <system_error>

#include "app/audit_setup.h"
#include "app/aws_setup.h"
#include "app/commands.h"
#include "app/data_directory.h"
#include "app/data_path.h"
#include "app/installation.h"
#include "app/keyring_setup.h"
#include "app/load_configuration.h"
#include "app/maintenance/backup_files.h"
#include "app/sign_in_setup.h"
#include "audit/checkpoint.h"
#include "audit/verify.h"
#include "aws/http_message.h"
#include "cli/output.h"
#include "http/certificate.h"
#include "http/forwarded.h"
#include "keyring/keyring.h"
#include "store/integrations.h"
#include "store/keyring.h"
#include "store/people/tenants.h"
#include "store/store.h"

namespace crossrole::app {
namespace {

namespace fs = std::filesystem;
using base::Result;
using base::Status;
using enum Health;

constexpr rlim_t kLockedMemory = 64 * 1024;

bool OthersMay(const std::string& path) {
  struct stat facts{};
  return ::stat(path.c_str(), &facts) == 0 && (facts.st_mode & 077) != 0;
}

// "crossrole.example.com" of "https://crossrole.example.com:8443".
std::string HostNameOf(std::string_view url) {
  const auto request = aws::RequestTo(url);
  return request ? request->host : std::string();
}

// The keys that name files with secrets.
constexpr std::array<std::string_view, 6> kSecretFiles = {"keyring.key_file",   "keyring.passphrase_file",          "keyring.pin_file",
                                                          "mail.password_file", "notification.webhook_secret_file", "server.tls_key"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kListedSecretFiles = {
    {{"audit.sink", "secret_file"}, {"sign_in.provider", "client_secret_file"}}};

Result<std::map<std::string, std::uint64_t>> CountStates(store::Store& store) {
  std::map<std::string, std::uint64_t> counts;
  TRY_ASSIGN(const auto tenants, store.ReadInstallation([](store::ReadTransaction& tx) { return store::ListTenants(tx, {.limit = 100'000}); }));
  for (const store::Tenant& tenant : tenants) {
    for (store::Page page{.limit = store::kLongPage};;) {
      TRY_ASSIGN(const auto integrations, store.Read(tenant.id, [&](store::ReadTransaction& tx) { return store::ListIntegrations(tx, {}, page); }));
      if (integrations.empty()) break;
      page.after = integrations.back().id.text();
      for (const model::Integration& integration : integrations) ++counts[std::string(model::NameOf(integration.state))];
    }
  }
  return counts;
}

}  // namespace

void Doctor::Say(std::string_view name, Health health, std::string message, std::string fix) {
  findings_.push_back({.name = std::string(name), .health = health, .message = std::move(message), .fix = std::move(fix)});
}

void Doctor::Explain(std::string_view name, const base::Error& error) { Say(name, kProblem, error.message, error.fix.empty() ? "correct the configuration, or the files that it names" : error.fix); }

void Doctor::CheckListening() {
  const std::string& listen = configuration_.Text("server.listen");
  const auto address = ParseListenAddress(listen);
  if (!address) return Explain("address", address.error());
  const std::string& certificate = configuration_.Text("server.tls_certificate");
  const std::string& key = configuration_.Text("server.tls_key");
  if (certificate.empty() != key.empty()) return Say("address", kProblem, "only one of `server.tls_certificate` and `server.tls_key` is set", "set both, or none");
  const bool loopback = IsLoopbackUrl("http://" + listen);
  if (!loopback && certificate.empty()) {
    return Say("address", kProblem, fmt::format("`{}` is not loopback, and there is no certificate: the server refuses to start", listen),
               "set `server.tls_certificate` and `server.tls_key`, or listen on 127.0.0.1 behind a proxy");
  }
  if (configuration_.Text("server.public_url").empty()) {
    return Say("address", loopback ? kOk : kWarning, fmt::format("the server listens on {}; it does not know by which address people reach it", listen),
               loopback ? "" : "set `server.public_url`");
  }
  Say("address", kOk, fmt::format("the server listens on {}, and people reach it at {}", listen, configuration_.Text("server.public_url")));
}

void Doctor::CheckProxies() {
  const std::string& trusted = configuration_.Text("server.trusted_proxies");
  if (trusted.empty()) return;
  if (const auto proxies = http::TrustedProxies::Parse(trusted); !proxies) return Explain("reverse proxies", proxies.error());
  if (configuration_.Text("server.public_url").empty()) {
    return Say("reverse proxies", kWarning,
               fmt::format("links begin with {}, where no proxy listens", OwnUrl(configuration_)),
               "set `server.public_url` to the address that the proxy has");
  }
  Say("reverse proxies", kOk, fmt::format("`{}` may say where requests come from", trusted));
}

void Doctor::CheckCertificate() {
  const http::TlsFiles files{.certificate_file = configuration_.Text("server.tls_certificate"), .key_file = configuration_.Text("server.tls_key")};
  if (files.certificate_file.empty() || files.key_file.empty()) return;
  const std::string host = HostNameOf(configuration_.Text("server.public_url"));
  const auto facts = http::ReadCertificate(files, host);
  if (!facts) return Say("certificate", kProblem, facts.error().message, "correct `server.tls_certificate` and `server.tls_key`, or whom the files belong to");
  findings_.push_back(JudgeCertificate(*facts, clock_.Now(), host));
}

void Doctor::CheckDirectory() {
  struct stat facts{};
  if (::stat(data_.c_str(), &facts) != 0) {
    return Say("data directory", kProblem, fmt::format("`{}` is not there", data_), "give the --data of the server, or start it once");
  }
  if (facts.st_uid != ::geteuid()) {
    return Say("data directory", kWarning, fmt::format("`{}` belongs to another user than the one who asks", data_), "run this as the server's own user");
  }
  if ((facts.st_mode & 077) != 0) return Say("data directory", kProblem, fmt::format("others may read `{}`", data_), fmt::format("run chmod 700 {}", data_));
  Say("data directory", kOk, fmt::format("`{}` is for its owner only", data_));
}

void Doctor::CheckSpace() {
  struct statvfs facts{};
  if (::statvfs(data_.c_str(), &facts) != 0) return Say("space", kProblem, "the space of the data directory cannot be asked for");
  findings_.push_back(JudgeSpace(static_cast<std::uint64_t>(facts.f_bavail) * facts.f_frsize));
}

void Doctor::CheckServer() {
  const int lock = ::open((data_ + "/lock").c_str(), O_RDONLY | O_CLOEXEC);
  server_runs_ = lock >= 0 && ::flock(lock, LOCK_EX | LOCK_NB) != 0;
  if (lock >= 0) ::close(lock);
  Say("server", kOk, server_runs_ ? "a server runs on this data directory" : "no server runs on this data directory");
}

void Doctor::CheckFiles() {
  std::string open;
  for (const char* folder : {"keys", "audit", "."}) {
    for (const std::string& name : FilesBelow(data_, folder)) {
      if (OthersMay(data_ + "/" + name)) open += (open.empty() ? "" : ", ") + name;
    }
  }
  if (!open.empty()) return Say("files", kProblem, fmt::format("others may read {}", open), fmt::format("run chmod -R go-rwx {}", data_));
  Say("files", kOk, "every file is for its owner only");
  if (fs::exists(data_ + "/admin-token")) {
    Say("administrator token", kWarning, "the token of the first start is still in the file admin-token",
        "delete the file once you have signed in: the token is void after 24 hours, but looks like one that works");
  }
}

void Doctor::CheckSecretFiles() {
  std::vector<std::string> files;
  for (const std::string_view key : kSecretFiles) files.push_back(configuration_.Text(key));
  for (const auto& [list, key] : kListedSecretFiles) {
    for (const ConfigurationItem& item : configuration_.Items(list)) files.push_back(item.find(key)->second);
  }
  std::erase(files, "");
  if (files.empty()) return;
  for (const std::string& file : files) {
    if (::access(file.c_str(), R_OK) != 0) {
      return Say("secret files", kProblem, fmt::format("`{}` cannot be read", file), "correct its path in the configuration, or whom it belongs to");
    }
    if (OthersMay(file)) return Say("secret files", kProblem, fmt::format("others may read `{}`", file), fmt::format("run chmod 600 {}", file));
  }
  Say("secret files", kOk, "each file with a secret that the configuration names is for its owner only");
}

void Doctor::CheckDatabase() {
  const std::string path = data_ + "/" + std::string(kDatabase);
  if (!fs::exists(path)) return Say("database", kProblem, fmt::format("there is no database `{}`", path), "start the server once, or restore a backup");
  const auto store = store::Store::Open({.path = path, .schema = store::Schema::kAsItIs});
  if (!store) return Explain("database", store.error());
  const auto damage = (*store)->CheckIntegrity();
  if (!damage) return Explain("database", damage.error());
  if (!damage->empty()) return Say("database", kProblem, fmt::format("the database is damaged: {}", *damage), "restore a backup");
  Say("database", kOk, "the database is sound and of this version");
  CheckMasterKey(**store);
  CheckIntegrations(**store);
}

void Doctor::CheckMasterKey(store::Store& store) {
  const auto record = store.ReadInstallation([](store::ReadTransaction& tx) { return store::FindMasterKey(tx); });
  const auto source = ConfiguredMasterKey({configuration_, environment_, data_, clock_, random_});
  if (!record || !source) {
    Explain("master key", record ? source.error() : record.error());
  } else if (!*record) {
    Say("master key", kOk, "there is none yet; the server makes it when it starts");
  } else if (const auto keyring = keyring::Keyring::Open({store, clock_, random_, **source}); !keyring) {
    Explain("master key", keyring.error());
  } else if (const auto count = (*keyring)->CheckAll(); !count) {
    Explain("master key", count.error());
  } else {
    const bool beside = (*source)->name() == "file" && configuration_.Text("keyring.key_file").empty();
    Say("master key", beside ? kWarning : kOk,
        fmt::format("{} (from `{}`) opens all {} secrets{}", (*keyring)->fingerprint(), (*source)->name(), *count,
                    beside ? ", but lies in the data directory beside them" : ""),
        beside ? "name another place by `keyring.key_file`, or use another `keyring.source`; see docs/guides/secrets.md" : "");
    CheckPublicKey(**keyring);
  }
}

// Tenants were told the key in the file, and verify their exports with it.
void Doctor::CheckPublicKey(keyring::Keyring& keyring) {
  const auto seed = keyring.Get(std::nullopt, kCheckpointKey);
  if (!seed) return Explain("checkpoints", seed.error());
  if (!*seed) return;
  const std::string key = audit::CheckpointKey(**seed).public_key();
  std::ifstream stream(data_ + "/audit/checkpoint.pub");
  std::string written;
  std::getline(stream, written);
  if (written == key) return Say("checkpoints", kOk, fmt::format("the public key is {}", key));
  Say("checkpoints", kWarning, "audit/checkpoint.pub does not hold the key that checkpoints are signed with",
      fmt::format("start the server again, which writes it anew; the key is {}", key));
}

void Doctor::CheckIntegrations(store::Store& store) {
  const auto counts = CountStates(store);
  if (!counts) return Explain("integrations", counts.error());
  std::string words;
  bool wrong = false;
  for (const auto& [state, count] : *counts) {
    words += fmt::format("{}{} {}", words.empty() ? "" : ", ", count, state);
    wrong = wrong || state == "failed" || state == "quarantined";
  }
  Say("integrations", wrong ? kWarning : kOk, words.empty() ? "there are none yet" : words,
      wrong ? "see `crossrole integration list --state failed` and `--state quarantined`" : "");
}

void Doctor::CheckAudit() {
  const auto report = audit::Verify(data_);
  if (!report) return Explain("audit log", report.error());
  if (!report->ok()) {
    return Say("audit log", kProblem, fmt::format("{} problems, the first: {}", report->problems.size(), report->problems.front().message),
               "run `crossrole audit verify`; keep the files as they are, and find out who changed them");
  }
  const std::string words = fmt::format("{} records are intact", report->records);
  if (report->unfinished.empty()) return Say("audit log", kOk, words);
  Say("audit log", kOk, fmt::format("{}; of {} effects the outcome is not known, or they are under way", words, report->unfinished.size()));
}

void Doctor::CheckMemory() {
  rlimit limit{};
  ::getrlimit(RLIMIT_MEMLOCK, &limit);
  if (limit.rlim_cur < kLockedMemory) {
    return Say("memory", kWarning, fmt::format("only {} bytes may be kept out of swap", static_cast<std::uint64_t>(limit.rlim_cur)),
               "raise the limit (LimitMEMLOCK=1M in the unit), or encrypt the swap");
  }
  Say("memory", kOk, "keys can be kept out of swap");
}

std::vector<Finding> Doctor::Examine() {
  CheckListening();
  CheckProxies();
  CheckCertificate();
  CheckSecretFiles();
  CheckDirectory();
  if (fs::is_directory(data_)) {
    CheckSpace();
    CheckServer();
    CheckFiles();
    CheckDatabase();
    CheckAudit();
  }
  CheckMemory();
  CheckIdentities();
  CheckSinks();
  CheckMessengers();
  CheckIdentityProviders();
  return findings_;
}

int RunDoctor(const cli::Context& context, const cli::Arguments& arguments) {
  HardenProcess();
  const auto configuration = LoadConfiguration(context, arguments);
  if (!configuration) return cli::PrintError(context, configuration.error());
  const auto findings = Doctor(*configuration, context.environment, DataPath(context, arguments)).Examine();
  bool healthy = true;
  boost::json::array list;
  cli::Table table({"CHECK", "STATE", "WHAT"});
  for (const Finding& finding : findings) {
    healthy = healthy && finding.health != kProblem;
    list.push_back(boost::json::object{{"name", finding.name}, {"state", std::string(NameOf(finding.health))}, {"message", finding.message}, {"fix", finding.fix}});
    table.Add({finding.name, std::string(NameOf(finding.health)), finding.message});
    if (!finding.fix.empty()) table.Add({"", "", "→ " + finding.fix});
  }
  if (context.output == cli::Output::kJson) {
    cli::PrintJson(boost::json::object{{"ok", healthy}, {"checks", std::move(list)}});
  } else {
    cli::Print(table.Text());
  }
  return healthy ? 0 : 1;
}

}  // namespace crossrole::app
