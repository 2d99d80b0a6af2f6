// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "sim/iam/entities.h"
#include "sim/iam/extras.h"
#include "sim/iam/operations.h"

namespace crossrole::sim::iam {
namespace {

namespace api = aws::iam;

constexpr std::size_t kProvidersPerAccount = 100;
constexpr std::size_t kClientsPerProvider = 100;
constexpr std::size_t kThumbprints = 5;

std::string ArnFor(const Account& account, std::string_view url) {
  const std::size_t scheme = url.find("://");
  return account.IamArn("oidc-provider/" + std::string(scheme == std::string_view::npos ? url : url.substr(scheme + 3)));
}

base::Result<OidcProvider*> Find(Call& call, const std::string& arn) {
  auto& providers = ExtrasOf(call.account()).oidc_providers;
  const auto it = providers.find(arn);
  if (it == providers.end()) return Refuse("NoSuchEntity", "OpenIDConnect Provider not found for arn " + arn);
  return &it->second;
}

base::Status CheckThumbprints(const std::vector<std::string>& thumbprints) {
  if (thumbprints.size() > kThumbprints) return Invalid("Thumbprint list must contain fewer than 5 entries.");
  for (const std::string& each : thumbprints) {
    if (each.size() != 40 || !base::HexDecode(each)) return Invalid("Thumbprint must be 40 hexadecimal characters.");
  }
  return {};
}

base::Result<api::CreateOpenIDConnectProviderOutput> Create(Call& call, const api::CreateOpenIDConnectProviderInput& input) {
  if (!IsIssuerUrl(input.url)) return Invalid("Invalid Open ID Connect Provider URL");
  OidcProvider provider{.arn = ArnFor(call.account(), input.url),
                        .url = input.url,
                        .client_ids = input.client_id_list,
                        .thumbprints = input.thumbprint_list,
                        .created = call.now()};
  TRY(CheckThumbprints(input.thumbprint_list));
  TRY_ASSIGN(provider.tags, ReadTags(input.tags));
  auto& providers = ExtrasOf(call.account()).oidc_providers;
  if (providers.contains(provider.arn)) {
    return Refuse("EntityAlreadyExists", "Provider with url " + input.url + " already exists.");
  }
  if (providers.size() >= kProvidersPerAccount) {
    return Refuse("LimitExceeded", "Cannot exceed quota for OpenIDConnectProvidersPerAccount: " + std::to_string(kProvidersPerAccount));
  }
  api::CreateOpenIDConnectProviderOutput output{.open_id_connect_provider_arn = provider.arn, .tags = ShowTags(provider.tags)};
  providers.emplace(provider.arn, std::move(provider));
  return output;
}

base::Result<api::GetOpenIDConnectProviderOutput> Get(Call& call, const api::GetOpenIDConnectProviderInput& input) {
  TRY_ASSIGN(const OidcProvider* provider, Find(call, input.open_id_connect_provider_arn));
  return api::GetOpenIDConnectProviderOutput{.url = provider->name(),
                                             .client_id_list = provider->client_ids,
                                             .thumbprint_list = provider->thumbprints,
                                             .create_date = call.Shown(provider->created),
                                             .tags = ShowTags(provider->tags)};
}

base::Result<api::DeleteOpenIDConnectProviderOutput> Delete(Call& call, const api::DeleteOpenIDConnectProviderInput& input) {
  TRY(Find(call, input.open_id_connect_provider_arn));
  ExtrasOf(call.account()).oidc_providers.erase(input.open_id_connect_provider_arn);
  return api::DeleteOpenIDConnectProviderOutput{};
}

base::Result<api::ListOpenIDConnectProvidersOutput> ListProviders(Call& call, const api::ListOpenIDConnectProvidersInput&) {
  api::ListOpenIDConnectProvidersOutput output;
  for (const auto& [arn, provider] : ExtrasOf(call.account()).oidc_providers) {
    output.open_id_connect_provider_list.push_back({.arn = arn});
  }
  return output;
}

base::Result<api::AddClientIDToOpenIDConnectProviderOutput> AddClient(Call& call, const api::AddClientIDToOpenIDConnectProviderInput& input) {
  TRY_ASSIGN(OidcProvider* provider, Find(call, input.open_id_connect_provider_arn));
  if (std::ranges::find(provider->client_ids, input.client_id) != provider->client_ids.end()) {
    return api::AddClientIDToOpenIDConnectProviderOutput{};
  }
  if (provider->client_ids.size() >= kClientsPerProvider) {
    return Refuse("LimitExceeded", "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: " + std::to_string(kClientsPerProvider));
  }
  provider->client_ids.push_back(input.client_id);
  return api::AddClientIDToOpenIDConnectProviderOutput{};
}

base::Result<api::RemoveClientIDFromOpenIDConnectProviderOutput> RemoveClient(
    Call& call, const api::RemoveClientIDFromOpenIDConnectProviderInput& input) {
  TRY_ASSIGN(OidcProvider* provider, Find(call, input.open_id_connect_provider_arn));
  std::erase(provider->client_ids, input.client_id);
  return api::RemoveClientIDFromOpenIDConnectProviderOutput{};
}

base::Result<api::UpdateOpenIDConnectProviderThumbprintOutput> SetThumbprints(
    Call& call, const api::UpdateOpenIDConnectProviderThumbprintInput& input) {
  TRY_ASSIGN(OidcProvider* provider, Find(call, input.open_id_connect_provider_arn));
  TRY(CheckThumbprints(input.thumbprint_list));
  provider->thumbprints = input.thumbprint_list;
  return api::UpdateOpenIDConnectProviderThumbprintOutput{};
}

base::Result<api::TagOpenIDConnectProviderOutput> TagProvider(Call& call, const api::TagOpenIDConnectProviderInput& input) {
  TRY_ASSIGN(OidcProvider* provider, Find(call, input.open_id_connect_provider_arn));
  TRY_ASSIGN(const Tags tags, ReadTags(input.tags));
  MergeTags(provider->tags, tags);
  return api::TagOpenIDConnectProviderOutput{};
}

base::Result<api::UntagOpenIDConnectProviderOutput> UntagProvider(Call& call, const api::UntagOpenIDConnectProviderInput& input) {
  TRY_ASSIGN(OidcProvider* provider, Find(call, input.open_id_connect_provider_arn));
  EraseTags(provider->tags, input.tag_keys);
  return api::UntagOpenIDConnectProviderOutput{};
}

base::Result<api::ListOpenIDConnectProviderTagsOutput> ListTags(Call& call, const api::ListOpenIDConnectProviderTagsInput& input) {
  TRY_ASSIGN(const OidcProvider* provider, Find(call, input.open_id_connect_provider_arn));
  api::ListOpenIDConnectProviderTagsOutput output;
  TRY(Page(input, ShowTags(provider->tags), [](const api::Tag& tag) -> std::string_view { return tag.key; }, output.tags, output));
  return output;
}

// For operations on a provider.
struct OnProvider {
  template <typename Input>
  Ask operator()(const Call& call, const Input& input) const {
    Ask ask{.resource = input.open_id_connect_provider_arn};
    const auto& providers = ExtrasOf(std::as_const(call.account())).oidc_providers;
    if (const auto it = providers.find(ask.resource); it != providers.end()) AddResourceTags(ask.context, it->second.tags);
    if constexpr (requires { input.tag_keys; }) ask.context.SetList("aws:TagKeys", input.tag_keys);
    if constexpr (requires { input.tags; }) OnEntity::AddTags(ask.context, input.tags);
    return ask;
  }
};

Ask OnNewProvider(const Call& call, const api::CreateOpenIDConnectProviderInput& input) {
  Ask ask{.resource = ArnFor(call.account(), input.url)};
  OnEntity::AddTags(ask.context, input.tags);
  return ask;
}

}  // namespace

void AddOidcProviderOperations(OperationTable& table) {
  table.Add<api::CreateOpenIDConnectProvider>(OnNewProvider, Create);
  table.Add<api::GetOpenIDConnectProvider>(OnProvider{}, Get);
  table.Add<api::DeleteOpenIDConnectProvider>(OnProvider{}, Delete);
  table.Add<api::ListOpenIDConnectProviders>(OnAnything{}, ListProviders);
  table.Add<api::AddClientIDToOpenIDConnectProvider>(OnProvider{}, AddClient);
  table.Add<api::RemoveClientIDFromOpenIDConnectProvider>(OnProvider{}, RemoveClient);
  table.Add<api::UpdateOpenIDConnectProviderThumbprint>(OnProvider{}, SetThumbprints);
  table.Add<api::TagOpenIDConnectProvider>(OnProvider{}, TagProvider);
  table.Add<api::UntagOpenIDConnectProvider>(OnProvider{}, UntagProvider);
  table.Add<api::ListOpenIDConnectProviderTags>(OnProvider{}, ListTags);
}

}  // namespace crossrole::sim::iam
