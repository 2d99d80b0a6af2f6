// SPDX-License-Identifier: Apache-2.0
#include "app/keyring_setup.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/aws_setup.h"
#include "aws/chain.h"
#include "aws/curl_transport.h"
#include "base/text.h"
#include "keyring/kms.h"
#include "keyring/pkcs11.h"
#include "model/arn.h"

namespace crossrole::app {
namespace {

using base::Code;
using base::Error;
using base::Fail;
using base::Result;
using base::Secret;
using SourcePointer = std::shared_ptr<keyring::MasterKeySource>;

std::unexpected<Error> Needed(std::string_view key, std::string_view what) {
  return Fail(Error{.code = Code::kInvalidArgument,
                    .message = fmt::format("`{}` must be {}", key, what),
                    .field = std::string(key),
                    .fix = "see docs/guides/secrets.md"});
}

/// A secret from the file that `key` names, else from the variable that `keyring.variable` names.
Result<Secret> ReadSecret(const MasterKeyRequest& request, std::string_view key) {
  const std::string& file = request.configuration.Text(key);
  if (file.empty()) return Secret(std::string(base::Get(request.environment, request.configuration.Text("keyring.variable"))));
  std::ifstream stream(file, std::ios::binary);
  std::string line;
  if (!stream || !std::getline(stream, line)) return Fail(Code::kUnavailable, fmt::format("`{}`: `{}` cannot be read", key, file));
  Secret secret{std::string(base::Trim(line))};
  base::Wipe(line);
  return secret;
}

std::string PlaceOf(const MasterKeyRequest& request, std::string_view key) {
  const std::string& file = request.configuration.Text(key);
  return file.empty() ? "the variable " + request.configuration.Text("keyring.variable") : fmt::format("`{}`", file);
}

// KMS, and the connection that must live as long as it.
struct KmsAccess {
  std::unique_ptr<aws::CurlTransport> transport;
  std::unique_ptr<keyring::MasterKeySource> source;
};

Result<SourcePointer> KmsSource(const MasterKeyRequest& request) {
  const std::string& key = request.configuration.Text("keyring.kms_key");
  const auto arn = model::Arn::Parse(key);
  const auto partition = arn ? model::PartitionOfRegion(arn->region) : std::nullopt;
  if (!arn || arn->service != "kms" || !partition || model::FactsOf(*partition).name != arn->partition) {
    return Needed("keyring.kms_key", "the ARN of a KMS key or of its alias");
  }
  const std::string& profile = request.configuration.Text(fmt::format("identity.{}.profile", arn->partition));
  TRY_ASSIGN(const aws::Settings settings, aws::ReadSettings(request.environment, profile));
  auto access = std::make_shared<KmsAccess>();
  aws::CurlOptions curl{.proxies = settings.proxies};
  if (!settings.ca_file.empty()) curl.ca_file = settings.ca_file;
  access->transport = std::make_unique<aws::CurlTransport>(curl);
  auto credentials = aws::StandardChain({.environment = request.environment,
                                         .profile = profile,
                                         .transport = *access->transport,
                                         .clock = request.clock,
                                         .random = request.random,
                                         .region = settings.region,
                                         .endpoints = settings.endpoints,
                                         .fips = settings.fips,
                                         .dual_stack = settings.dual_stack,
                                         .user_agent = std::string(kUserAgent)});
  access->source = keyring::FromKms({.partition = *partition,
                                     .region = arn->region,
                                     .endpoints = settings.endpoints,
                                     .fips = settings.fips,
                                     .dual_stack = settings.dual_stack,
                                     .credentials = std::move(credentials),
                                     .transport = *access->transport,
                                     .clock = request.clock,
                                     .random = request.random,
                                     .user_agent = std::string(kUserAgent)},
                                    key);
  return SourcePointer(access, access->source.get());
}

Result<SourcePointer> Pkcs11Source(const MasterKeyRequest& request) {
  const Configuration& configuration = request.configuration;
  if (!configuration.Text("keyring.pkcs11_module").starts_with('/')) return Needed("keyring.pkcs11_module", "the absolute path of a PKCS#11 library");
  if (configuration.Text("keyring.pkcs11_token").empty()) return Needed("keyring.pkcs11_token", "the label of the token");
  TRY_ASSIGN(Secret pin, ReadSecret(request, "keyring.pin_file"));
  return SourcePointer(keyring::FromPkcs11({.module = configuration.Text("keyring.pkcs11_module"),
                                            .token = configuration.Text("keyring.pkcs11_token"),
                                            .key = configuration.Text("keyring.pkcs11_key"),
                                            .pin = std::move(pin)},
                                           request.random));
}

}  // namespace

std::string MasterKeyFile(const Configuration& configuration, const std::string& data) {
  const std::string& file = configuration.Text("keyring.key_file");
  return file.empty() ? data + "/keys/master.key" : file;
}

Result<keyring::Key> UnlockMasterKey(const MasterKeyRequest& request, const NamedMasterKey& named) {
  TRY_ASSIGN(const SourcePointer source, ConfiguredMasterKey(request));
  if (source->name() != named.source) {
    return Fail(Error{.code = Code::kFailedPrecondition,
                      .message = fmt::format("the master key comes from `{}`, but `keyring.source` is `{}`", named.source, source->name()),
                      .reason = "keyring.other_source",
                      .field = "keyring.source",
                      .fix = "set it as it was"});
  }
  return source->Unlock(named.fingerprint, named.parameters);
}

Result<SourcePointer> ConfiguredMasterKey(const MasterKeyRequest& request) {
  const std::string& source = request.configuration.Text("keyring.source");
  const std::string& variable = request.configuration.Text("keyring.variable");
  if (source == "kms") return KmsSource(request);
  if (source == "pkcs11") return Pkcs11Source(request);
  if (source == "environment") {
    return SourcePointer(keyring::FromText(Secret(std::string(base::Get(request.environment, variable))), variable));
  }
  if (source == "passphrase") {
    TRY_ASSIGN(Secret passphrase, ReadSecret(request, "keyring.passphrase_file"));
    return SourcePointer(keyring::FromPassphrase(std::move(passphrase), PlaceOf(request, "keyring.passphrase_file"), request.random));
  }
  const std::string file = MasterKeyFile(request.configuration, request.data);
  if (request.configuration.Text("keyring.key_file").empty()) {
    std::error_code error;
    if (std::filesystem::create_directory(request.data + "/keys", error)) {
      std::filesystem::permissions(request.data + "/keys", std::filesystem::perms::owner_all, error);
    }
    if (error) return Fail(Code::kUnavailable, fmt::format("`{}/keys` cannot be made: {}", request.data, error.message()));
  }
  return SourcePointer(keyring::FromFile(file, request.random));
}

}  // namespace crossrole::app
