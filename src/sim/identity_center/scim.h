// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "http/message.h"
#include "sim/identity_center/instance.h"

// The SCIM 2.0 endpoint `/scim/v2`, through which identity providers keep users and groups of the identity store.
// Source: IAM Identity Center SCIM Implementation Developer Guide; RFC 7644.

namespace crossrole::sim::identity_center {

/// Answers `POST /_sim/scim/tokens`: a bearer token for the identity store of the organization that the account of the body
/// is in, by default of the first one.
http::Response AnswerScimTokens(World& world, base::Random& random, base::Time now, const http::Request& request);

/// Who issued the external IDs that come by SCIM.
constexpr std::string_view kScimIssuer = "scim";

/// One SCIM request whose token is good.
struct ScimCall {
  Instance& instance;
  base::Random& random;
  base::Time now;
  std::chrono::microseconds advance;  // how far the clock was moved, which times of answers leave out
  const http::Request& request;
  std::string id{};  // of the user, group or schema; "" for all of them

  /// A time as it is shown.
  std::string Shown(base::Time time) const;
};
/// What a request is for.
struct ScimTarget {
  Instance* instance = nullptr;  // whose token it bears; null: the token is missing, wrong or expired
  std::string_view operation{};  // as CloudTrail calls it, e.g. "CreateUser"; "" when there is none
  std::string id{};              // of the user, group or schema; "" for all of them
  std::string token_id{};        // of the token, a UUID
};
/// Finds out what a request of `/scim/v2/…` is for.
ScimTarget FindScimTarget(const World& world, base::Time now, const http::Request& request);
/// Answers a request. Errors: those of `ScimError`.
base::Result<http::Response> AnswerScim(const ScimCall& call);
/// An error as an answer; `shown` is the time that it tells.
http::Response ScimErrorAnswer(const base::Error& error, base::Time shown, base::Random& random);

/// The comparisons of a filter, all of which must hold; names as they were sent.
using ScimFilter = std::vector<std::pair<std::string, std::string>>;

/// An error with a status and what SCIM calls its detail.
std::unexpected<base::Error> ScimError(int status, std::string detail);
/// The request's body. Errors: 400.
base::Result<boost::json::object> ReadScimBody(const http::Request& request);
/// The `Operations` of a patch: objects whose `op` is "add", "replace" or "remove". Errors: 400.
base::Result<std::vector<boost::json::object>> ReadScimOperations(const http::Request& request);
/// A text member of an object; "" when it is missing or something else.
std::string ScimText(const boost::json::object& object, std::string_view name);
/// The filter of the query. Errors: 400.
base::Result<ScimFilter> ReadScimFilter(const http::Request& request);
/// The page of `resources` that the query asks for. Errors: 400.
base::Result<http::Response> ScimList(const http::Request& request, std::vector<boost::json::object> resources);
/// A resource as an answer.
http::Response ScimResource(int status, const boost::json::object& resource);

/// Answer requests about users and groups. Errors: those of `ScimError`.
base::Result<http::Response> AnswerScimUsers(const ScimCall& call);
base::Result<http::Response> AnswerScimGroups(const ScimCall& call);
/// Answer requests about what the endpoint knows.
base::Result<http::Response> AnswerScimSchemas(const ScimCall& call);
base::Result<http::Response> AnswerScimResourceTypes(const ScimCall& call);

}  // namespace crossrole::sim::identity_center
