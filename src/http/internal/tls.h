// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct ssl_ctx_st;

namespace crossrole::http::internal {

/// An OpenSSL context, shared by the connections that were opened with it.
using TlsContext = std::shared_ptr<ssl_ctx_st>;

/// A context for serving with the PEM files given: TLS 1.2 and newer. Errors: kInvalidArgument.
base::Result<TlsContext> MakeServerTls(const std::string& certificate_file, const std::string& key_file);

/// A context for asking servers whose certificate the authorities in `ca_file` ("": the system's) vouch for.
/// Errors: kInvalidArgument.
base::Result<TlsContext> MakeClientTls(const std::string& ca_file);

/// The oldest error in OpenSSL's queue, emptied; for messages.
std::string TakeTlsError();

}  // namespace crossrole::http::internal
