// SPDX-License-Identifier: Apache-2.0
// Strict JSON: what parses prints to text that parses to the same value.
#include <boost/json/value.hpp>

#include "base/json.h"
#include "input.h"

namespace json = boost::json;
using crossrole::fuzz::Require;

namespace {

// Boost.JSON 1.81 does not round the last digit of a long double as it prints it, so these compare by kind only.
bool Same(const json::value& a, const json::value& b) {
  if (a.kind() != b.kind()) return false;
  if (a.is_double()) return true;
  if (a.is_array()) {
    const auto& left = a.get_array();
    const auto& right = b.get_array();
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), Same);
  }
  if (a.is_object()) {
    const auto& left = a.get_object();
    const auto& right = b.get_object();
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](const auto& x, const auto& y) {
      return x.key() == y.key() && Same(x.value(), y.value());
    });
  }
  return a == b;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto value = crossrole::base::ParseJson(crossrole::fuzz::TextOf(data, size), {.bytes = 1U << 16, .depth = 32});
  if (!value) return 0;
  const auto compact = crossrole::base::ParseJson(crossrole::base::PrintJson(*value));
  Require(compact.has_value() && Same(*value, *compact));
  const auto pretty = crossrole::base::ParseJson(crossrole::base::PrintJsonPretty(*value));
  Require(pretty.has_value() && Same(*value, *pretty));
  return 0;
}
