// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "integration/ports.h"
#include "model/actor.h"
#include "model/integration.h"
#include "organization/change_prefix.h"

namespace crossrole::organization {

/// Another `handle_prefix` for an integration of kind organization.
struct PrefixEdit {
  std::string prefix;
  RenameStatic rename_static = RenameStatic::kNo;
};

/// The handles that would change, as "before -> after"; writes nothing. Errors: kInvalidArgument with field `handle_prefix`, also for
/// an integration of kind account; those of the store.
base::Result<std::vector<std::string>> PreviewPrefix(const integration::Ports& ports, const model::Integration& integration, const PrefixEdit& edit);

/// Stores the prefix and renames, all or nothing. Errors: as `PreviewPrefix`; kConflict when the tree is changed meanwhile.
base::Status ApplyPrefix(const integration::Ports& ports, const model::Actor& actor, const model::Integration& integration, const PrefixEdit& edit);

}  // namespace crossrole::organization
