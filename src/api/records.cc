// SPDX-License-Identifier: Apache-2.0
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "api/audit_json.h"
#include "api/handlers.h"
#include "api/internal/about.h"
#include "api/services.h"
#include "audit/log.h"
#include "base/json.h"
#include "base/text.h"
#include "http/problem.h"
#include "store/jobs.h"

namespace crossrole::api {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kExportLimit{300};
// Of the log for one page: to fill it, and to find anything at all for it.
constexpr std::size_t kReadsToFill = 64;
constexpr std::size_t kReadsToFind = 1024;

json::value Parsed(std::string_view text) {
  if (text.empty()) return nullptr;
  auto value = base::ParseJson(text);
  return value ? *std::move(value) : json::value(nullptr);
}

json::value TimeOrNull(const std::optional<base::Time>& time) {
  return time ? json::value(base::FormatRfc3339(*time)) : json::value(nullptr);
}

// Without what the caller may not read. A page may be short, or even empty, and still have a next one.
base::Result<audit::RecordPage> Readable(const Services& services, const Call& call, audit::Query query) {
  const tenancy::Caller& caller = *call.caller;
  if (caller.MayIn(caller.spaces->root(), tenancy::Permission::kAuditRead)) return services.integrations.audit.List(query);
  return services.integrations.store.Read(call.actor.tenant, [&](store::ReadTransaction& tx) -> base::Result<audit::RecordPage> {
    const std::size_t wanted = query.limit;
    About about(tx);
    audit::RecordPage page;
    for (std::size_t reads = 0; reads < (page.records.empty() ? kReadsToFind : kReadsToFill); ++reads) {
      // No more than there is room for, so that the next page begins behind the last record of this one.
      query.limit = wanted - page.records.size();
      TRY_ASSIGN(audit::RecordPage found, services.integrations.audit.List(query));
      for (audit::StoredRecord& stored : found.records) {
        TRY_ASSIGN(const auto target, about.Of(stored.record));
        if (MayReadAbout(caller, tenancy::Permission::kAuditRead, target)) page.records.push_back(std::move(stored));
      }
      page.next = std::move(found.next);
      if (!page.next || page.records.size() == wanted) return page;
      query.after = *page.next;
    }
    return page;
  });
}

base::Result<json::value> ListedAudit(const Services& services, const Call& call) {
  TRY_ASSIGN(const Page page, services.pages.Read(call.request, call.actor.tenant));
  audit::Query query{.tenant = call.actor.tenant,
                     .actor = call.Query("actor"),
                     .action = call.Query("action"),
                     .target = call.Query("target"),
                     .limit = page.limit,
                     .after = page.after};
  TRY_ASSIGN(query.from, call.Parsed("from", base::ParseRfc3339));
  TRY_ASSIGN(query.to, call.Parsed("to", base::ParseRfc3339));
  TRY_ASSIGN(const audit::RecordPage found, Readable(services, call, query));
  json::array items;
  for (const audit::StoredRecord& stored : found.records) {
    json::object item = RecordJson(stored.record);
    item["seq"] = stored.chain_seq;
    items.push_back(std::move(item));
  }
  json::value next = nullptr;
  if (found.next) next = services.pages.Next(call.request, call.actor.tenant, *found.next);
  return json::object{{"items", std::move(items)}, {"next_page_token", std::move(next)}};
}

json::object JobJson(const store::Job& job, std::string_view request_id) {
  json::object object{{"id", job.id.text()},
                      {"version", job.version},
                      {"created_at", base::FormatRfc3339(job.created_at)},
                      {"updated_at", base::FormatRfc3339(job.updated_at)},
                      {"kind", job.kind},
                      {"state", store::NameOf(job.state)},
                      {"progress", json::object{{"done", job.done}, {"total", job.total}, {"eta", TimeOrNull(job.eta)}}},
                      {"attempts", job.attempts},
                      {"result", Parsed(job.result)},
                      {"error", nullptr}};
  if (job.error && job.state != store::JobState::kSucceeded) {
    object["error"] = Parsed(http::ProblemResponse(*job.error, request_id).body);
  }
  return object;
}

}  // namespace

void ListAudit(Services& services, Call call, Reply reply) { reply.Of(200, ListedAudit(services, call)); }

void ExportAudit(Services& services, Call call, Reply reply) {
  const auto recorded = services.integrations.audit.AppendAndWait(
      audit::RecordOf(call.actor, "audit.export", call.actor.tenant.text()));
  if (!recorded) return reply.Fail(recorded.error());
  if (const auto was_signed = services.integrations.audit.Sign(call.actor.tenant); !was_signed) return reply.Fail(was_signed.error());
  reply.responder().SetTimeLimit(kExportLimit);
  http::StreamHead head;
  head.headers.Set("Content-Type", "application/x-ndjson");
  const auto stream = reply.responder().StartStream(std::move(head));
  if (stream == nullptr) return;
  const base::Deadline deadline = base::Deadline::After(kExportLimit);
  const auto exported = services.integrations.audit.Export(call.actor.tenant, [&](std::string_view line) {
    return stream->WriteWhenRoom(std::string(line) + "\n", deadline);
  });
  if (!exported) services.log.Write(base::Level::kError, "audit.export_failed", {{"error", exported.error().message}});
  stream->Close();
}

void ShowAuditPublicKey(Services& services, Call, Reply reply) {
  reply.Object(200, json::object{{"algorithm", "Ed25519"}, {"public_key", services.integrations.audit.PublicKey()}});
}

void ShowJob(Services& services, Call call, Reply reply) {
  const std::string& text = call.params.Get("id");
  const auto id = model::JobId::Parse(text);
  std::optional<store::Job> job;
  if (id) {
    auto found = services.integrations.store.Read(call.actor.tenant,
                                                  [&](store::ReadTransaction& tx) { return store::FindJob(tx, *id); });
    if (!found) return reply.Fail(found.error());
    job = *std::move(found);
  }
  if (!job) {
    return reply.Fail({.code = base::Code::kNotFound, .message = "there is no job `" + std::string(base::Shortened(text, 80)) + "`"});
  }
  reply.Object(200, JobJson(*job, call.request.request_id));
}

}  // namespace crossrole::api
