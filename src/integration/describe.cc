// SPDX-License-Identifier: Apache-2.0
#include "integration/describe.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "integration/internal/blueprint.h"
#include "integration/internal/names.h"
#include "integration/rotate.h"
#include "store/organization/defaults.h"

namespace crossrole::integration {
namespace {

namespace json = boost::json;

json::array Texts(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

json::object TextMap(const std::map<std::string, std::string>& map) {
  json::object object;
  for (const auto& [key, value] : map) object[key] = value;
  return object;
}

json::value TextOrNull(std::string_view text) { return text.empty() ? json::value(nullptr) : json::value(text); }

json::value TimeOrNull(const std::optional<base::Time>& time) {
  return time ? json::value(base::FormatRfc3339(*time)) : json::value(nullptr);
}

json::value Parsed(std::string_view text) {
  auto value = base::ParseJson(text);
  return value ? *std::move(value) : json::value(nullptr);
}

json::array ExternalIds(const model::Integration& integration) {
  json::array list;
  for (const model::IssuedExternalId& issued : integration.external_ids) {
    list.push_back(json::object{{"value", issued.value.text()},
                                {"state", model::NameOf(issued.state)},
                                {"verified", issued.verified},
                                {"issued_at", base::FormatRfc3339(issued.issued_at)}});
  }
  return list;
}

json::array Capabilities(const model::Integration& integration) {
  json::array list;
  for (const model::CapabilityChoice& choice : integration.capabilities) {
    if (choice.parameters.empty()) {
      list.emplace_back(choice.name);
    } else {
      list.push_back(json::object{{"name", choice.name}, {"parameters", TextMap(choice.parameters)}});
    }
  }
  return list;
}

// Of format per_run there is no single value; what trust policies are offered stands in its place.
std::string ShownExternalId(const model::Integration& integration, const model::Handle& tenant) {
  if (const auto* current = integration.CurrentExternalId()) return current->value.text();
  return tenant.text() + "@" + integration.id.text() + "@*";
}

json::object SyncOf(const model::Integration& integration, const std::optional<store::Verification>& verification) {
  std::string_view state = "never";
  if (integration.state == model::IntegrationState::kVerifying) state = "syncing";
  if (integration.state == model::IntegrationState::kActive) state = "connected";
  if (integration.state == model::IntegrationState::kFailed || integration.state == model::IntegrationState::kQuarantined) {
    state = "error";
  }
  const bool succeeded = verification && verification->ok;
  return {{"state", state},
          {"last_success_at", succeeded ? json::value(base::FormatRfc3339(verification->checked_at)) : json::value(nullptr)},
          {"next_at", TimeOrNull(integration.next_check_at)}};
}

void AddRole(const model::Integration& integration, json::object& object) {
  const auto expected = integration.ExpectedRoleArn();
  object["account_id"] = integration.account_id ? json::value(integration.account_id->text()) : json::value(nullptr);
  object["role_arn"] = integration.role_arn ? json::value(integration.role_arn->text()) : json::value(nullptr);
  object["expected_role_arn"] = expected ? json::value(expected->text()) : json::value(nullptr);
  object["role_name"] = integration.role.role_name;
  object["role_path"] = integration.role.role_path;
  object["policy_name"] = integration.role.policy_name;
  object["role_description"] = TextOrNull(integration.role.description);
  object["role_tags"] = TextMap(integration.role.tags);
  object["permissions_boundary_arn"] = TextOrNull(integration.role.permissions_boundary_arn);
  object["managed_policy_arns"] = Texts(integration.role.managed_policy_arns);
  object["policy_document"] =
      integration.role.policy_document.empty() ? json::value(nullptr) : Parsed(integration.role.policy_document);
  object["role_console_url"] =
      TextOrNull(RoleConsoleUrl(integration.partition, expected ? expected->name() : integration.role.role_name));
}

}  // namespace

json::value ToJson(const Description& description) {
  const model::Integration& integration = description.integration;
  json::object object{{"id", integration.id.text()},
                      {"version", integration.version},
                      {"created_at", base::FormatRfc3339(integration.created_at)},
                      {"updated_at", base::FormatRfc3339(integration.updated_at)},
                      {"handle", integration.handle.text()},
                      {"name", integration.name},
                      {"space", integration.space.text()},
                      {"owners", Texts(integration.owners)},
                      {"labels", Texts(integration.labels)},
                      {"autoattach", integration.autoattach},
                      {"kind", model::NameOf(integration.kind)},
                      {"partition", model::FactsOf(integration.partition).name},
                      {"preset", model::NameOf(integration.preset)},
                      {"state", model::NameOf(integration.state)},
                      {"reason", TextOrNull(integration.state_reason)},
                      {"next_check_at", TimeOrNull(integration.next_check_at)},
                      {"principal_arn", integration.principal_arn},
                      {"external_id", ShownExternalId(integration, description.tenant.handle)},
                      {"external_id_format", model::NameOf(integration.external_id_format)},
                      {"external_ids", ExternalIds(integration)},
                      {"capabilities", Capabilities(integration)},
                      {"duration_seconds", integration.duration.count()},
                      {"region", integration.region},
                      {"regions", Texts(integration.regions)},
                      {"assume_on_worker", integration.assume_on_worker},
                      {"session_tags", integration.session_tags},
                      {"source_identity", integration.source_identity},
                      {"stack_name", StackName(integration.handle, integration.id)},
                      {"template_version", kArtefactDate},
                      {"sync", SyncOf(integration, description.verification)}};
  if (description.member) {
    object["handle_prefix"] = description.handle_prefix;
    object["member"] = json::object{{"role_name", description.member->role_name},
                                    {"role_path", description.member->role_path},
                                    {"via", store::NameOf(description.member->via)}};
    object["member_external_id"] = description.member->external_id;
    object["settings"] = Parsed(description.settings);
    object["permissions"] = ToJson(description.share);
  }
  AddRole(integration, object);
  object["verification"] = description.verification ? Parsed(description.verification->result) : json::value(nullptr);
  return object;
}

base::Result<json::value> Describe(store::ReadTransaction& tx, const model::Integration& integration, const store::Tenant& tenant) {
  TRY_ASSIGN(auto verification, store::FindVerification(tx, integration.id));
  Description description{.integration = integration, .tenant = tenant, .verification = std::move(verification)};
  if (integration.kind == model::IntegrationKindOf::kOrganization) {
    TRY_ASSIGN(description.member, store::FindMemberAccess(tx, integration.id));
    TRY_ASSIGN(const auto row, store::FindImportedOrganization(tx, integration.id));
    if (row) description.handle_prefix = row->handle_prefix;
    TRY_ASSIGN(description.settings, store::FindDefaultSettings(tx, integration.id));
    TRY_ASSIGN(auto shares, store::ListShares(tx, integration.id));
    if (const auto share = shares.find(integration.id.text()); share != shares.end()) description.share = std::move(share->second);
  }
  return ToJson(description);
}

json::value ToJson(const store::Share& share) {
  if (share.all) return json::object{{"spaces", "all"}};
  json::array spaces;
  for (const model::SpaceId& space : share.spaces) spaces.emplace_back(space.text());
  return json::object{{"spaces", std::move(spaces)}};
}

json::value ToJson(const store::Connection& connection) {
  json::object object{{"id", connection.id.text()},
                      {"version", connection.version},
                      {"created_at", base::FormatRfc3339(connection.created_at)},
                      {"updated_at", base::FormatRfc3339(connection.updated_at)},
                      {"integration", connection.integration.text()},
                      {"account_id", connection.account_id.text()},
                      {"name", connection.name},
                      {"handle", connection.handle.text()},
                      {"handle_mode", connection.handle_mode},
                      {"folder", connection.folder ? json::value(connection.folder->text()) : json::value(nullptr)},
                      {"path", nullptr},
                      {"account_state", connection.account_state},
                      {"state", store::NameOf(connection.state)},
                      {"role_arn", TextOrNull(connection.role_arn)},
                      {"external_id", TextOrNull(connection.external_id)},
                      {"regions", Texts(connection.regions)},
                      {"settings", Parsed(connection.settings)},
                      {"settings_source", connection.settings_source},
                      {"settings_from", connection.settings == "{}" ? json::value(nullptr) : json::value(connection.id.text())},
                      {"last_success_at", TimeOrNull(connection.last_success_at)}};
  object["last_error"] = nullptr;
  if (connection.last_error) {
    object["last_error"] = json::object{{"at", base::FormatRfc3339(connection.last_error->at)},
                                        {"code", connection.last_error->code},
                                        {"message", connection.last_error->message}};
  }
  return object;
}

}  // namespace crossrole::integration
