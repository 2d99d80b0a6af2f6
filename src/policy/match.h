// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace crossrole::policy {

/// Whether `text` matches `pattern`, where `*` is any run of characters and `?` exactly one; case matters.
/// Linear for patterns without `?`; never worse than the product of the lengths.
bool MatchGlob(std::string_view pattern, std::string_view text);

/// Whether the action pattern (`*`, `s3:Get*`) covers `action`, without regard to case; the service is literal except
/// for a lone `*`. Source: IAM User Guide, "Action".
bool MatchAction(std::string_view pattern, std::string_view action);

/// Whether the ARN pattern covers `arn`: six parts at the first five colons, each matched by itself, so that `*` spans
/// `/` and `:` in the last part only. A lone `*` covers everything; case matters. Source: IAM User Guide, "Resource".
bool MatchArn(std::string_view pattern, std::string_view arn);

}  // namespace crossrole::policy
