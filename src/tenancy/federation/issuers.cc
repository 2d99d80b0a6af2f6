// SPDX-License-Identifier: Apache-2.0
#include "tenancy/federation/issuers.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/json.h"
#include "base/text.h"

namespace crossrole::tenancy {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr std::size_t kLongestDocument = std::size_t{256} << 10;

bool IsLoopback(std::string_view host) { return host == "127.0.0.1" || host == "localhost" || host == "[::1]"; }

std::unexpected<Error> Unreachable(std::string_view url) {
  return Fail(Error{.code = Code::kUnavailable,
                    .message = fmt::format("the identity provider does not answer at `{}`", base::Shortened(url, 200)),
                    .reason = "issuer.unreachable",
                    .retry_after = std::chrono::seconds(5)});
}

std::unexpected<Error> Unreadable(std::string_view issuer) {
  return Fail(Error{.code = Code::kUnavailable,
                    .message = fmt::format("what the identity provider `{}` publishes cannot be read", base::Shortened(issuer, 200)),
                    .reason = "issuer.unreadable"});
}

}  // namespace

bool IsIssuerUrl(std::string_view url) {
  const auto request = aws::RequestTo(url);
  if (!request || !request->query.empty()) return false;
  return request->scheme == "https" || IsLoopback(request->host);
}

base::Result<aws::HttpResponse> Issuers::Ask(std::string_view issuer, aws::HttpRequest request) const {
  const std::string url = aws::UrlOf(request);
  if (request.scheme != "https" && !IsLoopback(request.host)) return Unreachable(url);
  if (IsLoopback(request.host)) request.route = aws::Route::kDirect;
  const auto own = own_.find(issuer);
  aws::Transport& way = own == own_.end() ? transport_ : *own->second;
  auto answer = way.Send(std::move(request), base::Deadline::After(patience_.answer));
  if (!answer || answer->body.size() > kLongestDocument) return Unreachable(url);
  return answer;
}

base::Result<Issuers::Entry> Issuers::Read(const std::string& issuer) const {
  const auto get = [&](const std::string& url) -> base::Result<std::string> {
    auto request = aws::RequestTo(url);
    if (!request) return Unreachable(url);
    request->method = "GET";
    request->repeat = aws::Repeat::kIdempotent;
    request->headers.push_back({"Accept", "application/json"});
    TRY_ASSIGN(auto answer, Ask(issuer, *std::move(request)));
    if (answer.status != 200) return Unreachable(url);
    return std::move(answer.body);
  };
  std::string root = issuer;
  while (root.ends_with('/')) root.pop_back();
  TRY_ASSIGN(const std::string text, get(root + "/.well-known/openid-configuration"));
  const auto document = base::ParseJson(text);
  if (!document || !document->is_object()) return Unreadable(issuer);
  const boost::json::object& object = document->get_object();
  IssuerFacts facts{.issuer = base::TextIn(object, "issuer"),
                    .authorization_endpoint = base::TextIn(object, "authorization_endpoint"),
                    .token_endpoint = base::TextIn(object, "token_endpoint"),
                    .userinfo_endpoint = base::TextIn(object, "userinfo_endpoint"),
                    .jwks_uri = base::TextIn(object, "jwks_uri")};
  if (facts.issuer != issuer) return Unreadable(issuer);
  TRY_ASSIGN(const std::string set, get(facts.jwks_uri));
  auto keys = base::ReadKeySet(set);
  if (!keys) return Unreadable(issuer);
  return Entry{.facts = std::make_shared<const IssuerFacts>(std::move(facts)),
               .keys = std::make_shared<const std::vector<base::PublishedKey>>(*std::move(keys))};
}

base::Result<Issuers::Entry> Issuers::Get(const std::string& issuer, std::optional<std::string_view> key_id) {
  const base::SteadyTime now = clock_.SteadyNow();
  const Entry known = entries_.With([&](const Entries& entries) {
    const auto found = entries.find(issuer);
    return found == entries.end() ? Entry() : found->second;
  });
  const auto age = now - known.asked;
  const bool has_key = known.keys && (!key_id || key_id->empty() ||
                                      std::ranges::any_of(*known.keys, [&](const auto& key) { return key.id == *key_id; }));
  const bool is_usable = known.keys && age < patience_.stale;
  const bool is_enough = has_key ? age < patience_.fresh : known.keys && age < patience_.unknown_key;
  if (is_enough) return known;
  if (known.failed && now - *known.failed < patience_.after_failure) return is_usable ? base::Result<Entry>(known) : Fail(known.failure);
  auto fresh = Read(issuer);
  return entries_.With([&](Entries& entries) -> base::Result<Entry> {
    Entry& entry = entries[issuer];
    if (fresh) {
      entry = *std::move(fresh);
      entry.asked = now;
      return entry;
    }
    entry.failed = now;
    entry.failure = fresh.error();
    if (is_usable) return known;
    return Fail(entry.failure);
  });
}

base::Result<Issuers::Facts> Issuers::FactsOf(const std::string& issuer) {
  TRY_ASSIGN(const Entry entry, Get(issuer, std::nullopt));
  return entry.facts;
}

base::Result<Issuers::Keys> Issuers::KeysOf(const std::string& issuer, std::string_view key_id) {
  TRY_ASSIGN(const Entry entry, Get(issuer, key_id));
  return entry.keys;
}

}  // namespace crossrole::tenancy
