// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/ids.h"

namespace crossrole::api {

/// Reads the members of one JSON object. Members are asked for by name; `Finish` then refuses what nobody asked for,
/// naming the nearest known member. The first wrong type is remembered, so that readers need no check per member.
class Body {
 public:
  /// Parses `text`; an empty one counts as `{}`. Errors: kInvalidArgument, kTooLarge.
  static base::Result<Body> Parse(std::string_view text);
  Body(Body&&) noexcept;
  Body& operator=(Body&&) noexcept;
  ~Body();

  /// A text member, if it is there and not null.
  std::optional<std::string> Text(std::string_view name);
  /// A whole number.
  std::optional<std::int64_t> Integer(std::string_view name);
  /// true or false.
  std::optional<bool> Boolean(std::string_view name);
  /// A list of texts.
  std::optional<std::vector<std::string>> Texts(std::string_view name);
  /// An object of texts.
  std::optional<std::map<std::string, std::string>> TextMap(std::string_view name);
  /// An object, to be read and finished like this one; its errors name `name.member`.
  std::optional<Body> Object(std::string_view name);
  /// Any value, untouched; null when it is missing.
  const boost::json::value* Any(std::string_view name);
  /// Whether the member is there, null included.
  bool Has(std::string_view name);
  /// Refuses the body: `field` is at fault. Only the first refusal counts.
  void Refuse(std::string_view name, std::string message, std::string fix = "");

  /// The first error, or the first member that nobody asked for. Errors: kInvalidArgument with `field`.
  base::Status Finish();

 private:
  struct Parts;
  explicit Body(std::unique_ptr<Parts> parts);
  const boost::json::value* Find(std::string_view name);
  std::unique_ptr<Parts> parts_;
};

/// The member `settings` as JSON text, if it is there and not null; what it holds is checked by the use case.
std::optional<std::string> ReadSettings(Body& body);

/// The space that a member names, if it is there and not null; what is no id is refused. That the space may be used was
/// checked before the handler ran.
std::optional<model::SpaceId> ReadSpace(Body& body, std::string_view member);

}  // namespace crossrole::api
