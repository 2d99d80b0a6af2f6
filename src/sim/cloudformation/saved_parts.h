// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sim/cloudformation/saved.h"
#include "sim/cloudformation/stack.h"
#include "sim/cloudformation/stack_set.h"

// Parts of saved stacks. Loading throws on a wrong type or a missing member; its errors are kInvalidArgument.

namespace crossrole::sim::cloudformation {

/// Errors about things that are there twice, or not at all.
std::unexpected<base::Error> Twice(std::string_view id);
std::unexpected<base::Error> Unknown(std::string_view id);

/// What a stack or a set is made from.
boost::json::object SaveDefinition(const Definition& definition, SavedTemplates& templates);
base::Result<Definition> LoadDefinition(const boost::json::object& object, const SavedTemplates& templates);
/// Resources, in their order.
boost::json::array SaveResources(const std::vector<StackResource>& resources);
base::Result<std::vector<StackResource>> LoadResources(const boost::json::object& object, std::string_view name);

/// In whose name resources are made.
boost::json::object SaveCaller(const Caller& caller);
base::Result<std::shared_ptr<const Caller>> LoadCaller(const World& world, const boost::json::object& object);
/// What is left of a change. The stack that it is loaded for has its definition and resources.
boost::json::object SaveWork(const Work& work, SavedTemplates& templates);
base::Result<Work> LoadWork(const World& world, Stack& stack, const SavedTemplates& templates, const boost::json::object& object);
/// A change set.
boost::json::object SaveChangeSet(const ChangeSet& change_set, SavedTemplates& templates);
base::Result<ChangeSet> LoadChangeSet(const World& world, const SavedTemplates& templates, const boost::json::object& object);

/// A stack set with its operations.
boost::json::object SaveStackSet(const StackSet& set, SavedTemplates& templates);
base::Result<std::unique_ptr<StackSet>> LoadStackSet(const World& world, Account& account, const SavedTemplates& templates,
                                                     const boost::json::object& object);

}  // namespace crossrole::sim::cloudformation
