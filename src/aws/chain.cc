// SPDX-License-Identifier: Apache-2.0
#include "aws/chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "aws/internal/local_sources.h"
#include "aws/internal/profile_file.h"
#include "aws/internal/role_calls.h"
#include "aws/sts.h"
#include "base/text.h"
#include "model/arn.h"

namespace crossrole::aws {
namespace {

using base::Code;
using base::Fail;
using base::Result;
using internal::BrokenSource;
using internal::Section;
using internal::SharedConfig;

constexpr std::string_view kEnvironmentSource = "the environment";

// AWS_SECURITY_TOKEN is the old name, and botocore still prefers it.
std::string FirstOf(const Environment& environment, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (std::string value = Lookup(environment, name); !value.empty()) return value;
  }
  return {};
}

// One look through the chain.
class Search {
 public:
  Search(const ChainConfig& config, SharedConfig shared, base::Deadline deadline)
      : config_(config), shared_(std::move(shared)), deadline_(deadline) {}

  Result<Credentials> Run() {
    const Environment& environment = config_.environment;
    if (config_.profile.empty() && !Lookup(environment, "AWS_ACCESS_KEY_ID").empty()) return FromEnvironment();
    const std::string name = ProfileName(environment, config_.profile);
    if (!shared_.profiles.contains(name) && name != "default") {
      return Fail(BrokenSource(fmt::format("profile `{}`", name), "it is in neither the shared config nor the credentials file"));
    }
    visited_ = {name};
    const Section* profile = Profile(name);
    if (profile != nullptr && IsRole(*profile)) return FromRole(name, *profile);
    const bool has_token_file = !Lookup(environment, "AWS_WEB_IDENTITY_TOKEN_FILE").empty() ||
                                (profile != nullptr && profile->Has("web_identity_token_file"));
    if (config_.profile.empty() && has_token_file) return FromWebIdentity(name, UseEnvironment::kYes);
    TRY_ASSIGN(auto found, FromProfile(name));
    if (found) return std::move(*found);
    if (internal::HasContainerEndpoint(environment)) return internal::FetchFromContainer(config_, deadline_);
    TRY_ASSIGN(auto instance, FromInstance());
    if (instance) return std::move(*instance);
    return Fail({.code = Code::kFailedPrecondition,
                 .message = fmt::format("no AWS credentials: none in the environment, in profile `{}`, at a container endpoint or from instance metadata", name),
                 .reason = "aws.no_credentials",
                 .fix = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role is attached"});
  }

 private:
  enum class UseEnvironment : bool { kNo, kYes };

  const Section* Profile(const std::string& name) const {
    const auto found = shared_.profiles.find(name);
    return found == shared_.profiles.end() ? nullptr : &found->second;
  }
  // A role with a token file is assumed with the token, whatever else the profile says.
  static bool IsRole(const Section& profile) { return profile.Has("role_arn") && !profile.Has("web_identity_token_file"); }
  static bool HasKeys(const Section& profile) { return profile.Has("aws_access_key_id") || profile.Has("aws_secret_access_key"); }

  Result<Credentials> FromEnvironment() const {
    const Environment& environment = config_.environment;
    Credentials credentials{.access_key_id = Lookup(environment, "AWS_ACCESS_KEY_ID"),
                            .secret_access_key = base::Secret(Lookup(environment, "AWS_SECRET_ACCESS_KEY")),
                            .session_token = base::Secret(FirstOf(environment, {"AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"})),
                            .source = std::string(kEnvironmentSource)};
    if (credentials.secret_access_key.empty()) return Fail(MissingCredential(kEnvironmentSource, "AWS_SECRET_ACCESS_KEY"));
    if (const std::string expiration = Lookup(environment, "AWS_CREDENTIAL_EXPIRATION"); !expiration.empty()) {
      const auto time = base::ParseRfc3339(expiration);
      if (!time.has_value()) return Fail(BrokenSource(kEnvironmentSource, "`AWS_CREDENTIAL_EXPIRATION` is not a time"));
      credentials.expiration = *time;
    }
    if (std::string account = Lookup(environment, "AWS_ACCOUNT_ID"); !account.empty()) credentials.account_id = std::move(account);
    return credentials;
  }

  static Result<std::optional<Credentials>> FromKeys(const internal::Sections& sections, const std::string& name, std::string_view file) {
    const auto found = sections.find(name);
    if (found == sections.end() || !found->second.Has("aws_access_key_id")) return std::optional<Credentials>();
    const Section& section = found->second;
    const std::string source = fmt::format("profile `{}` of the {} file", name, file);
    Credentials credentials{.access_key_id = section.Get("aws_access_key_id"),
                            .secret_access_key = base::Secret(section.Get("aws_secret_access_key")),
                            .session_token = base::Secret(section.Has("aws_security_token") ? section.Get("aws_security_token") : section.Get("aws_session_token")),
                            .source = source};
    if (credentials.access_key_id.empty()) return Fail(MissingCredential(source, "aws_access_key_id"));
    if (credentials.secret_access_key.empty()) return Fail(MissingCredential(source, "aws_secret_access_key"));
    if (std::string account = section.Get("aws_account_id"); !account.empty()) credentials.account_id = std::move(account);
    return std::optional(std::move(credentials));
  }

  // What a profile says by itself, without role_arn; nothing when it says nothing.
  Result<std::optional<Credentials>> FromProfile(const std::string& name) {
    const Section* profile = Profile(name);
    if (profile == nullptr) return std::optional<Credentials>();
    if (profile->Has("web_identity_token_file")) {
      TRY_ASSIGN(Credentials credentials, FromWebIdentity(name, UseEnvironment::kNo));
      return std::optional(std::move(credentials));
    }
    if (profile->Has("sso_session") || profile->Has("sso_start_url") || profile->Has("login_session")) {
      return Fail(BrokenSource(fmt::format("profile `{}`", name), "sign-in by a person cannot serve a program: use a role"));
    }
    TRY_ASSIGN(auto keys, FromKeys(shared_.credentials, name, "credentials"));
    if (keys) return keys;
    if (profile->Has("credential_process")) {
      TRY_ASSIGN(Credentials credentials, internal::FetchFromProcess(config_, name, *profile, deadline_));
      return std::optional(std::move(credentials));
    }
    return FromKeys(shared_.config_profiles, name, "config");
  }

  Result<std::optional<Credentials>> FromInstance() const {
    const Section none;
    const auto found = shared_.profiles.find(ProfileName(config_.environment, config_.profile));
    return internal::FetchFromInstance(config_, found == shared_.profiles.end() ? none : found->second, deadline_);
  }

  Client StsClient(std::string_view role_arn, std::shared_ptr<CredentialsProvider> credentials) const {
    const auto arn = model::Arn::Parse(role_arn);
    const auto partition = arn.has_value() ? model::ParsePartition(arn->partition).value_or(model::Partition::kAws) : model::Partition::kAws;
    const bool usable = model::IsRegion(partition, config_.region);
    return Client({.partition = partition,
                   .region = usable ? config_.region : std::string(model::FactsOf(partition).default_region),
                   .endpoints = config_.endpoints,
                   .fips = config_.fips,
                   .dual_stack = config_.dual_stack,
                   .credentials = std::move(credentials),
                   .transport = config_.transport,
                   .clock = config_.clock,
                   .random = config_.random,
                   .user_agent = config_.user_agent,
                   .observe = config_.observe});
  }

  std::string SessionName(const std::string& configured) const {
    return configured.empty() ? fmt::format("crossrole-{}", base::ToMicros(config_.clock.Now()) / 1'000'000) : configured;
  }

  static Credentials Take(sts::Credentials given, const std::string& assumed_role_arn, std::string source) {
    const auto arn = model::Arn::Parse(assumed_role_arn);
    return {.access_key_id = std::move(given.access_key_id),
            .secret_access_key = std::move(given.secret_access_key),
            .session_token = std::move(given.session_token),
            .expiration = given.expiration,
            .account_id = arn.has_value() ? std::optional(arn->account) : std::nullopt,
            .source = std::move(source)};
  }

  Result<Credentials> FromRole(const std::string& name, const Section& profile) {
    const std::string source = fmt::format("profile `{}`", name);
    if (profile.Has("mfa_serial")) return Fail(BrokenSource(source, "`mfa_serial` asks a person for a code, which cannot serve a program"));
    TRY_ASSIGN(Credentials base_credentials, SourceOf(name, profile));
    sts::AssumeRoleInput input{.role_arn = profile.Get("role_arn"), .role_session_name = SessionName(profile.Get("role_session_name"))};
    if (profile.Has("external_id")) input.external_id = profile.Get("external_id");
    if (const std::string text = profile.Get("duration_seconds"); !text.empty()) {
      int duration = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), duration);
      if (error != std::errc{} || end != text.data() + text.size()) return Fail(BrokenSource(source, "`duration_seconds` is not a number"));
      input.duration_seconds = duration;
    }
    const Client client = StsClient(input.role_arn, std::make_shared<StaticCredentials>(std::move(base_credentials)));
    auto output = internal::RoleCalls::Decode<sts::AssumeRole>(
        internal::RoleCalls::Send(client, EncodeRequest<sts::AssumeRole>(input), {.deadline = deadline_, .lane = Lane::kMint}));
    if (!output.has_value()) return std::unexpected(base::WithContext(std::move(output).error(), source));
    return Take(std::move(output->credentials), output->assumed_role_user.arn, source);
  }

