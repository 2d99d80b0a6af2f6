// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "aws/identitystore.h"
#include "base/result.h"

// The attributes of a user, which operations of the identity store and SCIM call by the same names.
// Source: Identity Store API Reference, "AttributeOperation"; SCIM Implementation Developer Guide, "CreateUser".

namespace crossrole::sim::identity_center {

/// The extension for what an enterprise tells of its people, as the identity store calls it.
constexpr std::string_view kEnterprise = "aws:identitystore:enterprise";

/// The text attribute of `user` that a path such as "name.givenName" names; nullptr for others.
std::optional<std::string>* TextAttribute(aws::identitystore::User& user, std::string_view path);
/// Takes a text over, or nothing for null. Errors: a sentence.
base::Status ReadText(const boost::json::value& value, std::optional<std::string>& text);

/// Whether `path` names an attribute that is a list, such as "emails".
bool IsListAttribute(std::string_view path);
/// Takes a list over: an array of at most `most` objects, one object, or null for none. Errors: a sentence.
base::Status ReadListAttribute(aws::identitystore::User& user, std::string_view path, const boost::json::value& value, std::size_t most);
/// The list as JSON; empty when the user has none.
boost::json::array ShowListAttribute(const aws::identitystore::User& user, std::string_view path);

/// Sets an attribute of the extension, such as "department" or "manager.value", or by "" all that the object `value` has; null removes.
/// Errors: a sentence.
base::Status SetEnterprise(aws::identitystore::User& user, std::string_view path, const boost::json::value& value);
/// The attributes of the extension; empty when the user has none.
boost::json::object EnterpriseOf(const aws::identitystore::User& user);

/// Whether the user has the names that one must have.
bool HasNames(const aws::identitystore::User& user);

}  // namespace crossrole::sim::identity_center
