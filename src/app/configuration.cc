// SPDX-License-Identifier: Apache-2.0
#include "app/configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <sstream>
#include <vector>

#include "app/configuration_lists.h"
#include "app/toml_file.h"
#include "base/json.h"
#include "base/text.h"

namespace crossrole::app {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr auto kKeys = std::to_array<ConfigurationKey>({
    {"audit.retention_days", KeyKind::kText, "forever",
     "Older audit records are removed once every sink has them; what is left stays verifiable.", "days, forever"},
    {"aws.rate_scale", KeyKind::kNumber, "1", "Multiplies every budget of AWS calls.", "factor", OnReload::kReread},
    {"external_id.suffix", KeyKind::kText, "generated", "`chosen` lets a tenant choose the suffix of an external ID.",
     "generated, chosen"},
    {"identity.aws-cn.next_principal_arn", KeyKind::kText, "", "A second principal that trusts name, while customers move to it (aws-cn).", "ARN"},
    {"identity.aws-cn.principal_arn", KeyKind::kText, "", "What customers trust; unset: who we are (aws-cn).", "ARN"},
    {"identity.aws-cn.profile", KeyKind::kText, "", "Profile of our own identity (aws-cn).", "name"},
    {"identity.aws-eusc.next_principal_arn", KeyKind::kText, "", "A second principal that trusts name, while customers move to it (aws-eusc).", "ARN"},
    {"identity.aws-eusc.principal_arn", KeyKind::kText, "", "What customers trust; unset: who we are (aws-eusc).", "ARN"},
    {"identity.aws-eusc.profile", KeyKind::kText, "", "Profile of our own identity (aws-eusc).", "name"},
    {"identity.aws-us-gov.next_principal_arn", KeyKind::kText, "", "A second principal that trusts name, while customers move to it (aws-us-gov).", "ARN"},
    {"identity.aws-us-gov.principal_arn", KeyKind::kText, "", "What customers trust; unset: who we are (aws-us-gov).", "ARN"},
    {"identity.aws-us-gov.profile", KeyKind::kText, "", "Profile of our own identity (aws-us-gov).", "name"},
    {"identity.aws.next_principal_arn", KeyKind::kText, "", "A second principal that trusts name, while customers move to it (aws).", "ARN"},
    {"identity.aws.principal_arn", KeyKind::kText, "", "What customers trust; unset: who we are (aws).", "ARN"},
    {"identity.aws.profile", KeyKind::kText, "", "Profile of our own identity (aws).", "name"},
    {"integration.allow_own_account", KeyKind::kBoolean, "false", "Whether roles of our own account may be connected.",
     "true, false"},
    {"keyring.key_file", KeyKind::kText, "", "The master key's file, for source `file`; unset: `keys/master.key` in the data directory.", "path"},
    {"keyring.kms_key", KeyKind::kText, "", "The key of AWS KMS, for source `kms`.", "ARN of a key or alias"},
    {"keyring.passphrase_file", KeyKind::kText, "", "File with the passphrase, for source `passphrase`; unset: the variable.", "path"},
    {"keyring.pin_file", KeyKind::kText, "", "File with the token's PIN, for source `pkcs11`; unset: the variable.", "path"},
    {"keyring.pkcs11_key", KeyKind::kText, "crossrole", "The AES key in the token; made there if it is missing.", "label"},
    {"keyring.pkcs11_module", KeyKind::kText, "", "The token's PKCS#11 library, for source `pkcs11`.", "path"},
    {"keyring.pkcs11_token", KeyKind::kText, "", "The token, for source `pkcs11`.", "label"},
    {"keyring.source", KeyKind::kText, "file", "Where the master key of secrets at rest comes from. Change it with `crossrole rekey`.",
     "file, environment, passphrase, kms, pkcs11"},
    {"keyring.variable", KeyKind::kText, "CROSSROLE_MASTER_KEY",
     "The variable of the environment with the master key, the passphrase or the PIN; never written into a file here.", "name"},
    {"limits.requests_per_address", KeyKind::kInteger, "100000",
     "Of one client address (IPv6: one /64), whoever asks; as many may come at once after a pause. Probes of health do not count.",
     "requests a second", OnReload::kReread},
    {"limits.requests_per_token", KeyKind::kInteger, "50000",
     "Of one token, or one operator with a browser session; as many may come at once after a pause.", "requests a second",
     OnReload::kReread},
    {"log.level", KeyKind::kText, "info", "Log lines below this level are dropped.", "debug, info, warning, error",
     OnReload::kReread},
    {"mail.ca_file", KeyKind::kText, "", "PEM file with the authorities that the mail server's certificate may come from; unset: the system's.",
     "path"},
    {"mail.from", KeyKind::kText, "", "The address that mail comes from.", "mail address"},
    {"mail.password_file", KeyKind::kText, "", "File with the password for the mail server.", "path"},
    {"mail.starttls", KeyKind::kText, "required", "`off` only where the mail server is on loopback.", "required, off"},
    {"mail.url", KeyKind::kText, "", "The mail server; unset: no mail is sent.", "smtp://host:port, smtps://host:port"},
    {"mail.username", KeyKind::kText, "", "The name to sign in with at the mail server; unset: no sign-in.", "name"},
    {"metrics.listen", KeyKind::kText, "", "Loopback address of `/metrics`; unset: off.", "host:port"},
    {"notification.ca_file", KeyKind::kText, "", "PEM file with the authorities that `notification.webhook_url` is trusted by; unset: the system's.",
     "path"},
    {"notification.webhook_secret_file", KeyKind::kText, "", "File with the secret that signs what is posted to `notification.webhook_url`.",
     "path"},
    {"notification.webhook_url", KeyKind::kText, "", "Where notifications are posted to; plain http on loopback only.", "https URL"},
    {"onboarding.template_url", KeyKind::kText, "", "S3 URL under which this installation publishes its template.",
     "https URL"},
    {"organization.sync_interval_seconds", KeyKind::kInteger, "900", "Between two imports of an organization.", "seconds"},
    {"server.listen", KeyKind::kText, "127.0.0.1:8420", "Address and port of the API.", "host:port"},
    {"server.public_url", KeyKind::kText, "", "The https URL under which people reach this server.", "https URL"},
    {"server.tls_certificate", KeyKind::kText, "", "PEM file with the certificate chain; SIGHUP reads the file again.",
     "path"},
    {"server.tls_key", KeyKind::kText, "", "PEM file with the private key; SIGHUP reads the file again.", "path"},
    {"server.trusted_proxies", KeyKind::kText, "",
     "The reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` say where a request comes from and whether by https; from anybody else "
     "these headers mean nothing.",
     "addresses, networks, unix; blank-separated"},
    {"server.unix_socket", KeyKind::kText, "",
     "A Unix socket to listen on as well, made with mode 0600: for a proxy on this machine, or `--server unix:PATH`.", "absolute path"},
    {"sign_in.idle_seconds", KeyKind::kInteger, "3600", "A browser session that nobody used for so long is over.", "seconds"},
    {"sign_in.session_seconds", KeyKind::kInteger, "43200", "A browser session, and an operator's token of a sign-in, is over after so long, whatever happens.", "seconds"},
    {"verification.interval_seconds", KeyKind::kInteger, "86400", "Between two verifications of an integration.",
     "seconds"},
    {"verification.negative_probes", KeyKind::kText, "required", "`off` only against an emulator on loopback.",
     "required, off"},
});

constexpr std::string_view kPageHead = R"(# Configuration

<!-- Made from the table in src/app/configuration.cc; `app_test --update-golden` writes it. -->

The server reads one TOML file: the one that `--config` names, else `/etc/crossrole/crossrole.toml` if it is there. Every
key can be given as a variable of the environment too. The command line (`--listen` for `server.listen`) wins over the
environment, the environment over the file, the file over the default. `crossrole server --print-config` prints the
values in force and where each one comes from, as JSON with `--output json` and where nobody looks on. A key that is not below is refused, with the nearest name that is.

`crossrole.toml` with two of them:

```toml
[server]
listen = "127.0.0.1:8420"

[identity.aws]
principal_arn = "arn:aws:iam::111122223333:role/crossrole"
```

SIGHUP reads the file and the certificates again. What the column says takes effect at once; other changes are named in
the log (`server.restart_needed`) and take effect at the next start. A file that is not valid changes nothing.

| key | variable | default | unit or values | on SIGHUP | meaning |
|---|---|---|---|---|---|
)";
constexpr std::string_view kPageEnd = R"(
Credentials, region, proxies and endpoints of AWS are not configured here: the AWS SDKs' own variables and files
(`AWS_PROFILE`, `AWS_REGION`, `AWS_CA_BUNDLE`, `AWS_USE_FIPS_ENDPOINT`, `AWS_ENDPOINT_URL` …) mean what they mean there.
)";

