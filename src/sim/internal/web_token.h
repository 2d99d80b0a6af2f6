// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "aws/transport.h"
#include "base/json_web_token.h"
#include "base/result.h"

// Tokens of OpenID Connect issuers, as AssumeRoleWithWebIdentity takes them. Source: RFC 7515, 7517, 7519; OpenID
// Connect Discovery; STS API reference "AssumeRoleWithWebIdentity"; IAM User Guide "Pass session tags in AWS STS".

namespace crossrole::sim {

/// What a token says, whether or not it is true; with what AWS reads in one.
struct WebToken : base::JsonWebToken {
  std::map<std::string, std::string> tags{};
  std::vector<std::string> transitive_tags{};
  std::string source_identity{};
};

/// Reads a token. Errors: InvalidIdentityToken.
base::Result<WebToken> ReadWebToken(std::string_view text);

using base::PublishedKey;

/// Reads a JSON Web Key Set; keys of unknown kinds are left out. Errors: IDPCommunicationError.
base::Result<std::vector<PublishedKey>> ReadKeySet(std::string_view text);

/// What is known of an issuer's keys.
using IssuerKeys = base::Result<std::vector<PublishedKey>>;

/// Asks `issuer` for its configuration and that for its keys; `done` is called exactly once, perhaps at once.
/// Errors of the keys: IDPCommunicationError, InvalidIdentityToken.
void FetchIssuerKeys(aws::Transport& transport, const std::string& issuer, std::function<void(IssuerKeys)> done);

/// Whether one of `keys` has signed `token`. Errors: InvalidIdentityToken.
base::Status CheckSignature(const WebToken& token, const std::vector<PublishedKey>& keys);

/// Whether IAM takes `url` as that of an issuer: https, without port, query or fragment; for the sake of tests a plain
/// or other address of this machine is one too.
bool IsIssuerUrl(std::string_view url);

}  // namespace crossrole::sim
