// SPDX-License-Identifier: Apache-2.0
#include "store/people/operators.h"

#include "base/text.h"
#include "store/internal/columns.h"
#include "store/people/personal_data.h"

namespace crossrole::store {
namespace {

using base::Fail;
using base::Result;
using base::Status;

constexpr std::string_view kName = "operators.name";
constexpr std::string_view kEmail = "operators.email";

// What is sealed, and cannot be opened here, is nothing.
Status OpenPerson(const PersonalData* personal_data, Operator& person) {
  if (personal_data == nullptr) {
    person.name.clear();
    person.email.clear();
    return {};
  }
  TRY_ASSIGN(person.name, personal_data->Open({person.tenant, person.id.text(), kName}, person.name));
  TRY_ASSIGN(person.email, personal_data->Open({person.tenant, person.id.text(), kEmail}, person.email));
  return {};
}

// An operator as the row has him.
struct Written {
  std::string name;
  std::string email;
  std::string email_key;
  bool is_sealed = false;
};

std::string KeyOfEmail(const ReadTransaction& tx, std::string_view email) {
  const std::string lower = base::Lower(email);
  return tx.personal_data() == nullptr ? lower : tx.personal_data()->Mark(tx.tenant(), lower);
}

Written WrittenFrom(const ReadTransaction& tx, const Operator& person) {
  const PersonalData* personal_data = tx.personal_data();
  if (personal_data == nullptr) return {person.name, person.email, KeyOfEmail(tx, person.email)};
  return {personal_data->Seal({tx.tenant(), person.id.text(), kName}, person.name),
          personal_data->Seal({tx.tenant(), person.id.text(), kEmail}, person.email), KeyOfEmail(tx, person.email), true};
}

Result<Operator> ReadOperator(const Row& row, const PersonalData* personal_data) {
  TRY_ASSIGN(auto id, row.Parsed<model::OperatorId>(0));
  TRY_ASSIGN(auto tenant, row.Parsed<model::TenantId>(1));
  Operator person{.id = std::move(id),
                  .tenant = std::move(tenant),
                  .name = row.Text(2),
                  .email = row.Text(3),
                  .disabled = row.Flag(4),
                  .password_hash = row.Text(5),
                  .last_sign_in_at = row.OptionalTime(8),
                  .version = row.Int(9),
                  .created_at = row.Time(10),
                  .updated_at = row.Time(11)};
  if (!row.IsNull(6)) person.subject = ProviderSubject{row.Text(6), row.Text(7)};
  if (row.Flag(12)) TRY(OpenPerson(personal_data, person));
  return person;
}

auto OperatorFrom(const ReadTransaction& tx) {
  return [personal_data = tx.personal_data()](const Row& row) { return ReadOperator(row, personal_data); };
}

base::Error EmailTaken() {
  return {.code = base::Code::kConflict, .message = "another operator has this address", .field = "email"};
}

// Whoever has the address already, but for `self`.
Status CheckEmailFree(ReadTransaction& tx, const Operator& self) {
  TRY_ASSIGN(const auto other, FindOperatorByEmail(tx, self.email));
  if (other && other->id != self.id) return Fail(EmailTaken());
  return {};
}

std::optional<std::string> ProviderOf(const Operator& person) {
  return person.subject ? std::optional(person.subject->provider) : std::nullopt;
}
std::optional<std::string> SubjectOf(const Operator& person) {
  return person.subject ? std::optional(person.subject->subject) : std::nullopt;
}

}  // namespace

Status InsertOperator(WriteTransaction& tx, const Operator& person) {
  CHECK(person.tenant == tx.tenant());
  TRY(CheckEmailFree(tx, person));
  const Written written = WrittenFrom(tx, person);
  const auto provider = ProviderOf(person);
  const auto subject = SubjectOf(person);
  TRY(tx.Execute(R"sql(
    INSERT INTO operators (tenant_id, id, name, email, email_key, disabled, password_hash, provider, subject, version,
                           created_at, updated_at, sealed)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $10, $11))sql",
                 {person.id, written.name, written.email, written.email_key, person.disabled, person.password_hash, provider, subject,
                  person.created_at, written.is_sealed}));
  return {};
}

