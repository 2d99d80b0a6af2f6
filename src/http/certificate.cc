// SPDX-License-Identifier: Apache-2.0
#include "http/certificate.h"

#include <openssl/asn1.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <ctime>

#include "http/internal/tls.h"

namespace crossrole::http {
namespace {

// What OpenSSL cannot read as a time counts as 1970.
base::Time TimeOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return base::Time();
  return base::Time(std::chrono::seconds(::timegm(&parts)));
}

}  // namespace

base::Result<CertificateFacts> ReadCertificate(const TlsFiles& files, const std::string& host) {
  TRY_ASSIGN(const internal::TlsContext context, internal::MakeServerTls(files.certificate_file, files.key_file));
  X509* const certificate = SSL_CTX_get0_certificate(context.get());
  return CertificateFacts{
      .not_before = TimeOf(X509_get0_notBefore(certificate)),
      .not_after = TimeOf(X509_get0_notAfter(certificate)),
      .is_of_host = X509_check_host(certificate, host.data(), host.size(), 0, nullptr) == 1 || X509_check_ip_asc(certificate, host.c_str(), 0) == 1};
}

base::Status CheckAuthorities(const std::string& ca_file) {
  TRY(internal::MakeClientTls(ca_file));
  return {};
}

}  // namespace crossrole::http
