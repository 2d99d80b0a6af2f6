// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/command.h"

namespace crossrole::cli {

/// Turns flags into the members of a request: `role_name` comes from `--role-name`. What was not given is left out.
/// The first error is kept for `Take`.
class Fields {
 public:
  explicit Fields(const Arguments& arguments) : arguments_(arguments) {}

  /// A text.
  Fields& Text(std::string_view member);
  /// A number.
  Fields& Integer(std::string_view member);
  /// A switch, where it was given.
  Fields& Switch(std::string_view member);
  /// A list from a repeated flag; one empty text gives the empty list.
  Fields& Texts(std::string_view member);
  /// An object of texts from a repeated `key=value`.
  Fields& Pairs(std::string_view member);
  /// A JSON document from a file.
  Fields& File(std::string_view member);
  /// Capabilities: `name`, or `name:key=value,key=value` with parameters.
  Fields& Capabilities();
  /// Sets a member that comes from elsewhere.
  Fields& Set(std::string_view member, boost::json::value value);

  /// The object. Errors: kInvalidArgument for what could not be read.
  base::Result<boost::json::object> Take();

 private:
  std::string FlagOf(std::string_view member) const;
  void Refuse(std::string message);

  const Arguments& arguments_;
  boost::json::object object_;
  std::optional<base::Error> error_;
};

/// What `--share-with` says, as the API takes it: {"spaces": …}, ids or the one word "all"; one empty text for none. Nothing without the flag.
std::optional<boost::json::object> ShareFlag(const Arguments& arguments);

}  // namespace crossrole::cli
