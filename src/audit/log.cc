// SPDX-License-Identifier: Apache-2.0
#include "audit/log.h"

#include <cstdlib>
#include <future>

#include "audit/disk.h"
#include "audit/internal/committer.h"
#include "audit/internal/opening.h"
#include "audit/internal/reading.h"
#include "audit/internal/record_text.h"
#include "base/log.h"

namespace crossrole::audit {
namespace {

void LogAndAbort(const base::Error& error) {
  base::Log().Write(base::Level::kError, "audit.fatal", {{"message", error.message}});
  std::abort();
}

}  // namespace

struct Log::Parts {
  LogOptions options;
  PosixDisk disk{};
  std::unique_ptr<Committer> committer{};
};

base::Result<std::unique_ptr<Log>> Log::Open(LogOptions options) {
  CHECK(options.clock != nullptr && options.random != nullptr);
  auto parts = std::make_unique<Parts>(std::move(options));
  LogOptions& settled = parts->options;
  if (!settled.on_fatal) settled.on_fatal = LogAndAbort;
  if (settled.disk == nullptr) settled.disk = &parts->disk;
  TRY_ASSIGN(OpenedLog opened, OpenLog(settled, *settled.disk));
  parts->committer = std::make_unique<Committer>(std::move(opened), settled, *settled.disk);
  return std::unique_ptr<Log>(new Log(std::move(parts)));
}

Log::Log(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Log::~Log() = default;

model::EventId Log::NewId() { return model::EventId::Make(parts_->options.clock->Now(), *parts_->options.random); }

void Log::Append(Record record, Done done) {
  record.time = parts_->options.clock->Now();
  if (!record.id) record.id = NewId();
  auto members = PrintMembers(record);
  if (!members) {
    done(std::unexpected(members.error()));
    return;
  }
  std::string chain(ChainOf(record));
  if (parts_->options.on_record) {
    done = [this, record = std::move(record), then = std::move(done)](base::Status status) {
      if (status) parts_->options.on_record(record);
      then(std::move(status));
    };
  }
  parts_->committer->Submit({.chain = std::move(chain), .members = *std::move(members), .done = std::move(done)});
}

base::Result<model::EventId> Log::AppendAndWait(Record record) {
  if (!record.id) record.id = NewId();
  const model::EventId id = *record.id;
  const auto promise = std::make_shared<std::promise<base::Status>>();
  auto written = promise->get_future();
  Append(std::move(record), [promise](base::Status status) { promise->set_value(std::move(status)); });
  TRY(written.get());
  return id;
}

base::Status Log::Health() const { return parts_->committer->Health(); }
void Log::Flush() { parts_->committer->Flush(); }
const OpenReport& Log::opened() const { return parts_->committer->report(); }
LogStatistics Log::Statistics() const { return parts_->committer->Statistics(); }

base::Result<RecordPage> Log::List(const Query& query) const {
  return ListRecords(parts_->committer->log(), parts_->committer->DurableBytes(), query);
}

base::Status Log::Export(const std::optional<model::TenantId>& tenant, const std::function<bool(std::string_view)>& sink) const {
  return ExportLines(parts_->committer->log(), parts_->committer->DurableBytes(), tenant, sink);
}

}  // namespace crossrole::audit
