// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/iam.h"
#include "sim/stack_resources/kind.h"

// How rows read properties and call IAM.

namespace crossrole::sim::stack_resources {

using Texts = std::vector<std::string>;

/// Calls IAM. Errors: IAM's.
template <typename Op>
base::Result<typename Op::Output> Do(Call& call, const typename Op::Input& input) {
  return call.operations.Perform<Op>(call, input);
}

/// Whether IAM does not know what it was asked for.
inline bool IsMissing(const base::Error& error) { return error.aws_code == "NoSuchEntity"; }

/// A result of removing: nothing to remove is as good as removed.
template <typename T>
base::Status Gone(const base::Result<T>& result) {
  if (!result && !IsMissing(result.error())) return base::Fail(result.error());
  return {};
}

/// The text of a scalar; nothing when there is none.
std::optional<std::string> TextIn(const boost::json::object& properties, std::string_view name);
/// A number; nothing when there is none.
std::optional<std::int32_t> NumberIn(const boost::json::object& properties, std::string_view name);
/// The texts of a list.
Texts TextsIn(const boost::json::object& properties, std::string_view name);
/// A document, which may be written as an object or as its JSON text; "" when there is none.
std::string DocumentIn(const boost::json::object& properties, std::string_view name);
/// An object; nullptr when there is none.
const boost::json::object* ObjectIn(const boost::json::object& properties, std::string_view name);
/// Whether the two differ in `name`.
bool Differ(const boost::json::object& a, const boost::json::object& b, std::string_view name);
/// What is in `texts` but not in `others`.
Texts Without(Texts texts, const Texts& others);

/// An inline policy.
struct InlinePolicy {
  std::string name;
  std::string document;

  bool operator==(const InlinePolicy&) const = default;
};
/// Those under `Policies`, in their order.
std::vector<InlinePolicy> InlineIn(const boost::json::object& properties);

/// Notes that `name` is now as in `properties`.
void Apply(Physical& physical, const boost::json::object& properties, std::string_view name);
/// Notes that a list has one text more, or one less.
void AddText(Physical& physical, std::string_view list, const std::string& text);
void DropText(Physical& physical, std::string_view list, const std::string& text);
/// Notes that an inline policy is there, or is no more.
void AddInline(Physical& physical, const InlinePolicy& policy);
void DropInline(Physical& physical, const std::string& name);

/// The tags of a resource to be made: the stack's and its own.
std::vector<aws::iam::Tag> TagsFor(const Target& target);
/// What becomes of the tags of a resource.
struct TagChange {
  std::vector<aws::iam::Tag> set;
  Texts dropped;
};
/// The tags that are new or have another value, and the keys that are no more.
TagChange ChangeOfTags(const Target& target, const Physical& physical);

/// `<stack>-<logical id>-<random>`, as CloudFormation names what has no name of its own; `limit` in characters.
std::string GeneratedName(const Target& target, std::size_t limit);
/// The name that `property` gives, or a generated one.
std::string NameFor(const Target& target, std::string_view property, std::size_t limit);

}  // namespace crossrole::sim::stack_resources
