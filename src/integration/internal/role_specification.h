// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "model/account_id.h"
#include "model/integration.h"
#include "model/partition.h"

namespace crossrole::integration {

/// Checks what an operator may say about role and policies, and that every artefact can hold it: names, path, texts,
/// tags, ARNs of the right partition, the own policy document within IAM's limits. Texts that CloudFormation would
/// resolve (`{{resolve:…}}`), and condition keys that it would take for functions, are refused.
/// Errors: kInvalidArgument with the field of the API.
base::Status CheckRoleSpecification(const model::RoleSpecification& role, model::Partition partition,
                                    const std::optional<model::AccountId>& account);

/// The refusal of the policy document in `field` for what `policy::Parse` found in it: IAM's words, then the place and the cause.
base::Error RefusedDocument(std::string_view field, const base::Error& found);

}  // namespace crossrole::integration
