// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>

#include "store/people/operators.h"

namespace crossrole::api {

/// An operator as the API shows it; never with a hash.
boost::json::object OperatorJson(const store::Operator& person);

}  // namespace crossrole::api
