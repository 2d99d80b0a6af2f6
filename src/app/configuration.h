// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/environment.h"
#include "base/result.h"

namespace crossrole::app {

/// What a configuration key holds.
enum class KeyKind : std::uint8_t { kText, kInteger, kNumber, kBoolean, kSecret };

/// Whether SIGHUP brings a changed value into use, or the next start.
enum class OnReload : std::uint8_t { kFixed, kReread };

/// One configuration key. The table is complete: whatever it does not name is refused.
struct ConfigurationKey {
  std::string_view name;           // "section.key"
  KeyKind kind;
  std::string_view default_value;  // "" = unset
  std::string_view meaning;        // one sentence, for the manual
  std::string_view unit = "";      // what a number counts, or the values of a text
  OnReload on_reload = OnReload::kFixed;
};

/// All keys, sorted by name.
std::span<const ConfigurationKey> ConfigurationKeys();

/// One table of a list in the file (`[[audit.sink]]`): its values by key; what the file leaves out has its default.
using ConfigurationItem = std::map<std::string, std::string, std::less<>>;
/// The keys of such tables, sorted by name: `audit.sink.type` is `type` in `[[audit.sink]]`.
std::span<const ConfigurationKey> ConfigurationListKeys();

/// The variable that sets a key: `CROSSROLE_AWS_RATE_SCALE` for `aws.rate_scale`.
std::string VariableOf(std::string_view key);
/// The page docs/reference/configuration.md.
std::string ConfigurationPage();

/// Where a value comes from.
enum class Origin : std::uint8_t { kDefault, kFile, kEnvironment, kCommandLine };

/// Effective values: command line over environment over file over default; lists are in the file only. Source: contract
/// section 3.
class Configuration {
 public:
  /// The inputs of `Load`.
  struct Sources {
    std::optional<std::string> file_text{};  // TOML
    std::string file_name{};                 // for messages
    base::Environment environment{};
    std::map<std::string, std::string> command_line{};  // by key name
  };
  /// Errors: kInvalidArgument naming the file or variable, and the nearest known name for an unknown key.
  static base::Result<Configuration> Load(const Sources& sources);

  /// The text of `key`, which must be in the table; "" when unset.
  const std::string& Text(std::string_view key) const;
  /// The value of an integer key.
  std::int64_t Integer(std::string_view key) const;
  /// The value of a number key.
  double Number(std::string_view key) const;
  /// The value of a boolean key.
  bool Boolean(std::string_view key) const;
  /// The tables of the list `name` ("audit.sink"), in their order.
  const std::vector<ConfigurationItem>& Items(std::string_view name) const;
  /// One line a key: name, value (secrets as set/unset), origin.
  std::string Print() const;
  /// The same as JSON: `{"values": {key: {"value", "source"}}, "lists": {name: [{key: text}]}}`; what is unset is null, a secret "set".
  std::string PrintJson() const;

 private:
  struct Entry {
    std::string text;
    Origin origin = Origin::kDefault;
  };
  // What may be shown of a value, "" when it is unset, and where it comes from.
  std::string_view Shown(const ConfigurationKey& key) const;
  std::string_view SourceOf(const ConfigurationKey& key) const;

  std::map<std::string, Entry, std::less<>> values_;
  std::map<std::string, std::vector<ConfigurationItem>, std::less<>> lists_;
};

}  // namespace crossrole::app
