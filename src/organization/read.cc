// SPDX-License-Identifier: Apache-2.0
#include "organization/read.h"

#include "organization/internal/reader.h"

namespace crossrole::organization {

base::Result<Reading> ReadOrganization(const aws::Client& client, const KnownTree& known, const ReadOptions& options) {
  return Reader(client, known, options).Read();
}

}  // namespace crossrole::organization