constexpr std::string_view kListsHead = R"(
Lists are in the file only, so that nothing but the server's own file decides where records go: each `[[audit.sink]]` is one
more table.

```toml
[[audit.sink]]
type = "webhook"
url = "https://siem.example.com/crossrole"
secret_file = "/etc/crossrole/siem.secret"
```

| key of a table | default | unit or values | meaning |
|---|---|---|---|
)";

const ConfigurationKey* FindKey(std::string_view name) {
  const auto* found = std::ranges::find(kKeys, name, &ConfigurationKey::name);
  return found == kKeys.end() ? nullptr : found;
}

using Flat = std::map<std::string, std::string>;

base::Status CheckEnvironmentNames(const base::Environment& environment) {
  for (const auto& [name, value] : environment) {
    if (!name.starts_with("CROSSROLE_")) continue;
    const bool known = std::ranges::any_of(kKeys, [&](const auto& key) { return VariableOf(key.name) == name; });
    const bool in_a_section = std::ranges::any_of(kKeys, [&](const auto& key) {
      return name.starts_with(VariableOf(key.name.substr(0, key.name.find('.') + 1)));
    });
    if (!known && in_a_section) {
      std::string key = base::Lower(name.substr(10));
      std::ranges::replace(key, '_', '.');
      return Fail(UnknownKey(kKeys, key, name));
    }
  }
  return {};
}

}  // namespace

