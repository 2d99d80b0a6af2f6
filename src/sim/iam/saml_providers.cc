// SPDX-License-Identifier: Apache-2.0
#include "sim/iam/entities.h"
#include "sim/iam/extras.h"
#include "sim/iam/operations.h"
#include "sim/internal/identifiers.h"

namespace crossrole::sim::iam {
namespace {

namespace api = aws::iam;

constexpr std::size_t kProvidersPerAccount = 100;
constexpr std::chrono::days kLife{3650};

base::Result<SamlProvider*> Find(Call& call, const std::string& arn) {
  auto& providers = ExtrasOf(call.account()).saml_providers;
  const auto it = providers.find(arn);
  if (it == providers.end()) return Refuse("NoSuchEntity", "Manifest not found for arn " + arn);
  return &it->second;
}

// The simulation keeps metadata as it is; it is asked to be an entity's at least.
base::Status CheckMetadata(std::string_view document) {
  if (document.find("EntityDescriptor") != std::string_view::npos) return {};
  return Refuse("InvalidInput", "Could not parse metadata");
}

base::Result<api::CreateSAMLProviderOutput> Create(Call& call, const api::CreateSAMLProviderInput& input) {
  SamlProvider provider{.arn = call.account().IamArn("saml-provider/" + input.name),
                        .id = MakeUuid(call.random),
                        .document = input.saml_metadata_document,
                        .created = call.now()};
  TRY(CheckMetadata(input.saml_metadata_document));
  TRY_ASSIGN(provider.tags, ReadTags(input.tags));
  auto& providers = ExtrasOf(call.account()).saml_providers;
  if (providers.contains(provider.arn)) {
    return Refuse("EntityAlreadyExists", "SAMLProvider with name " + input.name + " already exists.");
  }
  if (providers.size() >= kProvidersPerAccount) {
    return Refuse("LimitExceeded", "Cannot exceed quota for SAMLProvidersPerAccount: " + std::to_string(kProvidersPerAccount));
  }
  api::CreateSAMLProviderOutput output{.saml_provider_arn = provider.arn, .tags = ShowTags(provider.tags)};
  providers.emplace(provider.arn, std::move(provider));
  return output;
}

base::Result<api::GetSAMLProviderOutput> Get(Call& call, const api::GetSAMLProviderInput& input) {
  TRY_ASSIGN(const SamlProvider* provider, Find(call, input.saml_provider_arn));
  return api::GetSAMLProviderOutput{.saml_provider_uuid = provider->id,
                                    .saml_metadata_document = provider->document,
                                    .create_date = call.Shown(provider->created),
                                    .valid_until = call.Shown(provider->created + kLife),
                                    .tags = ShowTags(provider->tags)};
}

base::Result<api::UpdateSAMLProviderOutput> Update(Call& call, const api::UpdateSAMLProviderInput& input) {
  TRY_ASSIGN(SamlProvider* provider, Find(call, input.saml_provider_arn));
  if (input.saml_metadata_document) {
    TRY(CheckMetadata(*input.saml_metadata_document));
    provider->document = *input.saml_metadata_document;
  }
  return api::UpdateSAMLProviderOutput{.saml_provider_arn = provider->arn};
}

base::Result<api::DeleteSAMLProviderOutput> Delete(Call& call, const api::DeleteSAMLProviderInput& input) {
  TRY(Find(call, input.saml_provider_arn));
  ExtrasOf(call.account()).saml_providers.erase(input.saml_provider_arn);
  return api::DeleteSAMLProviderOutput{};
}

base::Result<api::ListSAMLProvidersOutput> List(Call& call, const api::ListSAMLProvidersInput&) {
  api::ListSAMLProvidersOutput output;
  for (const auto& [arn, provider] : ExtrasOf(call.account()).saml_providers) {
    output.saml_provider_list.push_back(
        {.arn = arn, .valid_until = call.Shown(provider.created + kLife), .create_date = call.Shown(provider.created)});
  }
  return output;
}

base::Result<api::TagSAMLProviderOutput> TagProvider(Call& call, const api::TagSAMLProviderInput& input) {
  TRY_ASSIGN(SamlProvider* provider, Find(call, input.saml_provider_arn));
  TRY_ASSIGN(const Tags tags, ReadTags(input.tags));
  MergeTags(provider->tags, tags);
  return api::TagSAMLProviderOutput{};
}

base::Result<api::UntagSAMLProviderOutput> UntagProvider(Call& call, const api::UntagSAMLProviderInput& input) {
  TRY_ASSIGN(SamlProvider* provider, Find(call, input.saml_provider_arn));
  EraseTags(provider->tags, input.tag_keys);
  return api::UntagSAMLProviderOutput{};
}

base::Result<api::ListSAMLProviderTagsOutput> ListTags(Call& call, const api::ListSAMLProviderTagsInput& input) {
  TRY_ASSIGN(const SamlProvider* provider, Find(call, input.saml_provider_arn));
  api::ListSAMLProviderTagsOutput output;
  TRY(Page(input, ShowTags(provider->tags), [](const api::Tag& tag) -> std::string_view { return tag.key; }, output.tags, output));
  return output;
}

// For operations on a provider.
struct OnProvider {
  template <typename Input>
  Ask operator()(const Call& call, const Input& input) const {
    Ask ask{.resource = input.saml_provider_arn};
    const auto& providers = ExtrasOf(std::as_const(call.account())).saml_providers;
    if (const auto it = providers.find(ask.resource); it != providers.end()) AddResourceTags(ask.context, it->second.tags);
    if constexpr (requires { input.tag_keys; }) ask.context.SetList("aws:TagKeys", input.tag_keys);
    if constexpr (requires { input.tags; }) OnEntity::AddTags(ask.context, input.tags);
    return ask;
  }
};

Ask OnNewProvider(const Call& call, const api::CreateSAMLProviderInput& input) {
  Ask ask{.resource = call.account().IamArn("saml-provider/" + input.name)};
  OnEntity::AddTags(ask.context, input.tags);
  return ask;
}

}  // namespace

void AddSamlProviderOperations(OperationTable& table) {
  table.Add<api::CreateSAMLProvider>(OnNewProvider, Create);
  table.Add<api::GetSAMLProvider>(OnProvider{}, Get);
  table.Add<api::UpdateSAMLProvider>(OnProvider{}, Update);
  table.Add<api::DeleteSAMLProvider>(OnProvider{}, Delete);
  table.Add<api::ListSAMLProviders>(OnAnything{}, List);
  table.Add<api::TagSAMLProvider>(OnProvider{}, TagProvider);
  table.Add<api::UntagSAMLProvider>(OnProvider{}, UntagProvider);
  table.Add<api::ListSAMLProviderTags>(OnProvider{}, ListTags);
}

}  // namespace crossrole::sim::iam
