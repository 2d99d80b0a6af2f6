// SPDX-License-Identifier: Apache-2.0
#include "keyring/keyring.h"

#include <fmt/format.h>

#include <vector>

namespace crossrole::keyring {
namespace {

using base::Code;
using base::Error;
using base::Fail;
using base::Result;
using base::Secret;
using base::Status;

// How often a change is tried that another process's change of keys was faster than.
constexpr int kAttempts = 3;

std::string NameOf(const Owner& owner) { return owner ? owner->text() : std::string("installation"); }

std::string WrapContext(const Owner& owner, std::int64_t version) {
  return fmt::format("crossrole data key\n{}\n{}", NameOf(owner), version);
}

std::string SecretContext(const Owner& owner, std::int64_t version, std::string_view name) {
  return fmt::format("crossrole secret\n{}\n{}\n{}", NameOf(owner), version, name);
}

std::string Wrapped(const Key& wrap, const Owner& owner, std::int64_t version, const Key& key, base::Random& random) {
  return Seal(wrap, WrapContext(owner, version), Secret(std::string(key.Reveal())), random);
}

Result<Key> Unwrapped(const Key& wrap, const store::DataKeyRecord& record) {
  TRY_ASSIGN(const Secret bytes, Unseal(wrap, WrapContext(record.tenant, record.version), record.wrapped));
  if (bytes.size() != kKeySize) return Fail(Code::kInternal, "a data key has another size");
  return Key::From(std::string(bytes.Reveal()));
}

std::unexpected<Error> ChangedMeanwhile() {
  return Fail(Error{.code = Code::kConflict,
                    .message = "the master key was changed by somebody else",
                    .reason = "keyring.wrong_key",
                    .fix = "see which one is in use with `crossrole doctor`"});
}

}  // namespace

Result<std::unique_ptr<Keyring>> Keyring::Open(const KeyringPorts& ports) {
  std::unique_ptr<Keyring> keyring(new Keyring(ports));
  TRY(keyring->Begin());
  return keyring;
}

Status Keyring::Begin() {
  TRY_ASSIGN(const auto record, ports_.store.ReadInstallation([](store::ReadTransaction& tx) { return store::FindMasterKey(tx); }));
  if (!record) {
    TRY_ASSIGN(MadeKey made, ports_.source.MakeFirst());
    const store::MasterKeyRecord fresh{.id = made.key.Fingerprint(),
                                       .source = std::string(ports_.source.name()),
                                       .parameters = std::move(made.parameters),
                                       .created_at = ports_.clock.Now()};
    TRY(ports_.store.WriteInstallation([&](store::WriteTransaction& tx) { return store::InsertMasterKey(tx, fresh); }));
    Hold(std::make_shared<const Master>(fresh, made.key.Derive("wrap")));
    return {};
  }
  if (record->source != ports_.source.name()) {
    return Fail(Error{.code = Code::kFailedPrecondition,
                      .message = fmt::format("the secrets of this installation are under a master key from `{}`, but `keyring.source` is `{}`",
                                             record->source, ports_.source.name()),
                      .reason = "keyring.other_source",
                      .field = "keyring.source",
                      .fix = "set it back; to change it, run `crossrole rekey --new-config` with the new configuration"});
  }
  TRY(CurrentMaster());
  return {};
}

std::string Keyring::fingerprint() const {
  return known_.With([](const Known& known) { return known.master->record.id; });
}

void Keyring::Hold(MasterPointer master) {
  known_.With([&](Known& known) { known.master = std::move(master); });
}

void Keyring::Forget(const Owner& owner) {
  known_.With([&](Known& known) { known.newest.erase(NameOf(owner)); });
}

Result<Keyring::MasterPointer> Keyring::CurrentMaster() {
  TRY_ASSIGN(const auto record, ports_.store.ReadInstallation([](store::ReadTransaction& tx) { return store::FindMasterKey(tx); }));
  if (!record) return Fail(KeyMissing("the database does not know it any more", "restore the database from a backup"));
  MasterPointer held = known_.With([](const Known& known) { return known.master; });
  if (held && held->record.id == record->id) return held;
  TRY_ASSIGN(const Key key, ports_.source.Unlock(record->id, record->parameters));
  auto fresh = std::make_shared<const Master>(*record, key.Derive("wrap"));
  Hold(fresh);
  return fresh;
}

Result<Keyring::KeyPointer> Keyring::Unwrap(const store::DataKeyRecord& record) {
  MasterPointer master = known_.With([](const Known& known) { return known.master; });
  if (master->record.id != record.master_id) {
    TRY_ASSIGN(master, CurrentMaster());
  }
  if (master->record.id != record.master_id) return ChangedMeanwhile();
  TRY_ASSIGN(Key key, Unwrapped(master->wrap, record));
  auto pointer = std::make_shared<const Key>(std::move(key));
  known_.With([&](Known& known) { known.keys[{NameOf(record.tenant), record.version}] = pointer; });
  return pointer;
}

Result<Keyring::DataKey> Keyring::MakeKey(const Owner& owner, std::int64_t version) {
  TRY_ASSIGN(const MasterPointer master, CurrentMaster());
  auto key = std::make_shared<const Key>(Key::Make(ports_.random));
  const store::DataKeyRecord record{.tenant = owner,
                                    .version = version,
                                    .master_id = master->record.id,
                                    .wrapped = Wrapped(master->wrap, owner, version, *key, ports_.random),
                                    .created_at = ports_.clock.Now()};
  TRY(ports_.store.WriteInstallation([&](store::WriteTransaction& tx) { return store::InsertDataKey(tx, record); }));
  known_.With([&](Known& known) {
    known.keys[{NameOf(owner), version}] = key;
    known.newest[NameOf(owner)] = version;
  });
  return DataKey{.version = version, .key = std::move(key)};
}

Result<Keyring::DataKey> Keyring::NewestKey(const Owner& owner) {
  const auto known = known_.With([&](const Known& all) -> std::optional<DataKey> {
    const auto newest = all.newest.find(NameOf(owner));
    if (newest == all.newest.end()) return std::nullopt;
    const auto key = all.keys.find({NameOf(owner), newest->second});
    return key == all.keys.end() ? std::nullopt : std::optional(DataKey{.version = newest->second, .key = key->second});
  });
  if (known) return *known;
  Error last{};
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    TRY_ASSIGN(const auto records, ports_.store.ReadInstallation([&](store::ReadTransaction& tx) { return store::ListDataKeys(tx, owner); }));
    if (!records.empty()) {
      TRY_ASSIGN(KeyPointer key, Unwrap(records.front()));
      known_.With([&](Known& all) { all.newest[NameOf(owner)] = records.front().version; });
      return DataKey{.version = records.front().version, .key = std::move(key)};
    }
    auto made = MakeKey(owner, 1);
    if (made || made.error().code != Code::kConflict) return made;
    last = made.error();
  }
  // Neither another maker nor another master key: the tenant that it refers to is not there.
  if (owner && last.reason == "storage.foreign_key") return Fail(Code::kNotFound, fmt::format("there is no tenant `{}`", owner->text()));
  return Fail(last);
}

