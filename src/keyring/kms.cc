// SPDX-License-Identifier: Apache-2.0
#include "keyring/kms.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <chrono>

#include "aws/kms.h"
#include "base/crypto.h"
#include "base/json.h"
#include "keyring/internal/parameters.h"

namespace crossrole::keyring {
namespace {

using base::Code;
using base::Error;
using base::Fail;
using base::Result;

constexpr std::chrono::seconds kLimit{30};

std::map<std::string, std::string> Context() { return {{"crossrole:purpose", "master-key"}}; }

// AWS's refusals, in words about this server's start.
Error Explained(Error error, const std::string& key) {
  if (error.code != Code::kAwsRefused) return base::WithContext(std::move(error), "AWS KMS");
  error.message = fmt::format("AWS KMS refuses the key `{}`: {}", key, error.message);
  error.reason = "keyring.kms_refused";
  if (error.fix.empty()) error.fix = "allow kms:GenerateDataKey and kms:Decrypt on that key to this server's own principal";
  return error;
}

class KmsSource final : public MasterKeySource {
 public:
  KmsSource(aws::ClientConfig client, std::string key) : client_(std::move(client)), key_(std::move(key)) {}

  std::string_view name() const override { return "kms"; }

  Result<MadeKey> MakeFirst() override { return MakeNext(); }

  Result<MadeKey> MakeNext() override {
    auto made = client_.Call<aws::kms::GenerateDataKey>(
        {.key_id = key_, .encryption_context = Context(), .number_of_bytes = static_cast<std::int32_t>(kKeySize)},
        {.deadline = base::Deadline::After(kLimit)});
    if (!made) return Fail(Explained(made.error(), key_));
    if (made->plaintext.size() != kKeySize) return Fail(Code::kUnavailable, "AWS KMS answered with a key of another size");
    return MadeKey{.key = Key::From(std::move(made->plaintext)),
                   .parameters = base::PrintJson(boost::json::object{{"key", made->key_id},
                                                                     {"sealed", base::Base64Encode(made->ciphertext_blob)}})};
  }

  Result<Key> Unlock(std::string_view fingerprint, std::string_view parameters) override {
    TRY_ASSIGN(const Parameters given, Parameters::Parse(parameters));
    TRY_ASSIGN(const std::string key_id, given.Text("key"));
    TRY_ASSIGN(const std::string sealed, given.Bytes("sealed"));
    auto opened = client_.Call<aws::kms::Decrypt>({.ciphertext_blob = sealed, .encryption_context = Context(), .key_id = key_id},
                                                  {.deadline = base::Deadline::After(kLimit)});
    if (!opened) return Fail(Explained(opened.error(), key_id));
    if (opened->plaintext.size() != kKeySize) return Fail(WrongKey("what AWS KMS opened", fingerprint));
    Key key = Key::From(std::move(opened->plaintext));
    if (key.Fingerprint() != fingerprint) return Fail(WrongKey("what AWS KMS opened", fingerprint));
    return key;
  }

 private:
  const aws::Client client_;
  const std::string key_;
};

}  // namespace

std::unique_ptr<MasterKeySource> FromKms(aws::ClientConfig client, std::string key_arn) {
  return std::make_unique<KmsSource>(std::move(client), std::move(key_arn));
}

}  // namespace crossrole::keyring
