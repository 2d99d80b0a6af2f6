// SPDX-License-Identifier: Apache-2.0
#include "sim/stack_resources/properties.h"
#include "sim/stack_resources/rows.h"

namespace crossrole::sim::stack_resources {

namespace json = boost::json;
namespace api = aws::iam;

namespace {

constexpr std::string_view kClients = "ClientIdList";

base::Status ChangeClients(Call& call, Physical& provider, const Texts& after) {
  const Texts before = TextsIn(provider.properties, kClients);
  for (const std::string& client : Without(after, before)) {
    TRY(Do<api::AddClientIDToOpenIDConnectProvider>(call, {.open_id_connect_provider_arn = provider.id, .client_id = client}));
    AddText(provider, kClients, client);
  }
  for (const std::string& client : Without(before, after)) {
    TRY(Gone(Do<api::RemoveClientIDFromOpenIDConnectProvider>(call, {.open_id_connect_provider_arn = provider.id, .client_id = client})));
    DropText(provider, kClients, client);
  }
  return {};
}

// Without a list IAM finds out the thumbprint itself: there is none to set.
base::Status ChangeThumbprints(Call& call, Physical& provider, const json::object& after) {
  if (!after.contains("ThumbprintList") || !Differ(provider.properties, after, "ThumbprintList")) return {};
  TRY(Do<api::UpdateOpenIDConnectProviderThumbprint>(
      call, {.open_id_connect_provider_arn = provider.id, .thumbprint_list = TextsIn(after, "ThumbprintList")}));
  Apply(provider, after, "ThumbprintList");
  return {};
}

base::Status ChangeMetadata(Call& call, Physical& provider, const json::object& after) {
  const json::object& before = provider.properties;
  if (!Differ(before, after, "SamlMetadataDocument") && !Differ(before, after, "AssertionEncryptionMode")) return {};
  TRY(Do<api::UpdateSAMLProvider>(call, {.saml_metadata_document = TextIn(after, "SamlMetadataDocument"),
                                         .saml_provider_arn = provider.id,
                                         .assertion_encryption_mode = TextIn(after, "AssertionEncryptionMode")}));
  Apply(provider, after, "SamlMetadataDocument");
  Apply(provider, after, "AssertionEncryptionMode");
  return {};
}

std::optional<base::Secret> SecretIn(const json::object& properties, std::string_view name) {
  auto text = TextIn(properties, name);
  return text ? std::optional(base::Secret(*std::move(text))) : std::nullopt;
}

}  // namespace

base::Status CreateOidcProvider(const Target& target, Physical& made) {
  const json::object& properties = target.properties;
  TRY_ASSIGN(const api::CreateOpenIDConnectProviderOutput answer,
             Do<api::CreateOpenIDConnectProvider>(target.call, {.url = TextIn(properties, "Url").value_or(""),
                                                                .client_id_list = TextsIn(properties, kClients),
                                                                .thumbprint_list = TextsIn(properties, "ThumbprintList"),
                                                                .tags = TagsFor(target)}));
  made.id = answer.open_id_connect_provider_arn.value_or("");
  made.attributes = {{"Arn", made.id}};
  return {};
}

base::Status UpdateOidcProvider(const Target& target, Physical& provider) {
  Call& call = target.call;
  const json::object& after = target.properties;
  TRY(ChangeClients(call, provider, TextsIn(after, kClients)));
  TRY(ChangeThumbprints(call, provider, after));
  const TagChange tags = ChangeOfTags(target, provider);
  if (!tags.set.empty()) {
    TRY(Do<api::TagOpenIDConnectProvider>(call, {.open_id_connect_provider_arn = provider.id, .tags = tags.set}));
  }
  Apply(provider, after, "Tags");
  if (!tags.dropped.empty()) {
    TRY(Do<api::UntagOpenIDConnectProvider>(call, {.open_id_connect_provider_arn = provider.id, .tag_keys = tags.dropped}));
  }
  return {};
}

base::Status RemoveOidcProvider(Call& call, Physical& provider) {
  return Gone(Do<api::DeleteOpenIDConnectProvider>(call, {.open_id_connect_provider_arn = provider.id}));
}

base::Status CreateSamlProvider(const Target& target, Physical& made) {
  const json::object& properties = target.properties;
  TRY_ASSIGN(const api::CreateSAMLProviderOutput answer,
             Do<api::CreateSAMLProvider>(
                 target.call, {.saml_metadata_document = TextIn(properties, "SamlMetadataDocument").value_or(""),
                               .name = NameFor(target, "Name", 128),
                               .tags = TagsFor(target),
                               .assertion_encryption_mode = TextIn(properties, "AssertionEncryptionMode"),
                               .add_private_key = SecretIn(properties, "AddPrivateKey")}));
  made.id = answer.saml_provider_arn.value_or("");
  made.attributes = {{"Arn", made.id}};
  TRY_ASSIGN(const api::GetSAMLProviderOutput now, Do<api::GetSAMLProvider>(target.call, {.saml_provider_arn = made.id}));
  made.attributes["SamlProviderUUID"] = now.saml_provider_uuid.value_or("");
  return {};
}

base::Status UpdateSamlProvider(const Target& target, Physical& provider) {
  Call& call = target.call;
  TRY(ChangeMetadata(call, provider, target.properties));
  const TagChange tags = ChangeOfTags(target, provider);
  if (!tags.set.empty()) TRY(Do<api::TagSAMLProvider>(call, {.saml_provider_arn = provider.id, .tags = tags.set}));
  Apply(provider, target.properties, "Tags");
  if (!tags.dropped.empty()) TRY(Do<api::UntagSAMLProvider>(call, {.saml_provider_arn = provider.id, .tag_keys = tags.dropped}));
  return {};
}

base::Status RemoveSamlProvider(Call& call, Physical& provider) {
  return Gone(Do<api::DeleteSAMLProvider>(call, {.saml_provider_arn = provider.id}));
}

}  // namespace crossrole::sim::stack_resources
