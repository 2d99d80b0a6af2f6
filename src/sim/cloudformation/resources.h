// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "sim/call.h"
#include "sim/cloudformation/stack.h"

namespace crossrole::sim::cloudformation {

/// Makes `resource` from `properties` by calls in the caller's name, and fills in its physical id and attributes.
/// When that fails halfway, there is a physical id, to be removed. Errors: those of IAM; ValidationError for properties that
/// the type does not have.
base::Status CreateResource(Call& call, const Stack& stack, StackResource& resource, const boost::json::object& properties);
/// Changes it in place; `resource.properties` tell how far that went. Errors: the same.
base::Status UpdateResource(Call& call, const Stack& stack, StackResource& resource, const boost::json::object& properties);
/// Removes it; nothing to remove is no error. Errors: those of IAM.
base::Status RemoveResource(Call& call, const Stack& stack, StackResource& resource);
/// Goes on with what any of these has begun; true when nothing is left of it. Errors: the same.
base::Result<bool> SettleResource(Call& call, const Stack& stack, StackResource& resource, bool is_removed);
/// Whether the change needs another physical resource.
bool NeedsReplacement(const StackResource& resource, const boost::json::object& properties);
/// Whether the properties give it a name, so that it cannot be replaced under the same.
bool HasCustomName(const StackResource& resource, const boost::json::object& properties);

}  // namespace crossrole::sim::cloudformation