Result<std::int64_t> UpdateOperator(WriteTransaction& tx, const Operator& person) {
  TRY(CheckEmailFree(tx, person));
  const Written written = WrittenFrom(tx, person);
  const auto provider = ProviderOf(person);
  const auto subject = SubjectOf(person);
  TRY_ASSIGN(const auto changed, tx.Execute(R"sql(
    UPDATE operators SET name = $3, email = $4, email_key = $5, disabled = $6, password_hash = $7, provider = $8,
           subject = $9, updated_at = $10, sealed = $12, version = version + 1
    WHERE tenant_id = $1 AND id = $2 AND version = $11 AND sealed <= $12)sql",
                                            {person.id, written.name, written.email, written.email_key, person.disabled, person.password_hash,
                                             provider, subject, person.updated_at, person.version, written.is_sealed}));
  if (changed == 0) return Fail(StaleVersion());
  return person.version + 1;
}

Result<std::optional<Operator>> FindOperator(ReadTransaction& tx, const model::OperatorId& id) {
  return tx.One(R"sql(
    SELECT id, tenant_id, name, email, disabled, password_hash, provider, subject, last_sign_in_at, version, created_at, updated_at, sealed
    FROM operators WHERE tenant_id = $1 AND id = $2)sql",
                {id}, OperatorFrom(tx));
}

Result<std::optional<Operator>> FindOperatorByEmail(ReadTransaction& tx, std::string_view email) {
  return tx.One(R"sql(
    SELECT id, tenant_id, name, email, disabled, password_hash, provider, subject, last_sign_in_at, version, created_at, updated_at, sealed
    FROM operators WHERE tenant_id = $1 AND email_key = $2)sql",
                {KeyOfEmail(tx, email)}, OperatorFrom(tx));
}

Result<std::optional<Operator>> FindOperatorBySubject(ReadTransaction& tx, const ProviderSubject& subject) {
  return tx.One(R"sql(
    SELECT id, tenant_id, name, email, disabled, password_hash, provider, subject, last_sign_in_at, version, created_at, updated_at, sealed
    FROM operators WHERE tenant_id = $1 AND provider = $2 AND subject = $3)sql",
                {subject.provider, subject.subject}, OperatorFrom(tx));
}

Result<std::vector<Operator>> ListOperators(ReadTransaction& tx, const Page& page) {
  return tx.All(R"sql(
    SELECT id, tenant_id, name, email, disabled, password_hash, provider, subject, last_sign_in_at, version, created_at, updated_at, sealed
    FROM operators WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3)sql",
                {page.after, page.limit}, OperatorFrom(tx));
}

Result<std::size_t> SealOperators(WriteTransaction& tx, std::size_t limit) {
  CHECK(tx.personal_data() != nullptr);
  TRY_ASSIGN(const auto people, tx.All(R"sql(
    SELECT id, tenant_id, name, email, disabled, password_hash, provider, subject, last_sign_in_at, version, created_at, updated_at, sealed
    FROM operators WHERE tenant_id = $1 AND sealed = 0 ORDER BY id LIMIT $2)sql",
                                       {static_cast<std::int64_t>(limit)}, OperatorFrom(tx)));
  for (const Operator& person : people) {
    const Written written = WrittenFrom(tx, person);
    TRY(tx.Execute(R"sql(UPDATE operators SET name = $3, email = $4, email_key = $5, sealed = 1 WHERE tenant_id = $1 AND id = $2)sql",
                   {person.id, written.name, written.email, written.email_key}));
  }
  return people.size();
}

Status RecordSignIn(WriteTransaction& tx, const model::OperatorId& id, base::Time now) {
  TRY(tx.Execute(R"sql(UPDATE operators SET last_sign_in_at = $3 WHERE tenant_id = $1 AND id = $2)sql", {id, now}));
  return {};
}

Status DeleteOperator(WriteTransaction& tx, const model::OperatorId& id) {
  TRY_ASSIGN(const auto deleted, tx.Execute(R"sql(DELETE FROM operators WHERE tenant_id = $1 AND id = $2)sql", {id}));
  if (deleted == 0) return Fail(NoSuch("operator", id.text()));
  return {};
}

}  // namespace crossrole::store
