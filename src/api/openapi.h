// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <string_view>

namespace crossrole::api {

/// The description of the API, made from the table of routes and openapi_components.json. Source: OpenAPI 3.1.
boost::json::value OpenApi(std::string_view version);

}  // namespace crossrole::api