Result<Keyring::KeyPointer> Keyring::KeyOf(const Owner& owner, std::int64_t version) {
  const KeyPointer known = known_.With([&](const Known& all) -> KeyPointer {
    const auto found = all.keys.find({NameOf(owner), version});
    return found == all.keys.end() ? nullptr : found->second;
  });
  if (known) return known;
  TRY_ASSIGN(const auto records, ports_.store.ReadInstallation([&](store::ReadTransaction& tx) { return store::ListDataKeys(tx, owner); }));
  for (const store::DataKeyRecord& record : records) {
    if (record.version == version) return Unwrap(record);
  }
  return Fail(Error{.code = Code::kFailedPrecondition,
                    .message = fmt::format("version {} of the data key of `{}` is missing", version, NameOf(owner)),
                    .reason = "keyring.unreadable",
                    .fix = "restore the database from a backup"});
}

Status Keyring::Store(const Owner& owner, const store::SealedSecret& secret) {
  if (owner) return ports_.store.Write(*owner, [&](store::WriteTransaction& tx) { return store::PutSealedSecret(tx, secret); });
  return ports_.store.WriteInstallation([&](store::WriteTransaction& tx) { return store::PutInstallationSecret(tx, secret); });
}

Status Keyring::Put(const Owner& owner, std::string_view name, const Secret& secret) {
  Status stored;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    TRY_ASSIGN(const DataKey key, NewestKey(owner));
    stored = Store(owner, {.name = std::string(name),
                           .key_version = key.version,
                           .sealed = Seal(*key.key, SecretContext(owner, key.version, name), secret, ports_.random),
                           .updated_at = ports_.clock.Now()});
    if (stored || stored.error().code != Code::kConflict) return stored;
    // The key is gone: another process made it anew.
    Forget(owner);
  }
  return stored;
}