base::Status CheckConfigurationValue(const ConfigurationKey& key, std::string_view text, std::string_view source) {
  const auto refuse = [&](std::string_view wanted) {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = fmt::format("{}: `{}` must be {}", source, key.name, wanted),
                      .field = std::string(key.name)});
  };
  std::int64_t integer = 0;
  double number = 0;
  const char* end = text.data() + text.size();
  switch (key.kind) {
    case KeyKind::kInteger:
      if (std::from_chars(text.data(), end, integer).ptr != end || integer < 1) return refuse("a whole number above 0");
      break;
    case KeyKind::kNumber:
      if (std::from_chars(text.data(), end, number).ptr != end || !(number > 0)) return refuse("a number above 0");
      break;
    case KeyKind::kBoolean:
      if (text != "true" && text != "false") return refuse("true or false");
      break;
    case KeyKind::kText:
    case KeyKind::kSecret: break;
  }
  const auto one_of = [&](std::initializer_list<std::string_view> known) {
    return std::ranges::find(known, text) != known.end();
  };
  if (key.name == "keyring.source" && !one_of({"file", "environment", "passphrase", "kms", "pkcs11"})) {
    return refuse("file, environment, passphrase, kms or pkcs11");
  }
  if (key.name == "verification.negative_probes" && !one_of({"required", "off"})) return refuse("`required` or `off`");
  if (key.name == "mail.starttls" && !one_of({"required", "off"})) return refuse("`required` or `off`");
  const bool is_days = std::from_chars(text.data(), end, integer).ptr == end && integer > 0;
  if (key.name == "audit.retention_days" && !is_days && text != "forever") return refuse("`forever` or a whole number of days");
  if (key.name == "external_id.suffix" && !one_of({"generated", "chosen"})) return refuse("`generated` or `chosen`");
  if (key.name == "log.level" && !one_of({"debug", "info", "warning", "error"})) return refuse("debug, info, warning or error");
  return {};
}

std::span<const ConfigurationKey> ConfigurationKeys() { return kKeys; }

