// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/signing_key.h"
#include "sim/internal/state.h"

// What only few users and accounts have, kept apart so that a million users without it stay small.

namespace crossrole::sim {

/// The password of a user.
struct LoginProfile {
  std::string password;
  base::Time created{};
  bool reset_required = false;
};

/// A credential of another kind than access keys.
struct OtherCredential {
  std::string id;
  std::string body{};      // PEM of a certificate or SSH key; the user name of a service's credential
  std::string service{};   // "codecommit.amazonaws.com" …; "" for certificates and SSH keys
  std::string password{};  // of a service's credential
  bool active = true;
  base::Time created{};
};

/// What only few users have.
struct UserExtras {
  std::optional<LoginProfile> login{};
  std::vector<OtherCredential> certificates{};
  std::vector<OtherCredential> ssh_keys{};
  std::vector<OtherCredential> service_credentials{};
};

/// A virtual MFA device.
struct MfaDevice {
  std::string arn;
  std::string user{};  // name of the user who has it; "" while nobody has
  base::Time enabled{};
  Tags tags{};
};

/// An OpenID Connect provider that an account trusts.
struct OidcProvider {
  std::string arn;
  std::string url;  // with its scheme
  std::vector<std::string> client_ids{};
  std::vector<std::string> thumbprints{};
  Tags tags{};
  base::Time created{};

  /// What condition keys and the ARN call it: the URL without its scheme.
  std::string name() const { return url.substr(url.find("://") + 3); }
};

/// A SAML provider of an account.
struct SamlProvider {
  std::string arn;
  std::string id;
  std::string document;
  Tags tags{};
  base::Time created{};
};

/// A credential report.
struct CredentialReport {
  std::string content;
  base::Time generated{};
};

/// What only few accounts have.
struct AccountExtras {
  std::map<std::string, MfaDevice, std::less<>> mfa_devices{};        // by ARN
  std::map<std::string, OidcProvider, std::less<>> oidc_providers{};  // by ARN
  std::map<std::string, SamlProvider, std::less<>> saml_providers{};  // by ARN
  std::optional<CredentialReport> report{};
  std::string outbound_issuer{};  // what tokens of GetWebIdentityToken name; "" until the switch is on
  bool outbound = false;
  std::set<std::string, std::less<>> deletion_tasks{};  // of service-linked roles
};

/// What `account` has of these things; made on first use.
AccountExtras& ExtrasOf(Account& account);
/// The same for reading; an empty one when there is none.
const AccountExtras& ExtrasOf(const Account& account);
/// What `user` has; an empty one when there is none.
const UserExtras& ExtrasOf(const User& user);

}  // namespace crossrole::sim
