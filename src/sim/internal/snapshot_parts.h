// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sim/internal/account_extras.h"
#include "sim/internal/state.h"

// Parts of a saved state. What reads a member throws std::invalid_argument, which names it, when it is missing or of
// another type; `Each` turns that into an error which says where.

namespace crossrole::sim {

namespace saved {

/// Tags and texts as lists.
boost::json::array TagsToJson(const Tags& tags);
boost::json::array TextsToJson(const std::vector<std::string>& texts);
/// Texts by name, as an object.
template <typename Map>
boost::json::object MapToJson(const Map& map) {
  boost::json::object object;
  for (const auto& [name, text] : map) object[name] = text;
  return object;
}
/// Adds the member `name` where there is a moment.
void SetMoment(boost::json::object& object, std::string_view name, const std::optional<base::Time>& moment);

/// The member `name` of an object, which may be of any type.
const boost::json::value& Member(const boost::json::object& object, std::string_view name);
const boost::json::object& Object(const boost::json::object& object, std::string_view name);
const boost::json::array& List(const boost::json::object& object, std::string_view name);
std::string Text(const boost::json::object& object, std::string_view name);
bool Flag(const boost::json::object& object, std::string_view name);
std::vector<std::string> Texts(const boost::json::object& object, std::string_view name);
/// A whole number between `least` and `most`.
std::int64_t Number(const boost::json::object& object, std::string_view name, std::int64_t least, std::int64_t most);
/// The same as an index or count.
std::size_t Count(const boost::json::object& object, std::string_view name, std::size_t most);
/// An enumerator, of which `last` is the last.
template <typename Enum>
Enum Choice(const boost::json::object& object, std::string_view name, Enum last) {
  return static_cast<Enum>(Number(object, name, 0, static_cast<std::int64_t>(last)));
}
/// A time between 1970 and 9999.
base::Time Moment(const boost::json::object& object, std::string_view name);
std::optional<base::Time> OptionalMoment(const boost::json::object& object, std::string_view name);
/// Texts by name.
std::map<std::string, std::string> TextMap(const boost::json::object& object, std::string_view name);
/// The member `tags`.
Tags TagsOf(const boost::json::object& object);
/// The account whose id the member `name` is.
Account& AccountOf(const World& world, const boost::json::object& object, std::string_view name);

/// An error about what a state holds.
std::unexpected<base::Error> Broken(std::string message);
/// Reads each object of the list `name`. Errors: kInvalidArgument with the place of the first that is not good.
base::Status Each(const boost::json::object& object, std::string_view name,
                  const std::function<base::Status(const boost::json::object&)>& read);

}  // namespace saved

/// What only few users and accounts have. Errors of loading: kInvalidArgument.
boost::json::object SaveUserExtras(const UserExtras& extras);
base::Result<UserExtras> LoadUserExtras(const boost::json::object& object);
boost::json::object SaveAccountExtras(const AccountExtras& extras);
base::Result<AccountExtras> LoadAccountExtras(const boost::json::object& object);

}  // namespace crossrole::sim
