// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace crossrole::jobs {
class Queue;
}
namespace crossrole::app {
class Doctor;
}

namespace crossrole::store {

/// The permission to read across tenants. Only the job queue and the doctor can make one.
class AllTenants {
 private:
  AllTenants() {}  // NOLINT: not defaulted, so that `{}` does not make one
  friend class ::crossrole::jobs::Queue;
  friend class ::crossrole::app::Doctor;
};

}  // namespace crossrole::store
