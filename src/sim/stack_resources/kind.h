// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <string_view>

#include "sim/call.h"

// Resource types that stacks can make: one row each in kinds.cc, carried out by calls of IAM or CloudFormation in somebody's name.

namespace crossrole::sim::stack_resources {

/// A physical resource.
struct Physical {
  std::string id{};                    // what Ref gives; "" as long as there is nothing to remove
  boost::json::object properties{};    // as far as they are applied
  std::map<std::string, std::string, std::less<>> attributes{};  // what Fn::GetAtt gives
};

/// What a resource is to become.
struct Target {
  Call& call;  // in whose name
  const std::string& stack;
  const std::string& logical_id;
  const boost::json::object& properties;
  const Tags& stack_tags;
  const Tags& stack_tags_before;  // when the resource was made or changed last
};

/// A resource type. Lists are words with spaces between them.
struct Kind {
  std::string_view type;
  std::string_view properties;    // `Name`, `Name[]` a list, `Name{}` an object, `Name*` a JSON document
  std::string_view required{};
  std::string_view replacing{};   // whose change needs another physical resource
  std::string_view attributes{};  // for Fn::GetAtt
  std::string_view name{};        // the property that gives it a name of its own
  bool acknowledged = true;       // whether it takes CAPABILITY_IAM
  bool regional = false;          // whether it is made in the stack's region; IAM is in one for all
  /// Makes it. When that fails, `made` tells what there is to be removed; nothing as long as it has no id.
  base::Status (*create)(const Target& target, Physical& made) = nullptr;
  /// Changes it in place. When that fails, `physical.properties` tell what it is now.
  base::Status (*update)(const Target& target, Physical& physical) = nullptr;
  /// Removes it; nothing to remove is no error.
  base::Status (*remove)(Call& call, Physical& physical) = nullptr;
  /// Of types that take their time: asked again and again after each of these for the next that can be done, with null for `wanted`
  /// after `remove`; true when all is done.
  base::Result<bool> (*settle)(Call& call, Physical& physical, const boost::json::object* wanted) = nullptr;
};

/// The row of a type; nullptr for types that are not known.
const Kind* FindKind(std::string_view type);
/// Whether `words` has `word`.
bool HasWord(std::string_view words, std::string_view word);
/// Whether a resource may have these properties. Errors: ValidationError with all that is wrong.
base::Status CheckProperties(const Kind& kind, std::string_view logical_id, const boost::json::object& properties);

}  // namespace crossrole::sim::stack_resources
