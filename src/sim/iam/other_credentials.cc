// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "sim/iam/entities.h"
#include "sim/iam/extras.h"
#include "sim/iam/operations.h"

namespace crossrole::sim::iam {
namespace {

namespace api = aws::iam;

constexpr std::size_t kCertificatesPerUser = 2;
constexpr std::size_t kSshKeysPerUser = 5;
constexpr std::string_view kCapitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

std::string StatusOf(const OtherCredential& credential) { return credential.active ? "Active" : "Inactive"; }

using List = std::vector<OtherCredential> UserExtras::*;

const OtherCredential* FindIn(const User& user, List list, std::string_view id) {
  const auto& all = ExtrasOf(user).*list;
  const auto it = std::ranges::find(all, id, &OtherCredential::id);
  return it == all.end() ? nullptr : &*it;
}

void Remove(Call& call, const User& user, List list, std::string_view id) {
  ChangeExtras(call, user, [&](UserExtras& extras) {
    std::erase_if(extras.*list, [&](const OtherCredential& each) { return each.id == id; });
  });
}

void SetActive(Call& call, const User& user, List list, std::string_view id, std::string_view status) {
  ChangeExtras(call, user, [&](UserExtras& extras) {
    std::ranges::find(extras.*list, id, &OtherCredential::id)->active = status == "Active";
  });
}

api::SigningCertificate ShowCertificate(const Call& call, const User& user, const OtherCredential& certificate) {
  return {.user_name = user.name,
          .certificate_id = certificate.id,
          .certificate_body = certificate.body,
          .status = StatusOf(certificate),
          .upload_date = call.Shown(certificate.created)};
}

base::Result<api::UploadSigningCertificateOutput> UploadCertificate(Call& call, const api::UploadSigningCertificateInput& input) {
  TRY_ASSIGN(const auto user, FindEntity(call, input));
  const std::string_view body = base::Trim(input.certificate_body);
  if (!body.starts_with("-----BEGIN CERTIFICATE-----") || !body.ends_with("-----END CERTIFICATE-----")) {
    return Refuse("MalformedCertificate", "Certificate Body is malformed.");
  }
  for (const OtherCredential& each : ExtrasOf(*user).certificates) {
    if (each.body == body) return Refuse("DuplicateCertificate", "The certificate was already uploaded.");
  }
  if (ExtrasOf(*user).certificates.size() >= kCertificatesPerUser) {
    return Refuse("LimitExceeded", "Cannot exceed quota for SigningCertificatesPerUser: " + std::to_string(kCertificatesPerUser));
  }
  const OtherCredential certificate{.id = base::RandomText(call.random, kCapitals, 32), .body = std::string(body), .created = call.now()};
  ChangeExtras(call, *user, [&](UserExtras& extras) { extras.certificates.push_back(certificate); });
  return api::UploadSigningCertificateOutput{.certificate = ShowCertificate(call, *user, certificate)};
}

std::unexpected<base::Error> NoCertificate(const std::string& id) {
  return Refuse("NoSuchEntity", "The Certificate with id " + id + " cannot be found.");
}

base::Result<api::UpdateSigningCertificateOutput> UpdateCertificate(Call& call, const api::UpdateSigningCertificateInput& input) {
  TRY_ASSIGN(const auto user, FindEntity(call, input));
  if (FindIn(*user, &UserExtras::certificates, input.certificate_id) == nullptr) return NoCertificate(input.certificate_id);
  SetActive(call, *user, &UserExtras::certificates, input.certificate_id, input.status);
  return api::UpdateSigningCertificateOutput{};
}

base::Result<api::DeleteSigningCertificateOutput> DeleteCertificate(Call& call, const api::DeleteSigningCertificateInput& input) {
  TRY_ASSIGN(const auto user, FindEntity(call, input));
  if (FindIn(*user, &UserExtras::certificates, input.certificate_id) == nullptr) return NoCertificate(input.certificate_id);
  Remove(call, *user, &UserExtras::certificates, input.certificate_id);
  return api::DeleteSigningCertificateOutput{};
}

base::Result<api::ListSigningCertificatesOutput> ListCertificates(Call& call, const api::ListSigningCertificatesInput& input) {
  TRY_ASSIGN(const auto user, FindEntity(call, input));
  std::vector<api::SigningCertificate> certificates;
  for (const OtherCredential& each : ExtrasOf(*user).certificates) certificates.push_back(ShowCertificate(call, *user, each));
  api::ListSigningCertificatesOutput output;
  TRY(Page(input, std::move(certificates), [](const auto& each) -> std::string_view { return each.certificate_id; },
           output.certificates, output));
  return output;
}

api::SSHPublicKey ShowKey(const Call& call, const User& user, const OtherCredential& key) {
  const std::string hash = base::HexEncode(base::AsText(base::Sha256(key.body)));
  std::string fingerprint;
  for (std::size_t i = 0; i < 32; i += 2) fingerprint += (i == 0 ? "" : ":") + hash.substr(i, 2);
  return {.user_name = user.name,
          .ssh_public_key_id = key.id,
          .fingerprint = std::move(fingerprint),
          .ssh_public_key_body = key.body,
          .status = StatusOf(key),
          .upload_date = call.Shown(key.created)};
}

std::unexpected<base::Error> NoKey(const std::string& id) {
  return Refuse("NoSuchEntity", "The SSH Public Key with id " + id + " cannot be found.");
}

base::Result<api::UploadSSHPublicKeyOutput> UploadKey(Call& call, const api::UploadSSHPublicKeyInput& input) {
  TRY_ASSIGN(const auto user, FindEntity(call, input));
  const std::string_view body = base::Trim(input.ssh_public_key_body);
  if (!body.starts_with("ssh-rsa ") && !body.starts_with("-----BEGIN PUBLIC KEY-----")) {
    return Refuse("UnrecognizedPublicKeyEncoding", "Invalid key body encoding");
  }
  for (const OtherCredential& each : ExtrasOf(*user).ssh_keys) {
    if (each.body == body) return Refuse("DuplicateSSHPublicKey", "The SSH public key is already associated with the user.");
  }
  if (ExtrasOf(*user).ssh_keys.size() >= kSshKeysPerUser) {
    return Refuse("LimitExceeded", "Cannot exceed quota for SSHPublicKeysPerUser: " + std::to_string(kSshKeysPerUser));
  }
  const OtherCredential key{.id = "APKA" + base::RandomText(call.random, kCapitals, 16), .body = std::string(body), .created = call.now()};
  ChangeExtras(call, *user, [&](UserExtras& extras) { extras.ssh_keys.push_back(key); });
  return api::UploadSSHPublicKeyOutput{.ssh_public_key = ShowKey(call, *user, key)};
}

base::Result<api::GetSSHPublicKeyOutput> GetKey(Call& call, const api::GetSSHPublicKeyInput& input) {
  TRY_ASSIGN(const auto user, FindEntity(call, input));
  const OtherCredential* key = FindIn(*user, &UserExtras::ssh_keys, input.ssh_public_key_id);
  if (key == nullptr) return NoKey(input.ssh_public_key_id);
  return api::GetSSHPublicKeyOutput{.ssh_public_key = ShowKey(call, *user, *key)};
}

base::Result<api::UpdateSSHPublicKeyOutput> UpdateKey(Call& call, const api::UpdateSSHPublicKeyInput& input) {
  TRY_ASSIGN(const auto user, FindEntity(call, input));
  if (FindIn(*user, &UserExtras::ssh_keys, input.ssh_public_key_id) == nullptr) return NoKey(input.ssh_public_key_id);
  SetActive(call, *user, &UserExtras::ssh_keys, input.ssh_public_key_id, input.status);
  return api::UpdateSSHPublicKeyOutput{};
}

base::Result<api::DeleteSSHPublicKeyOutput> DeleteKey(Call& call, const api::DeleteSSHPublicKeyInput& input) {
  TRY_ASSIGN(const auto user, FindEntity(call, input));
  if (FindIn(*user, &UserExtras::ssh_keys, input.ssh_public_key_id) == nullptr) return NoKey(input.ssh_public_key_id);
  Remove(call, *user, &UserExtras::ssh_keys, input.ssh_public_key_id);
  return api::DeleteSSHPublicKeyOutput{};
}

base::Result<api::ListSSHPublicKeysOutput> ListKeys(Call& call, const api::ListSSHPublicKeysInput& input) {
  TRY_ASSIGN(const auto user, FindEntity(call, input));
  std::vector<api::SSHPublicKeyMetadata> keys;
  for (const OtherCredential& each : ExtrasOf(*user).ssh_keys) {
    keys.push_back({.user_name = user->name, .ssh_public_key_id = each.id, .status = StatusOf(each), .upload_date = call.Shown(each.created)});
  }
  api::ListSSHPublicKeysOutput output;
  TRY(Page(input, std::move(keys), [](const auto& each) -> std::string_view { return each.ssh_public_key_id; },
           output.ssh_public_keys, output));
  return output;
}

}  // namespace

void AddOtherCredentialOperations(OperationTable& table) {
  table.Add<api::UploadSigningCertificate>(OnEntity{}, UploadCertificate);
  table.Add<api::UpdateSigningCertificate>(OnEntity{}, UpdateCertificate);
  table.Add<api::DeleteSigningCertificate>(OnEntity{}, DeleteCertificate);
  table.Add<api::ListSigningCertificates>(OnEntity{}, ListCertificates);
  table.Add<api::UploadSSHPublicKey>(OnEntity{}, UploadKey);
  table.Add<api::GetSSHPublicKey>(OnEntity{}, GetKey);
  table.Add<api::UpdateSSHPublicKey>(OnEntity{}, UpdateKey);
  table.Add<api::DeleteSSHPublicKey>(OnEntity{}, DeleteKey);
  table.Add<api::ListSSHPublicKeys>(OnEntity{}, ListKeys);
}

}  // namespace crossrole::sim::iam