  Result<Credentials> SourceOf(const std::string& name, const Section& profile) {
    const std::string source = fmt::format("profile `{}`", name);
    const std::string kind = profile.Get("credential_source");
    const std::string next = profile.Get("source_profile");
    if (!kind.empty() && !next.empty()) return Fail(BrokenSource(source, "it has both `source_profile` and `credential_source`"));
    if (kind.empty() && next.empty()) return Fail(BrokenSource(source, "`role_arn` needs `source_profile` or `credential_source`"));
    if (!kind.empty()) return FromNamedSource(kind, source);
    const Section* section = Profile(next);
    if (section == nullptr) return Fail(BrokenSource(source, fmt::format("its `source_profile` `{}` does not exist", next)));
    // A profile may name itself to take its own keys; any other circle has no beginning.
    const bool own_keys = next == name && HasKeys(*section);
    if (!own_keys && std::ranges::find(visited_, next) != visited_.end()) {
      return Fail(BrokenSource(source, fmt::format("the source profiles go round in a circle at `{}`", next)));
    }
    visited_.push_back(next);
    if (!HasKeys(*section) && IsRole(*section)) return FromRole(next, *section);
    TRY_ASSIGN(auto found, FromProfile(next));
    if (!found) return Fail(BrokenSource(source, fmt::format("its `source_profile` `{}` has no credentials", next)));
    return std::move(*found);
  }

