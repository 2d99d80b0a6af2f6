// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "cli/api_client.h"
#include "cli/fields.h"
#include "cli/flags.h"
#include "cli/groups.h"
#include "cli/internal/follow.h"
#include "cli/internal/nodes.h"
#include "cli/output.h"

namespace crossrole::cli {
namespace {

namespace json = boost::json;

constexpr std::chrono::minutes kPreviewTime{10};

std::string PathOf(const Arguments& arguments) {
  return ObjectPath("integrations", arguments.Text("name").value_or("")) + "/organization";
}

// Folders with what is in them, indented by depth.
class TreePrinter {
 public:
  // `id` names a folder, `parent` the one it is in, `home` that of a connection.
  TreePrinter(const json::value& tree, std::string_view id, std::string_view home) : home_(home), id_(id) {
    for (const json::value& folder : tree.at("folders").as_array()) inner_[TextOf(folder, "parent")].push_back(&folder);
    for (const json::value& connection : tree.at("connections").as_array()) accounts_[TextOf(connection, home_)].push_back(&connection);
  }

  std::string Text() {
    Add("", 0);
    return text_;
  }

 private:
  void Add(const std::string& parent, std::size_t depth) {
    for (const json::value* folder : inner_[parent]) {
      const std::string id = TextOf(*folder, id_);
      text_ += fmt::format("{}{}  [{}]{}\n", std::string(depth * 2, ' '), Printable(TextOf(*folder, "name")), TextOf(*folder, "handle"),
                           Changes(*folder));
      for (const json::value* account : accounts_[id]) {
        const std::string state = TextOf(*account, "state");
        text_ += fmt::format("{}{}  {}  [{}]  {}{}\n", std::string((depth + 1) * 2, ' '), TextOf(*account, "account_id"),
                             Printable(TextOf(*account, "name")), TextOf(*account, "handle"),
                             state.empty() ? TextOf(*account, "account_state") : state, Changes(*account));
      }
      Add(id, depth + 1);
    }
  }

  static std::string Changes(const json::value& node) {
    std::string text;
    for (const std::string& change : TextsOf(node, "changes")) text += (text.empty() ? "" : ", ") + change;
    return text.empty() ? "" : "  (" + text + ")";
  }

  std::string_view home_;
  std::string_view id_;
  std::map<std::string, std::vector<const json::value*>> inner_{};
  std::map<std::string, std::vector<const json::value*>> accounts_{};
  std::string text_{};
};

int RunPreview(const Context& context, const Arguments& arguments) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto response, client.Send({.method = "POST", .target = PathOf(arguments) + "/preview", .body = "{}", .time = kPreviewTime}));
    TRY_ASSIGN(const json::value preview, base::ParseJson(response.body));
    if (context.output == Output::kJson) {
      PrintJson(preview);
      return 0;
    }
    Print(TreePrinter(preview, "ou_id", "folder").Text());
    const std::vector<std::string> removed = TextsOf(preview, "removed");
    for (const std::string& id : removed) Print(fmt::format("removed: {}\n", Printable(id)));
    const std::string confirm = Cell(preview, "confirm_removals");
    if (confirm != "-") Note(fmt::format("an import would wait for: crossrole organization sync --confirm-removals {}\n", Printable(confirm)));
    if (const std::string message = TextOf(preview, "error.message"); !message.empty()) Note(Printable(message) + "\n");
    return 0;
  });
}

int RunSync(const Context& context, const Arguments& arguments) {
  Fields fields(arguments);
  const auto body = fields.Integer("confirm_removals").Switch("confirm_other_organization").Take();
  if (!body) return PrintError(context, body.error());
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto started, client.Call("POST", PathOf(arguments) + "/sync", *body));
    TRY_ASSIGN(const auto result, FollowJob(context, client, TextOf(started, "job")));
    static constexpr auto kLines = std::to_array<Column>({{"outcome", "outcome"},
                                                          {"complete", "complete"},
                                                          {"added", "connections.added"},
                                                          {"changed", "connections.changed"},
                                                          {"removed", "connections.removed"},
                                                          {"removals", "removals"},
                                                          {"error", "error.message"}});
    PrintObject(context, result, kLines);
    if (TextOf(result, "outcome") == "done") return 0;
    const json::value* removals = Member(result, "removals");
    if (TextOf(result, "outcome") == "removals_wait" && removals != nullptr) {
      Note(fmt::format("nothing was changed: look at `organization preview`, then say --confirm-removals {}\n", Cell(result, "removals")));
    } else {
      Note("nothing was changed: the credentials lead to another organization; --confirm-other-organization takes it instead\n");
    }
    return 1;
  });
}

int RunTree(const Context& context, const Arguments& arguments) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto tree, client.Get(PathOf(arguments) + "/tree"));
    if (context.output == Output::kJson) {
      PrintJson(tree);
      return 0;
    }
    Print(TreePrinter(tree, "id", "folder").Text());
    return 0;
  });
}

constexpr auto kFolderLines = std::to_array<Column>({{"handle", "handle"},
                                                     {"id", "id"},
                                                     {"integration", "integration"},
                                                     {"OU", "ou_id"},
                                                     {"name", "name"},
                                                     {"path", "path"},
                                                     {"regions", "regions"},
                                                     {"regions of", "regions_from"},
                                                     {"settings", "settings"},
                                                     {"settings of", "settings_from"},
                                                     {"shared with", "permissions.spaces"},
                                                     {"shared above", "permissions.inherited"},
                                                     {"version", "version"}});
constexpr Resource kFolders{.collection = "folders", .row = {}, .lines = kFolderLines};

int RunShowFolder(const Context& context, const Arguments& arguments) { return ShowResource(context, arguments, kFolders); }
int RunUpdateFolder(const Context& context, const Arguments& arguments) { return UpdateNode(context, arguments, kFolders); }

constexpr auto kName = std::to_array<Positional>({{"name", Presence::kRequired, "handle or id of the integration"}});
constexpr auto kFolderName = std::to_array<Positional>({{"name", Presence::kRequired, "handle or id of the folder"}});
constexpr auto kFolderFlags = Concat(kNodeFlags, kChangeFlags, kServerFlags);
constexpr auto kSyncFlags = Concat(
    std::to_array<Flag>({{"--confirm-removals", FlagKind::kInteger, "remove exactly so many connections"},
                         {"--confirm-other-organization", FlagKind::kSwitch, "the credentials may lead to another organization now"}}),
    kServerFlags);

constexpr auto kCommands = std::to_array<Command>({
    {"organization preview", "Shows the tree as it would be imported; writes nothing.", kServerFlags, kName, RunPreview},
    {"organization sync", "Imports an organization, now, and follows until it is done.", kSyncFlags, kName, RunSync},
    {"organization tree", "Shows folders and connections as they were imported.", kServerFlags, kName, RunTree},
    {"folder show", "Shows a folder of an organization: what counts in it, and who may use it.", kServerFlags, kFolderName, RunShowFolder},
    {"folder update", "Gives a folder another handle, settings, regions or spaces that may use it, and all that is in it.", kFolderFlags,
     kFolderName, RunUpdateFolder},
});

}  // namespace

std::span<const Command> OrganizationCommands() { return kCommands; }

}  // namespace crossrole::cli
