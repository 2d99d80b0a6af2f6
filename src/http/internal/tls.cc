// SPDX-License-Identifier: Apache-2.0
#include "http/internal/tls.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>

namespace crossrole::http::internal {
namespace {

std::unexpected<base::Error> FailAt(std::string_view field, std::string message) {
  return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                .message = fmt::format("{}: {}", message, TakeTlsError()),
                                .field = std::string(field)});
}

base::Result<TlsContext> MakeContext(const SSL_METHOD* method) {
  TlsContext context(SSL_CTX_new(method), SSL_CTX_free);
  if (!context) return base::Fail(base::Code::kInternal, "cannot set up TLS: " + TakeTlsError());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // Connections that wait keep no buffers, which would be the larger part of what an idle client costs.
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

// Picks HTTP/1.1 when the client offers it; a client that offers only something else goes on without ALPN.
int SelectProtocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                   unsigned int offered_length, void*) {
  static constexpr std::array<unsigned char, 9> kHttp11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* selected = nullptr;
  const int outcome = SSL_select_next_proto(&selected, out_length, kHttp11.data(), kHttp11.size(), offered, offered_length);
  *out = selected;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

std::string TakeTlsError() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "no reason given";
  const char* reason = ERR_reason_error_string(code);
  return reason == nullptr ? fmt::format("OpenSSL error {}", code) : reason;
}

base::Result<TlsContext> MakeServerTls(const std::string& certificate_file, const std::string& key_file) {
  ERR_clear_error();
  TRY_ASSIGN(TlsContext context, MakeContext(TLS_server_method()));
  SSL_CTX* const raw = context.get();
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(raw, SelectProtocol, nullptr);
  if (SSL_CTX_use_certificate_chain_file(raw, certificate_file.c_str()) != 1) {
    return FailAt("certificate_file", fmt::format("cannot use the certificate in `{}`", certificate_file));
  }
  if (SSL_CTX_use_PrivateKey_file(raw, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return FailAt("key_file", fmt::format("cannot use the private key in `{}`", key_file));
  }
  if (SSL_CTX_check_private_key(raw) != 1) {
    return FailAt("key_file", fmt::format("the key in `{}` does not belong to the certificate", key_file));
  }
  return context;
}

base::Result<TlsContext> MakeClientTls(const std::string& ca_file) {
  ERR_clear_error();
  TRY_ASSIGN(TlsContext context, MakeContext(TLS_client_method()));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  const int loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(context.get())
                                     : SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr);
  if (loaded != 1) return FailAt("ca_file", fmt::format("cannot use the authorities in `{}`", ca_file));
  return context;
}

}  // namespace crossrole::http::internal
