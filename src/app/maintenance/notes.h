// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>

#include "audit/log.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "store/store.h"

namespace crossrole::app {

/// Says durably in the database what a command did on this machine, for the audit log: only the server writes that, and
/// records it within seconds, or at its next start.
base::Status LeaveNote(store::Store& store, audit::Action action, boost::json::object details, const base::Clock& clock, base::Random& random);

/// Records what was left, once each unless the process ends in between.
base::Status RecordNotes(store::Store& store, audit::Log& log);

}  // namespace crossrole::app