std::string VariableOf(std::string_view key) {
  std::string variable = "CROSSROLE_";
  for (const char c : key) {
    variable += c == '.' || c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return variable;
}

std::string ConfigurationPage() {
  std::string out(kPageHead);
  for (const ConfigurationKey& key : kKeys) {
    const auto code = [](std::string_view text) { return text.empty() ? std::string("unset") : fmt::format("`{}`", text); };
    out += fmt::format("| `{}` | `{}` | {} | {} | {} | {} |\n", key.name, VariableOf(key.name), code(key.default_value), key.unit,
                       key.on_reload == OnReload::kReread ? "yes" : "no", key.meaning);
  }
  out += kListsHead;
  for (const ConfigurationKey& key : ConfigurationListKeys()) {
    const std::string_view shown = key.default_value.empty() ? "unset" : key.default_value;
    out += fmt::format("| `{}` | {} | {} | {} |\n", key.name, shown, key.unit, key.meaning);
  }
  out += kPageEnd;
  return out;
}

base::Result<Configuration> Configuration::Load(const Sources& sources) {
  Flat file;
  if (sources.file_text) {
    TRY_ASSIGN(file, ReadToml(*sources.file_text, sources.file_name));
  }
  TRY_ASSIGN(ConfigurationLists lists, TakeLists(file, sources.file_name));
  for (const auto& [name, text] : file) {
    if (FindKey(name) == nullptr) return Fail(UnknownKey(kKeys, name, sources.file_name));
  }
  for (const auto& [name, text] : sources.command_line) {
    if (FindKey(name) == nullptr) return Fail(UnknownKey(kKeys, name, "command line"));
  }
  TRY(CheckEnvironmentNames(sources.environment));

  Configuration configuration;
  configuration.lists_ = std::move(lists);
  for (const ConfigurationKey& key : kKeys) {
    Entry entry{.text = std::string(key.default_value)};
    std::string source = "default";
    if (const auto it = file.find(std::string(key.name)); it != file.end()) {
      entry = {it->second, Origin::kFile};
      source = sources.file_name;
    }
    const std::string variable = VariableOf(key.name);
    if (const auto it = sources.environment.find(variable); it != sources.environment.end()) {
      entry = {it->second, Origin::kEnvironment};
      source = variable;
    }
    if (const auto it = sources.command_line.find(std::string(key.name)); it != sources.command_line.end()) {
      entry = {it->second, Origin::kCommandLine};
      source = "command line";
    }
    TRY(CheckConfigurationValue(key, entry.text, source));
    configuration.values_.emplace(key.name, std::move(entry));
  }
  return configuration;
}

const std::string& Configuration::Text(std::string_view key) const {
  const auto it = values_.find(key);
  CHECK(it != values_.end());
  return it->second.text;
}

std::int64_t Configuration::Integer(std::string_view key) const {
  const std::string& text = Text(key);
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

double Configuration::Number(std::string_view key) const {
  const std::string& text = Text(key);
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool Configuration::Boolean(std::string_view key) const { return Text(key) == "true"; }

const std::vector<ConfigurationItem>& Configuration::Items(std::string_view name) const {
  static const std::vector<ConfigurationItem> none;
  const auto it = lists_.find(name);
  return it == lists_.end() ? none : it->second;
}

std::string_view Configuration::Shown(const ConfigurationKey& key) const {
  const std::string& text = values_.find(key.name)->second.text;
  return key.kind == KeyKind::kSecret && !text.empty() ? "set" : std::string_view(text);
}

std::string_view Configuration::SourceOf(const ConfigurationKey& key) const {
  constexpr std::array<std::string_view, 4> kOrigins = {"default", "file", "environment", "command line"};
  return kOrigins.at(static_cast<std::size_t>(values_.find(key.name)->second.origin));
}

std::string Configuration::Print() const {
  const auto or_unset = [](std::string_view text) { return text.empty() ? std::string_view("unset") : text; };
  std::string out;
  for (const ConfigurationKey& key : kKeys) out += fmt::format("{} = {} ({})\n", key.name, or_unset(Shown(key)), SourceOf(key));
  for (const auto& [name, items] : lists_) {
    for (std::size_t index = 0; index < items.size(); ++index) {
      for (const auto& [key, text] : items[index]) out += fmt::format("{}[{}].{} = {} (file)\n", name, index, key, or_unset(text));
    }
  }
  return out;
}

std::string Configuration::PrintJson() const {
  const auto or_null = [](std::string_view text) { return text.empty() ? boost::json::value(nullptr) : boost::json::value(text); };
  boost::json::object values;
  for (const ConfigurationKey& key : kKeys) {
    values[key.name] = boost::json::object{{"value", or_null(Shown(key))}, {"source", SourceOf(key)}};
  }
  boost::json::object lists;
  for (const auto& [name, items] : lists_) {
    boost::json::array printed;
    for (const ConfigurationItem& item : items) {
      boost::json::object object;
      for (const auto& [key, text] : item) object[key] = or_null(text);
      printed.push_back(std::move(object));
    }
    lists[name] = std::move(printed);
  }
  return base::PrintJsonPretty(boost::json::object{{"values", std::move(values)}, {"lists", std::move(lists)}}) + "\n";
}

}  // namespace crossrole::app