  Result<Credentials> FromNamedSource(const std::string& kind, const std::string& source) {
    if (kind == "Environment") {
      if (Lookup(config_.environment, "AWS_ACCESS_KEY_ID").empty()) return Fail(MissingCredential(kEnvironmentSource, "AWS_ACCESS_KEY_ID"));
      return FromEnvironment();
    }
    if (kind == "EcsContainer") {
      if (!internal::HasContainerEndpoint(config_.environment)) return Fail(BrokenSource(source, "the environment names no container endpoint"));
      return internal::FetchFromContainer(config_, deadline_);
    }
    if (kind == "Ec2InstanceMetadata") {
      TRY_ASSIGN(auto found, FromInstance());
      if (!found) return Fail(BrokenSource(source, "there is no instance metadata, or the instance has no role"));
      return std::move(*found);
    }
    return Fail(BrokenSource(source, fmt::format("`credential_source` must be Environment, EcsContainer or Ec2InstanceMetadata, not `{}`", kind)));
  }

  Result<Credentials> FromWebIdentity(const std::string& name, UseEnvironment use_environment) const {
    const auto setting = [&](std::string_view variable, std::string_view key) {
      const std::string value = use_environment == UseEnvironment::kYes ? Lookup(config_.environment, variable) : "";
      const Section* profile = Profile(name);
      return !value.empty() || profile == nullptr ? value : profile->Get(key);
    };
    const std::string file = setting("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
    const std::string source = fmt::format("the web identity token file `{}`", file);
    const std::string role = setting("AWS_ROLE_ARN", "role_arn");
    if (role.empty()) return Fail(BrokenSource(source, "no role is named: set `AWS_ROLE_ARN`, or `role_arn` in the profile"));
    TRY_ASSIGN(std::optional<std::string> token, internal::ReadSmallFile(internal::ExpandHome(file, config_.environment)));
    if (!token || base::Trim(*token).empty()) return Fail(BrokenSource(source, "it is missing or empty"));
    const sts::AssumeRoleWithWebIdentityInput input{.role_arn = role,
                                                    .role_session_name = SessionName(setting("AWS_ROLE_SESSION_NAME", "role_session_name")),
                                                    .web_identity_token = base::Secret(std::string(base::Trim(*token)))};
    base::Wipe(*token);
    auto output = StsClient(role, nullptr).Call<sts::AssumeRoleWithWebIdentity>(input, {.deadline = deadline_, .lane = Lane::kMint});
    if (!output.has_value()) return std::unexpected(base::WithContext(std::move(output).error(), source));
    return Take(std::move(output->credentials), output->assumed_role_user.arn, source);
  }

  const ChainConfig& config_;
  const SharedConfig shared_;
  const base::Deadline deadline_;
  std::vector<std::string> visited_;
};

}  // namespace

Result<Credentials> FetchFromChain(const ChainConfig& config, base::Deadline deadline) {
  TRY_ASSIGN(SharedConfig shared, internal::LoadSharedConfig(config.environment));
  return Search(config, std::move(shared), deadline).Run();
}

std::shared_ptr<CredentialsProvider> StandardChain(ChainConfig config) {
  const base::Clock& clock = config.clock;
  base::Random& random = config.random;
  return std::make_shared<RefreshingCredentials>(
      [config = std::move(config)](base::Deadline deadline) { return FetchFromChain(config, deadline); }, clock, random);
}

}  // namespace crossrole::aws