Result<Secret> Keyring::OpenSecret(const Owner& owner, const store::SealedSecret& secret) {
  TRY_ASSIGN(const KeyPointer key, KeyOf(owner, secret.key_version));
  auto opened = Unseal(*key, SecretContext(owner, secret.key_version, secret.name), secret.sealed);
  if (!opened) return Fail(base::WithContext(opened.error(), fmt::format("`{}` of `{}`", secret.name, NameOf(owner))));
  return opened;
}

Result<std::optional<Secret>> Keyring::Get(const Owner& owner, std::string_view name) {
  const auto find = [&]() -> Result<std::optional<store::SealedSecret>> {
    if (owner) return ports_.store.Read(*owner, [&](store::ReadTransaction& tx) { return store::FindSealedSecret(tx, name); });
    return ports_.store.ReadInstallation([&](store::ReadTransaction& tx) { return store::FindInstallationSecret(tx, name); });
  };
  for (int attempt = 1;; ++attempt) {
    TRY_ASSIGN(const auto found, find());
    if (!found) return std::optional<Secret>();
    auto opened = OpenSecret(owner, *found);
    if (opened) {
      if (ports_.on_read) TRY(ports_.on_read(owner, name));
      return std::optional<Secret>(std::move(*opened));
    }
    // Between reading the secret and its key, another process may have made both anew.
    if (attempt == kAttempts) return Fail(opened.error());
  }
}

Result<Secret> Keyring::GetOrMake(const Owner& owner, std::string_view name, std::size_t size) {
  TRY_ASSIGN(auto found, Get(owner, name));
  if (found) return std::move(*found);
  std::string bytes(size, '\0');
  ports_.random.Fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  Secret fresh(std::move(bytes));
  TRY(Put(owner, name, fresh));
  return fresh;
}

Status Keyring::Remove(const Owner& owner, std::string_view name) {
  if (owner) return ports_.store.Write(*owner, [&](store::WriteTransaction& tx) { return store::DeleteSealedSecret(tx, name); });
  return ports_.store.WriteInstallation([&](store::WriteTransaction& tx) { return store::DeleteInstallationSecret(tx, name); });
}

Result<std::vector<store::SealedSecret>> Keyring::List(const Owner& owner) {
  if (owner) return ports_.store.Read(*owner, [](store::ReadTransaction& tx) { return store::ListSealedSecrets(tx); });
  return ports_.store.ReadInstallation([](store::ReadTransaction& tx) { return store::ListInstallationSecrets(tx); });
}

