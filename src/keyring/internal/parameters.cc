// SPDX-License-Identifier: Apache-2.0
#include "keyring/internal/parameters.h"

#include <fmt/format.h>

#include <boost/json/value.hpp>

#include "base/crypto.h"
#include "base/json.h"

namespace crossrole::keyring {
namespace {

std::unexpected<base::Error> Damaged(std::string_view name) {
  return base::Fail(base::Error{.code = base::Code::kFailedPrecondition,
                                .message = fmt::format("the record of the master key was changed: `{}` is not what was written", name),
                                .reason = "keyring.unreadable",
                                .fix = "restore the database from a backup"});
}

}  // namespace

base::Result<PassphraseRules> ReadPassphraseRules(std::string_view text) {
  TRY_ASSIGN(const Parameters given, Parameters::Parse(text));
  PassphraseRules rules;
  TRY_ASSIGN(rules.salt, given.Bytes("salt"));
  TRY_ASSIGN(rules.passes, given.Number("passes"));
  TRY_ASSIGN(rules.memory_bytes, given.Number("memory_bytes"));
  TRY(CheckRules(rules));
  return rules;
}

std::string PrintPassphraseRules(const PassphraseRules& rules) {
  return base::PrintJson(boost::json::object{{"salt", base::Base64Encode(rules.salt)}, {"passes", rules.passes}, {"memory_bytes", rules.memory_bytes}});
}

base::Result<Parameters> Parameters::Parse(std::string_view text) {
  auto value = base::ParseJson(text);
  if (!value || !value->is_object()) return Damaged("parameters");
  return Parameters(std::move(value->get_object()));
}

base::Result<std::string> Parameters::Text(std::string_view name) const {
  const auto* value = object_.if_contains(name);
  if (value == nullptr || !value->is_string()) return Damaged(name);
  return std::string(value->get_string());
}

base::Result<std::string> Parameters::Bytes(std::string_view name) const {
  TRY_ASSIGN(const std::string text, Text(name));
  auto bytes = base::Base64Decode(text);
  if (!bytes) return Damaged(name);
  return bytes;
}

base::Result<std::uint64_t> Parameters::Number(std::string_view name) const {
  const auto* value = object_.if_contains(name);
  if (value == nullptr || !value->is_number()) return Damaged(name);
  boost::system::error_code error;
  const auto number = value->to_number<std::uint64_t>(error);
  if (error) return Damaged(name);
  return number;
}

}  // namespace crossrole::keyring
