// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "audit/log.h"
#include "audit/sinks.h"
#include "aws/budget.h"
#include "aws/circuits/circuits.h"
#include "http/dispatch.h"
#include "http/metrics.h"
#include "http/rate_limiter.h"
#include "session/cache.h"
#include "store/store.h"

namespace crossrole::app {

/// What is measured; outlives the registry's last print.
struct Metered {
  const audit::Log& audit;
  const audit::Sinks& sinks;
  const store::Store& store;
  const aws::Budgets& budgets;
  const aws::Circuits& circuits;
  const session::SessionCache& cache;
  const http::Dispatcher& dispatcher;
  const http::RateLimiter& by_address;
  const http::RateLimiter& by_token;
  std::string_view version;
};

/// Registers what `/metrics` says besides the server's own numbers. Never with a label for a tenant.
void AddProductMetrics(http::Registry& registry, const Metered& metered);

}  // namespace crossrole::app