Result<std::vector<std::pair<Owner, std::int64_t>>> Keyring::Owners() {
  TRY_ASSIGN(const auto records, ports_.store.ReadInstallation([](store::ReadTransaction& tx) { return store::ListAllDataKeys(tx); }));
  std::vector<std::pair<Owner, std::int64_t>> owners;
  for (const store::DataKeyRecord& record : records) {
    if (owners.empty() || owners.back().first != record.tenant) owners.emplace_back(record.tenant, record.version);
  }
  return owners;
}

Result<std::uint64_t> Keyring::CheckAll() {
  std::uint64_t count = 0;
  TRY_ASSIGN(const auto owners, Owners());
  for (const auto& [owner, version] : owners) {
    TRY(KeyOf(owner, version));
    TRY_ASSIGN(const auto secrets, List(owner));
    for (const store::SealedSecret& secret : secrets) {
      TRY(OpenSecret(owner, secret));
      ++count;
    }
  }
  return count;
}

Status Keyring::ReplaceMaster(const MasterPointer& former, const MasterPointer& next) {
  return ports_.store.WriteInstallation([&](store::WriteTransaction& tx) -> Status {
    TRY_ASSIGN(const auto current, store::FindMasterKey(tx));
    if (!current || current->id != former->record.id) return ChangedMeanwhile();
    TRY(store::InsertMasterKey(tx, next->record));
    TRY_ASSIGN(const auto records, store::ListAllDataKeys(tx));
    for (store::DataKeyRecord record : records) {
      TRY_ASSIGN(const Key key, Unwrapped(former->wrap, record));
      record.master_id = next->record.id;
      record.wrapped = Wrapped(next->wrap, record.tenant, record.version, key, ports_.random);
      TRY(store::RewrapDataKey(tx, record));
    }
    return store::DeleteMasterKey(tx, former->record.id);
  });
}

Result<std::uint64_t> Keyring::Reseal(const Owner& owner, std::int64_t below) {
  std::uint64_t sealed = 0;
  for (int attempt = 1;; ++attempt) {
    TRY_ASSIGN(const auto secrets, List(owner));
    for (const store::SealedSecret& secret : secrets) {
      if (secret.key_version >= below) continue;
      TRY_ASSIGN(const Secret opened, OpenSecret(owner, secret));
      TRY(Put(owner, secret.name, opened));
      ++sealed;
    }
    const Status deleted =
        ports_.store.WriteInstallation([&](store::WriteTransaction& tx) { return store::DeleteDataKeysBelow(tx, owner, below); });
    if (deleted) return sealed;
    // A server that runs meanwhile may have sealed one more under the former key.
    if (deleted.error().code != Code::kConflict || attempt == kAttempts) return Fail(deleted.error());
  }
}

Result<RotationReport> Keyring::Rotate(MasterKeySource& next) {
  TRY_ASSIGN(const MasterPointer former, CurrentMaster());
  TRY_ASSIGN(MadeKey made, next.MakeNext());
  RotationReport report{.former = former->record.id, .current = made.key.Fingerprint()};
  if (report.former == report.current) {
    return Fail(Error{.code = Code::kFailedPrecondition,
                      .message = "the new master key is the one in use",
                      .reason = "keyring.same_key",
                      .fix = "give another one by `--new-config`"});
  }
  const auto master = std::make_shared<const Master>(store::MasterKeyRecord{.id = report.current,
                                                                            .source = std::string(next.name()),
                                                                            .parameters = std::move(made.parameters),
                                                                            .created_at = ports_.clock.Now()},
                                                     made.key.Derive("wrap"));
  TRY(ReplaceMaster(former, master));
  Hold(master);
  TRY(next.Settle(report.current));
  TRY_ASSIGN(const auto owners, Owners());
  for (const auto& [owner, version] : owners) {
    TRY(MakeKey(owner, version + 1));
    TRY_ASSIGN(const std::uint64_t sealed, Reseal(owner, version + 1));
    report.secrets += sealed;
    ++report.keys;
  }
  return report;
}

}  // namespace crossrole::keyring
