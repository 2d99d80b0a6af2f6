// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "http/server.h"

namespace crossrole::http {

/// What a server's certificate says.
struct CertificateFacts {
  base::Time not_before{};
  base::Time not_after{};
  bool is_of_host = false;  // whether it is valid for the host that was asked for
};

/// Reads a certificate as a server would use it; `host` is a name or address without port.
/// Errors: kInvalidArgument (not PEM, unreadable, the key belongs to another certificate).
base::Result<CertificateFacts> ReadCertificate(const TlsFiles& files, const std::string& host);

/// Whether `ca_file` is a PEM file with certificates. Errors: kInvalidArgument.
base::Status CheckAuthorities(const std::string& ca_file);

}  // namespace crossrole::http
