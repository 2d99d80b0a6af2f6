// SPDX-License-Identifier: Apache-2.0
#include "keyring/pkcs11.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/crypto.h"
#include "base/json.h"
#include "keyring/internal/parameters.h"
#include "keyring/internal/pkcs11_module.h"

namespace crossrole::keyring {
namespace {

using base::Result;
using base::Secret;

constexpr std::string_view kContext = "crossrole master key";
constexpr std::size_t kNonceSize = 12;

class Pkcs11Source final : public MasterKeySource {
 public:
  Pkcs11Source(Pkcs11Options options, base::Random& random) : options_(std::move(options)), random_(random) {}

  std::string_view name() const override { return "pkcs11"; }

  Result<MadeKey> MakeFirst() override { return MakeNext(); }

  Result<MadeKey> MakeNext() override {
    TRY_ASSIGN(const auto token, Session());
    TRY_ASSIGN(unsigned long wrapping, token->FindKey(options_.key));
    if (wrapping == 0) {
      TRY_ASSIGN(wrapping, token->MakeKey(options_.key));
    }
    std::string nonce(kNonceSize, '\0');
    random_.Fill({reinterpret_cast<std::uint8_t*>(nonce.data()), nonce.size()});
    Key key = Key::Make(random_);
    TRY_ASSIGN(const std::string sealed, token->Encrypt(wrapping, nonce, kContext, key.Reveal()));
    std::string parameters = base::PrintJson(boost::json::object{{"key", options_.key},
                                                                 {"nonce", base::Base64Encode(nonce)},
                                                                 {"sealed", base::Base64Encode(sealed)}});
    return MadeKey{.key = std::move(key), .parameters = std::move(parameters)};
  }

  Result<Key> Unlock(std::string_view fingerprint, std::string_view parameters) override {
    TRY_ASSIGN(const Parameters given, Parameters::Parse(parameters));
    TRY_ASSIGN(const std::string label, given.Text("key"));
    TRY_ASSIGN(const std::string nonce, given.Bytes("nonce"));
    TRY_ASSIGN(const std::string sealed, given.Bytes("sealed"));
    TRY_ASSIGN(const auto token, Session());
    TRY_ASSIGN(const unsigned long wrapping, token->FindKey(label));
    if (wrapping == 0) {
      return base::Fail(KeyMissing(fmt::format("the token `{}` has no key `{}`", options_.token, label), "use the token that has it"));
    }
    TRY_ASSIGN(const Secret bytes, token->Decrypt(wrapping, nonce, kContext, sealed));
    if (bytes.size() != kKeySize) return base::Fail(WrongKey("what the token opened", fingerprint));
    Key key = Key::From(std::string(bytes.Reveal()));
    if (key.Fingerprint() != fingerprint) return base::Fail(WrongKey("what the token opened", fingerprint));
    return key;
  }

 private:
  Result<std::unique_ptr<TokenSession>> Session() const {
    return TokenSession::Open({.module = options_.module, .token = options_.token}, options_.pin);
  }

  const Pkcs11Options options_;
  base::Random& random_;
};

}  // namespace

std::unique_ptr<MasterKeySource> FromPkcs11(Pkcs11Options options, base::Random& random) {
  return std::make_unique<Pkcs11Source>(std::move(options), random);
}

}  // namespace crossrole::keyring
