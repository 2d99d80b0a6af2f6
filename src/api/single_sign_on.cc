// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "api/handlers.h"
#include "api/identify.h"
#include "api/services.h"
#include "base/json.h"
#include "tenancy/federation/oidc_sign_in.h"

namespace crossrole::api {
namespace {

namespace json = boost::json;

// Nothing but this server's own way back from the provider needs it.
std::string FlowCookie(const Services& services, const http::Request& request, std::string_view text) {
  const auto life = std::chrono::duration_cast<std::chrono::seconds>(tenancy::kFlowLife).count();
  return fmt::format("crossrole_sign_in={}; Path=/v1/auth/oidc; HttpOnly; SameSite=Lax{}; Max-Age={}", text,
                     IsSecure(services, request) ? "; Secure" : "", text.empty() ? 0 : life);
}

// By which URL the browser came, where nothing says which one people use: its cookies and its pages are of that one. The server has
// refused hosts that are not its own.
std::string CameBy(const Services& services, const http::Request& request) {
  const std::string_view host = request.headers.Find("Host").value_or("");
  if (!services.sign_in_settings.public_url.empty() || host.empty()) return "";
  return fmt::format("{}://{}", IsSecure(services, request) ? "https" : "http", host);
}

http::Response RedirectTo(const std::string& location) {
  http::Response response = http::JsonResponse(302, base::PrintJson(json::object{{"location", location}}));
  response.headers.Set("Location", location);
  response.headers.Set("Cache-Control", "no-store");
  response.headers.Set("Referrer-Policy", "no-referrer");
  return response;
}

}  // namespace

void ListProviders(Services& services, Call call, Reply reply) {
  const std::string tenant = call.request.Query("tenant") ? call.Query("tenant") : std::string(model::kDefaultTenantHandle);
  json::array items;
  for (const tenancy::SignInProvider& provider : services.oidc.providers) {
    if (provider.tenant != tenant) continue;
    items.push_back(json::object{{"name", provider.name}, {"start", fmt::format("/v1/auth/oidc/{}/start", provider.name)}});
  }
  reply.Json(200, json::object{{"items", std::move(items)}, {"next_page_token", nullptr}});
}

void StartSingleSignOn(Services& services, Call call, Reply reply) {
  const std::string return_to = call.request.Query("return_to") ? call.Query("return_to") : "/";
  const auto started = tenancy::StartOidcSignIn(
      services.oidc, {.provider = call.params.Get("provider"), .return_to = return_to, .came_by = CameBy(services, call.request)});
  if (!started) return reply.Fail(started.error());
  http::Response response = RedirectTo(started->location);
  response.headers.Add("Set-Cookie", FlowCookie(services, call.request, started->flow));
  reply.responder().Send(std::move(response));
}

void FinishSingleSignOn(Services& services, Call call, Reply reply) {
  tenancy::OidcReturn back{.provider = call.params.Get("provider"),
                           .code = call.Query("code"),
                           .state = call.Query("state"),
                           .attempt = {.remote = call.request.remote_address,
                                       .request_id = call.request.request_id,
                                       .traceparent = call.request.traceparent}};
  back.flow = std::string(tenancy::FindCookie(call.request.headers.Find("Cookie").value_or(""), "crossrole_sign_in").value_or(""));
  const auto finished = tenancy::FinishOidcSignIn(services.oidc, std::move(back));
  if (!finished) return reply.Fail(finished.error());
  http::Response response = RedirectTo(finished->return_to);
  response.headers.Add("Set-Cookie", SessionCookie(services, call.request, finished->signed_in.session->text.Reveal()));
  response.headers.Add("Set-Cookie", FlowCookie(services, call.request, ""));
  reply.responder().Send(std::move(response));
}

}  // namespace crossrole::api
