// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/environment.h"
#include "base/result.h"
#include "base/secret.h"

namespace crossrole::cli {

/// Opens `url` in the browser of this user. Command lines can be read by every user of a machine, so the browser gets
/// the name of a page (0600, in a folder of its own) that leads to `url`; it is removed after a moment, or when a signal
/// asks for an end. No other thread may take signals meanwhile. Errors: kFailedPrecondition when `xdg-open` did not open
/// it, kUnavailable when there is no place for the page.
base::Status OpenInBrowser(const base::Secret& url, const base::Environment& environment);

}  // namespace crossrole::cli
