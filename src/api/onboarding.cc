// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>

#include "api/body.h"
#include "api/handlers.h"
#include "api/services.h"
#include "base/json.h"
#include "http/limits.h"
#include "integration/artefact.h"
#include "integration/capabilities.h"
#include "integration/connect.h"
#include "integration/describe.h"
#include "integration/find.h"
#include "integration/credentials_file.h"
#include "integration/keyed_job.h"
#include "integration/members/bundle.h"
#include "integration/members/roles.h"
#include "integration/verify.h"
#include "store/organization_tree.h"
#include "store/verifications.h"

namespace crossrole::api {
namespace {

namespace json = boost::json;
using base::Code;
using base::Error;

constexpr std::int64_t kLongestWait = 60;

base::Result<integration::ArtefactQuery> ReadArtefactQuery(const Services& services, const Call& call) {
  for (const std::string_view name : {"format", "scope", "for", "mode"}) {
    if (const auto given = call.request.Query(name); given && given->empty()) {
      return base::Fail(Error{.code = Code::kInvalidArgument,
                              .message = fmt::format("`{}` is empty", name),
                              .field = std::string(name),
                              .fix = "leave it out for what is usual"});
    }
  }
  integration::ArtefactQuery query{.format = call.Query("format"),
                                   .scope = call.Query("scope"),
                                   .template_url = services.integrations.settings.template_url};
  for (const auto& [name, value] : call.request.query) {
    if (name == "stack") query.stacks.push_back(value);
  }
  if (call.request.Query("mode") && call.params.Get("method") != "cloudformation-stackset") {
    return base::Fail(Error{.code = Code::kInvalidArgument,
                            .message = "`mode` belongs to the method `cloudformation-stackset`",
                            .field = "mode"});
  }
  query.mode = call.Query("mode");
  return query;
}

// Whose role an artefact is to make: that of discovery unless `for` says otherwise; stack sets are for members, a bundle has both.
base::Result<bool> IsForMember(const Call& call, integration::ArtefactMethod method, const model::Integration& integration) {
  const std::string whom = call.Query("for");
  if (!whom.empty() && whom != "discovery" && whom != "member") {
    return base::Fail(Error{.code = Code::kInvalidArgument, .message = "`for` must be discovery or member", .field = "for"});
  }
  if (!whom.empty() && integration.kind != model::IntegrationKindOf::kOrganization) {
    return base::Fail(Error{.code = Code::kFailedPrecondition,
                            .message = "`for` belongs to integrations of kind `organization`",
                            .field = "for"});
  }
  const bool is_set = method == integration::ArtefactMethod::kCloudformationStackset;
  const bool is_bundle = method == integration::ArtefactMethod::kCloudformationBundle;
  if ((is_set && whom == "discovery") || (is_bundle && !whom.empty())) {
    return base::Fail(Error{.code = Code::kInvalidArgument,
                            .message = is_set ? "a stack set makes the role of members" : "a bundle makes both roles",
                            .field = "for",
                            .fix = "leave it out, or use another method"});
  }
  return whom == "member" || is_set;
}

// What a template for every account is; its methods are still those of the organization.
base::Result<model::Integration> MemberToMake(const model::Integration& integration, const store::MemberAccess& access) {
  TRY_ASSIGN(model::Integration member, integration::MemberRoleOf(integration, access, std::nullopt));
  member.kind = model::IntegrationKindOf::kOrganization;
  return member;
}

base::Result<integration::Artefact> Artefact(const Services& services, const Call& call) {
  TRY_ASSIGN(const auto method, integration::ParseArtefactMethod(call.params.Get("method")));
  TRY_ASSIGN(auto query, ReadArtefactQuery(services, call));
  TRY_ASSIGN(const auto found, integration::FindWithTenant(services.integrations, call.actor, call.params.Get("id")));
  const model::Integration& integration = found.integration;
  query.next_principal_arn = services.integrations.aws.NextPrincipal(integration.partition);
  const model::Handle& tenant = found.tenant.handle;
  TRY_ASSIGN(const bool is_member, IsForMember(call, method, integration));
  if (integration.kind != model::IntegrationKindOf::kOrganization) return integration::MakeArtefact(method, integration, tenant, query);
  TRY_ASSIGN(const auto access, services.integrations.store.Read(call.actor.tenant, [&](store::ReadTransaction& tx) {
    return store::FindMemberAccess(tx, integration.id);
  }));
  if (!access) return base::Fail(Code::kInternal, "an organization without member roles");
  const model::Integration discovery = integration::DiscoveryRoleOf(integration, *access);
  const bool is_bundle = method == integration::ArtefactMethod::kCloudformationBundle;
  if (!is_member && !is_bundle) return integration::MakeArtefact(method, discovery, tenant, query);
  TRY_ASSIGN(const model::Integration member, MemberToMake(integration, *access));
  if (is_bundle) return integration::MakeBundle(discovery, member, tenant, query);
  if (member.principal_arn != integration.principal_arn) query.next_principal_arn.clear();  // it trusts the role of discovery
  return integration::MakeArtefact(method, member, tenant, query);
}

base::Result<integration::ConnectRequest> ReadConnect(const Call& call) {
  TRY_ASSIGN(Body body, Body::Parse(call.request.body));
  integration::ConnectRequest request{.role_arn = body.Text("role_arn").value_or("")};
  if (const json::value* trust = body.Any("trust_policy")) request.trust_policy = base::PrintJson(*trust);
  if (request.role_arn.empty()) body.Refuse("role_arn", "`role_arn` is missing");
  TRY(body.Finish());
  TRY_ASSIGN(request.if_match, call.IfMatch());
  return request;
}

base::Result<integration::VerifyRequest> ReadVerify(const Call& call) {
  TRY_ASSIGN(Body body, Body::Parse(call.request.body));
  const std::int64_t wait = body.Integer("wait_seconds").value_or(0);
  if (wait < 0 || wait > kLongestWait) body.Refuse("wait_seconds", fmt::format("`wait_seconds` must be 0 to {}", kLongestWait));
  integration::VerifyRequest request{.wait = std::chrono::seconds(wait), .stack = body.Text("stack").value_or("")};
  TRY(body.Finish());
  return request;
}

bool IsJson(const http::Request& request) {
  return request.headers.Find("Content-Type").value_or("").starts_with("application/json");
}

// Keys come as a file of any kind, or as three members; either way they live in memory only.
base::Result<integration::KeyPair> ReadKeys(Call& call) {
  if (call.request.body.size() > http::kCredentialFileBytes) {
    return base::Fail(Error{.code = Code::kInvalidArgument,
                            .message = "a credentials file has at most 64 KiB",
                            .reason = "csv.too_large",
                            .fix = "give the file that AWS offered for download"});
  }
  std::optional<std::string> user;
  if (const auto name = call.request.Query("user")) user = std::string(*name);
  if (!IsJson(call.request)) return integration::ReadCredentialsFile(std::move(call.request.body), user);
  TRY_ASSIGN(Body body, Body::Parse(call.request.body));
  base::Wipe(call.request.body);
  integration::KeyPair pair{.access_key_id = body.Text("access_key_id").value_or(""),
                            .secret = base::Secret(body.Text("secret_access_key").value_or("")),
                            .session_token = base::Secret(body.Text("session_token").value_or(""))};
  TRY(body.Finish());
  return integration::CheckKeyPair(std::move(pair));
}

void AcceptJob(const Reply& reply, const base::Result<model::JobId>& job) {
  if (!job) return reply.Fail(job.error());
  reply.Json(202, json::object{{"job", job->text()}});
}

}  // namespace

void ShowSetup(Services& services, Call call, Reply reply) {
  auto artefact = Artefact(services, call);
  if (!artefact) return reply.Fail(artefact.error());
  http::Response response{.status = 200, .body = std::move(artefact->body)};
  response.headers.Set("Content-Type", artefact->content_type);
  for (std::string& warning : artefact->warnings) response.headers.Add("Crossrole-Warning", std::move(warning));
  reply.responder().Send(std::move(response));
}

void PutRole(Services& services, Call call, Reply reply) {
  const auto request = ReadConnect(call);
  if (!request) return reply.Fail(request.error());
  const auto dry_run = call.Flag("dry_run");
  if (!dry_run) return reply.Fail(dry_run.error());
  if (*dry_run) {
    const auto preview = integration::PreviewConnect(services.integrations, call.actor, call.params.Get("id"), *request);
    return preview ? reply.Json(200, integration::ToJson(*preview)) : reply.Fail(preview.error());
  }
  const auto connected = integration::Connect(services.integrations, call.actor, call.params.Get("id"), *request);
  if (!connected) return reply.Fail(connected.error());
  services.sessions.cache.Drop(connected->id.text());
  const auto tenant = services.integrations.store.Read(call.actor.tenant,
                                                       [](store::ReadTransaction& tx) { return store::OwnTenant(tx); });
  if (!tenant) return reply.Fail(tenant.error());
  reply.Object(200, integration::ToJson({.integration = *connected, .tenant = *tenant}));
}

void StartQuickstart(Services& services, Call call, Reply reply) {
  auto keys = ReadKeys(call);
  if (!keys) return reply.Fail(keys.error());
  AcceptJob(reply, integration::StartQuickstart(services.integrations, call.actor, call.params.Get("id"), *std::move(keys)));
}

void VerifyIntegration(Services& services, Call call, Reply reply) {
  const auto request = ReadVerify(call);
  if (!request) return reply.Fail(request.error());
  reply.responder().SetTimeLimit(request->wait + std::chrono::seconds(60));
  const auto verification = services.verifier.Verify(call.actor, call.params.Get("id"), *request);
  if (!verification) return reply.Fail(verification.error());
  // What nobody could find out about a trust says nothing against the sessions that it gave.
  if (!verification->ok && verification->probes.front().observed != integration::Observed::kUnknown) {
    const auto integration = integration::Find(services.integrations, call.actor, call.params.Get("id"));
    if (integration) services.sessions.cache.Drop(integration->id.text());
  }
  reply.Json(200, integration::ToJson(*verification));
}

void StartOffboarding(Services& services, Call call, Reply reply) {
  std::optional<integration::KeyPair> keys;
  // An empty object is no keys; as a file it is one that cannot be read.
  const bool without_keys = call.request.body.empty() || (IsJson(call.request) && call.request.body == "{}");
  if (!without_keys) {
    auto read = ReadKeys(call);
    if (!read) return reply.Fail(read.error());
    keys = *std::move(read);
  }
  AcceptJob(reply, integration::StartOffboarding(services.integrations, call.actor, call.params.Get("id"), std::move(keys)));
}

void ListCapabilities(Services& services, Call call, Reply reply) {
  const auto page = services.pages.Read(call.request, call.actor.tenant);
  if (!page) return reply.Fail(page.error());
  const auto packs = integration::Packs();
  // Named by their last one, as other lists are; a pack that is gone meanwhile begins the list anew.
  const auto last = std::ranges::find(packs, page->after, &integration::Pack::name);
  const auto begin = static_cast<std::size_t>(last == packs.end() ? 0 : last - packs.begin() + 1);
  const std::size_t end = std::min(packs.size(), begin + page->limit);
  json::array items;
  for (const integration::Pack& pack : packs.subspan(begin, end - begin)) items.push_back(integration::ToJson(pack));
  json::value next = nullptr;
  if (end < packs.size()) next = services.pages.Next(call.request, call.actor.tenant, packs[end - 1].name);
  reply.Json(200, json::object{{"items", std::move(items)}, {"next_page_token", std::move(next)}});
}

}  // namespace crossrole::api
