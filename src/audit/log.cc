// SPDX-License-Identifier: Apache-2.0
#include "audit/log.h"

#include <fmt/format.h>

#include <cstdlib>
#include <future>
#include <mutex>

#include "audit/checkpoint.h"
#include "audit/disk.h"
#include "audit/internal/committer.h"
#include "audit/internal/opening.h"
#include "audit/internal/reading.h"
#include "audit/internal/record_text.h"
#include "base/log.h"

namespace crossrole::audit {
namespace {

// So many checkpoints wait for the disk together, and not more: others want to write, too.
constexpr std::size_t kSignedAtOnce = 128;

void LogAndAbort(const base::Error& error) {
  base::Log().Write(base::Level::kError, "audit.fatal", {{"message", error.message}});
  std::abort();
}

base::Status Appended(const std::function<void(Log::Done)>& append) {
  const auto promise = std::make_shared<std::promise<base::Status>>();
  auto written = promise->get_future();
  append([promise](base::Status status) { promise->set_value(std::move(status)); });
  return written.get();
}

// A record about a chain, in that chain.
Record ChainRecord(Action action, std::string_view chain) {
  Record record{.action = action, .actor = "system"};
  if (const auto tenant = model::TenantId::Parse(chain)) record.tenant = *tenant;
  return record;
}

}  // namespace

struct Log::Parts {
  LogOptions options;
  PosixDisk disk{};
  std::unique_ptr<Committer> committer{};
  std::mutex removing{};

  base::Result<Committer::Entry> EntryOf(Record record, Done done);
  void Append(Record record, const Done& done);
  void Sign(std::string_view chain, const Done& done);
  base::Status RecordRemoval(const LogEnd& begin, const LogEnd& cut, base::Time cutoff);
};

base::Result<Committer::Entry> Log::Parts::EntryOf(Record record, Done done) {
  record.time = options.clock->Now();
  if (!record.id) record.id = model::EventId::Make(record.time, *options.random);
  TRY_ASSIGN(std::string members, PrintMembers(record));
  std::string chain(ChainOf(record));
  if (options.on_record) {
    done = [this, told = std::move(record), then = std::move(done)](base::Status status) {
      if (status) options.on_record(told);
      then(std::move(status));
    };
  }
  return Committer::Entry{.chain = std::move(chain), .members = std::move(members), .done = std::move(done)};
}

void Log::Parts::Append(Record record, const Done& done) {
  auto entry = EntryOf(std::move(record), done);
  if (!entry) return done(std::unexpected(entry.error()));
  committer->Submit(*std::move(entry));
}

void Log::Parts::Sign(std::string_view chain, const Done& done) {
  auto entry = EntryOf(ChainRecord("audit.checkpoint", chain), done);
  if (!entry) return done(std::unexpected(entry.error()));
  entry->details = [this, name = entry->chain, at = options.clock->Now()](const ChainEnd& end) {
    return options.checkpoint_key->Details({.chain = name, .chain_seq = end.seq, .hash = end.hash, .time = at});
  };
  committer->Submit(*std::move(entry));
}

base::Status Log::Parts::RecordRemoval(const LogEnd& begin, const LogEnd& cut, base::Time cutoff) {
  const std::string before = fmt::format(R"("removed_before":"{}",)", base::FormatRfc3339(cutoff));
  for (const auto& [chain, end] : cut.chains) {
    const auto former = begin.chains.find(chain);
    if (former != begin.chains.end() && former->second == end) continue;
    Record record = ChainRecord("audit.retention", chain);
    record.details = options.checkpoint_key->Details(
        {.chain = chain, .chain_seq = end.seq, .hash = end.hash, .time = options.clock->Now()}, before);
    TRY(Appended([&](const Done& done) { Append(std::move(record), done); }));
  }
  return {};
}

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

void Log::Append(Record record, Done done) { parts_->Append(std::move(record), done); }

base::Result<model::EventId> Log::AppendAndWait(Record record) {
  if (!record.id) record.id = NewId();
  const model::EventId id = *record.id;
  TRY(Appended([&](const Done& done) { parts_->Append(std::move(record), done); }));
  return id;
}

base::Status Log::Health() const { return parts_->committer->Health(); }
void Log::Flush() { parts_->committer->Flush(); }
const OpenReport& Log::opened() const { return parts_->committer->report(); }
LogStatistics Log::Statistics() const { return parts_->committer->Statistics(); }
std::string Log::PublicKey() const {
  return parts_->options.checkpoint_key == nullptr ? std::string() : parts_->options.checkpoint_key->public_key();
}

base::Result<RecordPage> Log::List(const Query& query) const {
  return ListRecords(parts_->committer->log(), parts_->committer->Durable(), query);
}

base::Status Log::Export(const std::optional<model::TenantId>& tenant, const std::function<bool(std::string_view)>& sink) const {
  return ExportLines(parts_->committer->log(), parts_->committer->Durable(), tenant, sink);
}

base::Result<Lines> Log::After(const Place& place, const LinesLimit& limit) const {
  return ReadAfter(parts_->committer->log(), parts_->committer->Durable(), place, limit);
}

Place Log::End() const { return parts_->committer->End(); }

base::Status Log::Sign(const std::optional<model::TenantId>& tenant) {
  if (parts_->options.checkpoint_key == nullptr) return {};
  const std::string_view chain = tenant ? std::string_view(tenant->text()) : kInstallationChain;
  return Appended([&](const Done& done) { parts_->Sign(chain, done); });
}

base::Status Log::SignAll() {
  if (parts_->options.checkpoint_key == nullptr) return {};
  const std::vector<std::string> chains = parts_->committer->Unsigned();
  for (std::size_t i = 0; i < chains.size(); ++i) {
    parts_->Sign(chains[i], [](const base::Status&) {});
    if (i % kSignedAtOnce == kSignedAtOnce - 1) Flush();
  }
  Flush();
  return Health();
}

base::Result<Removal> Log::RemoveBefore(base::Time cutoff, const Place& kept_from) {
  if (parts_->options.checkpoint_key == nullptr) {
    return base::Fail(base::Code::kFailedPrecondition, "without a key for checkpoints no audit record is removed");
  }
  const std::lock_guard lock(parts_->removing);
  Committer& committer = *parts_->committer;
  const LogEnd begin = committer.Begin();
  TRY_ASSIGN(const LogEnd cut, committer.CutBefore(cutoff, kept_from.offset));
  if (cut.seq == begin.seq) return Removal{};
  TRY(parts_->RecordRemoval(begin, cut, cutoff));
  // The head must vouch for all that goes, or a crash would look like a log that was cut off.
  Flush();
  TRY(committer.Health());
  TRY(committer.MoveBeginning(cut));
  return Removal{.records = cut.seq - begin.seq, .bytes = cut.offset - begin.offset};
}

}  // namespace crossrole::audit
