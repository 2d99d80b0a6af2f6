// SPDX-License-Identifier: Apache-2.0
#include "base/signing_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <array>
#include <utility>
#include <vector>

namespace crossrole::base {
namespace {

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* thing) const {
    Free(thing);
  }
};
using Bignum = std::unique_ptr<BIGNUM, Freer<BN_free>>;
using Pkey = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Freer<ECDSA_SIG_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Freer<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freer<OSSL_PARAM_free>>;

constexpr int kLeastRsaBits = 2048;

struct Facts {
  std::string_view name;
  std::string_view curve;       // "" for RSA
  const char* group;            // OpenSSL's name of the curve
  std::size_t coordinate;       // bytes
  const EVP_MD* (*digest)();
};
constexpr std::array<Facts, 6> kFacts = {{{"RS256", "", nullptr, 0, EVP_sha256},
                                          {"RS384", "", nullptr, 0, EVP_sha384},
                                          {"RS512", "", nullptr, 0, EVP_sha512},
                                          {"ES256", "P-256", "prime256v1", 32, EVP_sha256},
                                          {"ES384", "P-384", "secp384r1", 48, EVP_sha384},
                                          {"ES512", "P-521", "secp521r1", 66, EVP_sha512}}};

const Facts& FactsOf(SignatureAlgorithm algorithm) { return kFacts.at(static_cast<std::size_t>(algorithm)); }

const Facts* FactsOfCurve(std::string_view curve) {
  for (const Facts& facts : kFacts) {
    if (!facts.curve.empty() && facts.curve == curve) return &facts;
  }
  return nullptr;
}

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Bignum ToBignum(std::string_view bytes) { return Bignum(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr)); }

std::string FromBignum(const BIGNUM* number, std::size_t size) {
  std::string bytes(size, '\0');
  CHECK(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)) >= 0);
  return bytes;
}

std::string NumberOf(const EVP_PKEY* key, const char* name, std::size_t size) {
  BIGNUM* raw = nullptr;
  CHECK(EVP_PKEY_get_bn_param(key, name, &raw) == 1);
  const Bignum number(raw);
  return FromBignum(number.get(), size == 0 ? static_cast<std::size_t>(BN_num_bytes(number.get())) : size);
}

Pkey FromParams(const char* type, OSSL_PARAM* params) {
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
    return nullptr;
  }
  return Pkey(key);
}

Pkey RsaKey(const PublicKeyParts& parts) {
  const Bignum modulus = ToBignum(parts.modulus);
  const Bignum exponent = ToBignum(parts.exponent);
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  Pkey key = FromParams("RSA", params.get());
  return key && EVP_PKEY_get_bits(key.get()) >= kLeastRsaBits ? std::move(key) : nullptr;
}

Pkey EcKey(const PublicKeyParts& parts) {
  const Facts* facts = FactsOfCurve(parts.curve);
  if (facts == nullptr || parts.x.size() != facts->coordinate || parts.y.size() != facts->coordinate) return nullptr;
  const std::string point = "\x04" + parts.x + parts.y;
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, facts->group, 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  return FromParams("EC", params.get());
}

// OpenSSL speaks DER; tokens put r and s one behind the other.
std::string ToDer(std::string_view raw) {
  const std::size_t half = raw.size() / 2;
  const Signature signature(ECDSA_SIG_new());
  ECDSA_SIG_set0(signature.get(), ToBignum(raw.substr(0, half)).release(), ToBignum(raw.substr(half)).release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  std::string text = size > 0 ? std::string(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)) : "";
  OPENSSL_free(der);
  return text;
}

std::string FromDer(std::string_view der, std::size_t coordinate) {
  const unsigned char* at = Bytes(der);
  const Signature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  CHECK(signature != nullptr);
  return FromBignum(ECDSA_SIG_get0_r(signature.get()), coordinate) + FromBignum(ECDSA_SIG_get0_s(signature.get()), coordinate);
}

}  // namespace

struct PublicKey::Key {
  Pkey pkey;
  std::string curve;
};

struct SigningKey::Key {
  Pkey pkey;
};

std::optional<SignatureAlgorithm> SignatureAlgorithmByName(std::string_view name) {
  for (std::size_t i = 0; i < kFacts.size(); ++i) {
    if (kFacts[i].name == name) return static_cast<SignatureAlgorithm>(i);
  }
  return std::nullopt;
}

std::string_view NameOf(SignatureAlgorithm algorithm) { return FactsOf(algorithm).name; }

Result<PublicKey> PublicKey::From(const PublicKeyParts& parts) {
  Pkey pkey = parts.curve.empty() ? RsaKey(parts) : EcKey(parts);
  if (!pkey) return Fail(Code::kInvalidArgument, "not a public key that can be used");
  return PublicKey(std::make_shared<const Key>(std::move(pkey), parts.curve));
}

bool PublicKey::Verifies(SignatureAlgorithm algorithm, std::string_view data, std::string_view signature) const {
  const Facts& facts = FactsOf(algorithm);
  if (facts.curve != key_->curve) return false;
  std::string der;
  if (!facts.curve.empty()) {
    if (signature.size() != 2 * facts.coordinate) return false;
    der = ToDer(signature);
    signature = der;
  }
  const DigestContext context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, facts.digest(), nullptr, key_->pkey.get()) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(data), data.size()) == 1;
}

SigningKey SigningKey::Make(SignatureAlgorithm algorithm) {
  const Facts& facts = FactsOf(algorithm);
  Pkey pkey(facts.curve.empty() ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{kLeastRsaBits})
                                : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", facts.group));
  CHECK(pkey != nullptr);
  return SigningKey(algorithm, std::make_shared<const Key>(std::move(pkey)));
}

std::string SigningKey::Sign(std::string_view data) const {
  const Facts& facts = FactsOf(algorithm_);
  const DigestContext context(EVP_MD_CTX_new());
  CHECK(EVP_DigestSignInit(context.get(), nullptr, facts.digest(), nullptr, key_->pkey.get()) == 1);
  std::size_t size = 0;
  CHECK(EVP_DigestSign(context.get(), nullptr, &size, Bytes(data), data.size()) == 1);
  std::string signature(size, '\0');
  CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, Bytes(data), data.size()) == 1);
  signature.resize(size);
  return facts.curve.empty() ? signature : FromDer(signature, facts.coordinate);
}

PublicKeyParts SigningKey::Public() const {
  const Facts& facts = FactsOf(algorithm_);
  const EVP_PKEY* key = key_->pkey.get();
  if (facts.curve.empty()) {
    return {.modulus = NumberOf(key, OSSL_PKEY_PARAM_RSA_N, 0), .exponent = NumberOf(key, OSSL_PKEY_PARAM_RSA_E, 0)};
  }
  return {.curve = std::string(facts.curve),
          .x = NumberOf(key, OSSL_PKEY_PARAM_EC_PUB_X, facts.coordinate),
          .y = NumberOf(key, OSSL_PKEY_PARAM_EC_PUB_Y, facts.coordinate)};
}

}  // namespace crossrole::base
