// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>

#include "arguments.h"

namespace crossrole::bench {

/// Each measures one thing and answers an object of figures.
boost::json::object RunHttp(const Arguments& arguments);    // http.cc: load on the control plane
boost::json::object RunSts(const Arguments& arguments);     // sts.cc: load on a simulated STS, by signed requests
boost::json::object RunClient(const Arguments& arguments);  // client.cc: what our AWS client costs
boost::json::object RunAudit(const Arguments& arguments);   // audit.cc: appends to the audit log
boost::json::object RunSync(const Arguments& arguments);    // sync.cc: the disk's own speed
boost::json::object RunPolicy(const Arguments& arguments);  // policy.cc: decisions of the policy engine
boost::json::object RunPassword(const Arguments& arguments);  // password.cc: Argon2id alone
boost::json::object RunTenant(const Arguments& arguments);  // tenant.cc: a tenant with a token, made in the store

}  // namespace crossrole::bench
