// SPDX-License-Identifier: Apache-2.0
#include "cli/internal/nodes.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>

#include "base/json.h"
#include "cli/api_client.h"
#include "cli/fields.h"
#include "cli/integration_view.h"

namespace crossrole::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kOnlyLook = "true";

// The two requests that one command is.
class NodeChange {
 public:
  NodeChange(ApiClient& client, std::string_view collection, const Arguments& arguments)
      : client_(client),
        collection_(collection),
        path_(ObjectPath(collection, arguments.Text("name").value_or(""))),
        if_match_(arguments.Text("--if-match").value_or("")) {}

  base::Result<json::value> Patch(const json::object& body, std::string_view dry_run) {
    return Send({.method = "PATCH", .target = WithQuery(path_, {{"dry_run", std::string(dry_run)}}), .body = base::PrintJson(body)});
  }
  base::Result<json::value> Share(const json::object& share, std::string_view dry_run) {
    return Send({.method = "PUT",
                 .target = WithQuery(path_ + "/permissions", {{"dry_run", std::string(dry_run)}}),
                 .body = base::PrintJson(share)});
  }
  // The version that was named is gone once the first change was made, and the handle may be another.
  void Follow(const json::value& changed) {
    path_ = ObjectPath(collection_, TextOf(changed, "id"));
    if (!if_match_.empty()) if_match_ = Cell(changed, "version");
  }
  base::Result<json::value> Show() { return client_.Get(path_); }

 private:
  base::Result<json::value> Send(ApiRequest request) {
    request.if_match = if_match_;
    TRY_ASSIGN(const auto response, client_.Send(request));
    return base::ParseJson(response.body);
  }

  ApiClient& client_;
  std::string_view collection_;
  std::string path_;
  std::string if_match_;
};

}  // namespace

int UpdateNode(const Context& context, const Arguments& arguments, const Resource& resource) {
  Fields fields(arguments);
  const auto body = fields.Text("handle").Texts("regions").File("settings").Take();
  if (!body) return PrintError(context, body.error());
  const std::optional<json::object> share = ShareFlag(arguments);
  if (body->empty() && !share) return PrintUsage(context, "nothing says what to change", "`--help` lists the flags");
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    NodeChange change(client, resource.collection, arguments);
    json::value consequences;
    // Both or nothing, as far as that can be known before.
    if (share) {
      TRY_ASSIGN(consequences, change.Share(*share, kOnlyLook));
    }
    if (arguments.Switch("--dry-run")) {
      if (!body->empty()) {
        TRY_ASSIGN(consequences, change.Patch(*body, kOnlyLook));
      }
      return PrintConsequences(context, consequences);
    }
    json::value changed;
    if (!body->empty()) {
      TRY_ASSIGN(changed, change.Patch(*body, ""));
      change.Follow(changed);
    }
    if (share) {
      TRY(change.Share(*share, ""));
      TRY_ASSIGN(changed, change.Show());
    }
    return PrintObject(context, changed, resource.lines);
  });
}

}  // namespace crossrole::cli
