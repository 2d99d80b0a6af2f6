// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "cli/profile.h"
#include "http/client.h"

namespace crossrole::cli {

/// Where a command's server is when nothing names one.
inline constexpr std::string_view kDefaultServer = "http://127.0.0.1:8420";

/// One request to the API.
struct ApiRequest {
  std::string method = "GET";
  std::string target{};  // "/v1/integrations/prod"
  std::string body{};
  std::string content_type = "application/json";
  std::string if_match{};
  std::chrono::seconds time{60};
};

/// Names and values of a query; those without a value are left out.
using Query = std::vector<std::pair<std::string, std::string>>;
/// `path?name=value&…`, encoded.
std::string WithQuery(std::string path, const Query& query);
/// The path of one object: `/v1/integrations/<encoded id or handle>`.
std::string ObjectPath(std::string_view collection, std::string_view id_or_handle);

/// The server and token that flags, the environment (CROSSROLE_SERVER, CROSSROLE_TOKEN, CROSSROLE_PROFILE) and the
/// profile name, in this order. A profile's token is given to that profile's server only.
/// Errors: kInvalidArgument (flags, files), kNotFound (a profile that was asked for), kFailedPrecondition (its mode).
base::Result<Profile> FindServer(const Context& context, const Arguments& arguments);

/// The REST API of one server, for one token. Not thread-safe.
class ApiClient {
 public:
  /// Finds server and token; does not connect. Errors: as `FindServer`; kUnauthenticated without a token.
  static base::Result<ApiClient> Open(const Context& context, const Arguments& arguments);
  /// For a server that is known.
  static base::Result<ApiClient> To(const Profile& server);

  /// Asks; an answer that is no success is an error, from its problem+json.
  base::Result<http::Response> Send(const ApiRequest& request);
  /// Asks with a JSON body (none when null) and reads a JSON answer (null for an empty one).
  base::Result<boost::json::value> Call(std::string_view method, std::string target, const boost::json::value& body);
  /// `Call` without a body.
  base::Result<boost::json::value> Get(std::string target);
  /// All pages of a list as one `{"items": […], "next_page_token"}`, at most `limit` items (0: all).
  base::Result<boost::json::value> GetAll(std::string path, Query query, std::size_t limit);
  /// Gives each line of a long answer to `on_line`.
  base::Status Lines(std::string target, const http::OnLine& on_line);

 private:
  explicit ApiClient(std::unique_ptr<http::Client> client) : client_(std::move(client)) {}
  std::unique_ptr<http::Client> client_;
};

/// Opens the API, runs `use(client)` (which returns a `Result<int>` or prints by itself) and prints the error if any.
int WithApi(const Context& context, const Arguments& arguments, const std::function<base::Result<int>(ApiClient&)>& use);

}  // namespace crossrole::cli
