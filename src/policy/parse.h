// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "policy/document.h"

namespace crossrole::policy {

/// Documents longer than this are refused unread; every AWS limit is below it.
inline constexpr std::size_t kMaximumTextSize = 131072;

/// Reads a policy document strictly, as IAM does when it is saved: duplicate keys, unknown elements and operators,
/// wrong combinations and characters outside U+0009, U+000A, U+000D, U+0020–U+00FF are refused. Size limits are
/// the caller's (`CountedSize`). Whether principals exist is the caller's too.
/// Errors: kInvalidArgument with `aws_code` "MalformedPolicyDocument" ("ValidationError" for characters), IAM's own
/// text as `message`, the place ("Statement[1].Condition") as `field` and the cause in our words as `fix`; kTooLarge.
base::Result<Document> Parse(std::string_view text, DocumentKind kind);

/// The same for a document that is already JSON, e.g. a part of a request.
base::Result<Document> FromJson(const boost::json::value& value, DocumentKind kind);

/// Whether `text` has the shape of a principal that IAM accepts under `AWS`: `*`, an account id, the ARN of an
/// account root, user, role or session without wildcards, or a unique ID (`AIDA…`, `AROA…`).
bool IsAwsPrincipalText(std::string_view text);

/// How IAM's messages print a kind of principal: `SERVICE` for `Service`.
std::string NameInMessages(std::string_view type);

/// Whether `text` is a unique ID of a user or role, as IAM shows it once the principal has been deleted.
bool IsUniqueId(std::string_view text);

}  // namespace crossrole::policy
