// SPDX-License-Identifier: Apache-2.0
#include "sim/internal/ledger.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"

namespace crossrole::sim {

void Ledger::Count(std::string_view service, std::string_view operation, std::string_view account, Outcome outcome) {
  Numbers& numbers = calls_[{std::string(service), std::string(operation), std::string(account)}];
  ++numbers.count;
  if (outcome == Outcome::kRefused) ++numbers.refused;
  if (outcome == Outcome::kThrottled) ++numbers.throttled;
}

std::string Ledger::Print() const {
  boost::json::array list;
  for (const auto& [call, numbers] : calls_) {
    list.push_back(boost::json::object{{"service", std::get<0>(call)},
                                       {"operation", std::get<1>(call)},
                                       {"account", std::get<2>(call)},
                                       {"count", numbers.count},
                                       {"refused", numbers.refused},
                                       {"throttled", numbers.throttled}});
  }
  return base::PrintJson(list);
}

}  // namespace crossrole::sim
