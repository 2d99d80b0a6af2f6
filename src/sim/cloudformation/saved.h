// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sim/cloudformation/template.h"
#include "sim/internal/state.h"

// Stacks and stack sets of a saved state, with what is under way in them.

namespace crossrole::sim::cloudformation {

/// The templates of a state, each once: the stacks of a set share theirs. Everything else names them by number.
class SavedTemplates {
 public:
  /// Reads them again. Errors: kInvalidArgument.
  static base::Result<SavedTemplates> Load(std::vector<std::string> bodies);
  /// Their bodies, by number.
  std::vector<std::string> Bodies() const;
  /// The number of a template, which is kept from now on; null for none.
  boost::json::value NumberOf(const std::shared_ptr<const Template>& template_);
  /// The template that the member `name` of an object is the number of; null for null. Throws when there is none.
  std::shared_ptr<const Template> Find(const boost::json::object& object, std::string_view name) const;

 private:
  std::vector<std::shared_ptr<const Template>> templates_{};
  std::map<std::string_view, std::size_t> numbers_{};  // by body
};

/// Whether there is a stack or a stack set in `table`, which may be null.
bool HasAny(const StackTable* table);
/// The stacks and stack sets of an account.
boost::json::object SaveStacks(const StackTable& table, SavedTemplates& templates);
/// Gives them back to `account`; all accounts are there already. Throws on a wrong type or a missing member.
/// Errors: kInvalidArgument.
base::Status LoadStacks(World& world, Account& account, const SavedTemplates& templates, const boost::json::object& object);
/// Whether the stacks of every stack set are there, once all accounts have theirs. Errors: kInvalidArgument.
base::Status CheckInstances(const World& world);

}  // namespace crossrole::sim::cloudformation
