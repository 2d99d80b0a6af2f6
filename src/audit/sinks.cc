// SPDX-License-Identifier: Apache-2.0
#include "audit/sinks.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "audit/internal/files.h"
#include "audit/internal/head.h"
#include "audit/internal/reading.h"
#include "audit/internal/scanner.h"
#include "base/text.h"

namespace crossrole::audit {
namespace {

using base::Code;
using base::Deadline;
using base::Fail;
using base::Status;

constexpr std::string_view kCursorMark = "crossrole-audit-cursor-1";
constexpr std::chrono::seconds kBetweenSaves{1};
// Somebody may have been told a moment too early.
constexpr std::chrono::seconds kLookAgain{1};

std::string PrintCursor(const Place& place) { return fmt::format("{} {} {} {}\n", kCursorMark, place.offset, place.seq, place.hash.empty() ? "-" : place.hash); }

std::optional<Place> ParseCursor(std::string_view text) {
  const auto parts = base::Split(base::Trim(text), ' ');
  if (parts.size() != 4 || parts[0] != kCursorMark) return std::nullopt;
  Place place{.hash = parts[3] == "-" ? "" : std::string(parts[3])};
  const auto read = [](std::string_view part, std::uint64_t& number) {
    return std::from_chars(part.data(), part.data() + part.size(), number).ptr == part.data() + part.size() && !part.empty();
  };
  return read(parts[1], place.offset) && read(parts[2], place.seq) ? std::optional(std::move(place)) : std::nullopt;
}

bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= 32 && name.front() != '-' && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

Status CheckSinkName(std::string_view name) {
  if (IsName(name)) return {};
  return Fail({.code = Code::kInvalidArgument,
               .message = fmt::format("`{}` is not the name of a sink", base::Shortened(name, 80)),
               .field = "audit.sink.name",
               .fix = "use at most 32 of a-z, 0-9, _ and -"});
}

// The log of a data directory as it is now: what of it can be read, and which record is the last one.
struct LogOnDisk {
  std::unique_ptr<File> file;
  Extent extent{};
  std::uint64_t last = 0;
};

base::Result<LogOnDisk> ReadLogOnDisk(const Paths& paths) {
  const auto unreadable = [] { return Fail(Code::kFailedPrecondition, "there is no audit log that can be read"); };
  PosixDisk disk;
  TRY_ASSIGN(const auto key, ReadKey(paths.key));
  auto file = disk.Open(paths.log, Missing::kFail);
  auto head_file = disk.Open(paths.head, Missing::kFail);
  if (!key || !file || !head_file) return unreadable();
  const auto head = ReadHead(**head_file, *key);
  const auto facts = (*file)->Facts();
  if (!head || !*head || !facts) return unreadable();
  const auto begin = ReadBeginning(paths, *key).value_or(LogEnd{});
  LogOnDisk log{.file = *std::move(file), .extent = {.begin = begin.offset, .begin_seq = begin.seq, .end = facts->size}, .last = (*head)->seq};
  // The head follows the log at a small distance.
  const auto counted = ForEachLine(*log.file, (*head)->offset, facts->size, [&](std::uint64_t, std::string_view) { return ++log.last > 0; });
  if (!counted) return unreadable();
  return log;
}

}  // namespace

base::Result<SinkLag> LagOf(const std::string& data, std::string_view name) {
  TRY(CheckSinkName(name));
  const Paths paths(data);
  TRY_ASSIGN(const LogOnDisk log, ReadLogOnDisk(paths));
  const std::string file = fmt::format("{}/{}", paths.sinks, name);
  const auto text = ReadWholeFile(file);
  const auto cursor = text ? ParseCursor(*text) : std::nullopt;
  SinkLag lag;
  struct stat facts{};
  if (cursor && ::stat(file.c_str(), &facts) == 0) lag.progress = base::Time(std::chrono::seconds(facts.st_mtim.tv_sec));
  auto next = ReadAfter(*log.file, log.extent, cursor.value_or(Place{}), {.records = 1});
  if (!next && next.error().code == Code::kNotFound) {
    // Of another log: the sink will begin anew.
    lag.progress.reset();
    next = ReadAfter(*log.file, log.extent, {}, {.records = 1});
  }
  if (!next) return Fail(next.error());
  if (next->lines.empty()) return lag;
  lag.behind = std::max<std::uint64_t>(log.last, next->next.seq) - next->next.seq + 1;
  const auto first = ParseLine(next->lines.front());
  if (first) lag.since = first->record.time;
  return lag;
}

// One sink, its thread and its cursor.
class Sinks::Follower {
 public:
  Follower(const SinksOptions& options, std::string name, std::chrono::seconds deadline, std::unique_ptr<Sink> sink, SinkBegins begins)
      : options_(options), name_(std::move(name)), deadline_(deadline), sink_(std::move(sink)), file_(Paths(options.data).sinks + "/" + name_) {
    const auto text = ReadWholeFile(file_);
    const auto cursor = text ? ParseCursor(*text) : std::nullopt;
    if (cursor) cursor_ = *cursor;
    if (!cursor && begins == SinkBegins::kNow) Move(options_.log.End());
    if (text && !cursor) options_.journal.Write(base::Level::kWarning, "audit.sink_begins_anew", {{"sink", name_}, {"error", "its cursor is damaged"}});
  }

  void Start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
  }
  void Hasten() { hastened_ = true; }
  void RequestStop() { thread_.request_stop(); }
  void Join() {
    if (thread_.joinable()) thread_.join();
  }
  void Wake() {
    if (news_.exchange(true)) return;
    // Under the lock, so that it does not come between looking and waiting.
    { const std::lock_guard lock(mutex_); }
    changed_.notify_one();
  }
  const std::string& name() const { return name_; }
  SinkState State() const {
    const std::lock_guard lock(mutex_);
    SinkState state = state_;
    state.name = name_;
    const std::uint64_t last = options_.log.End().seq;
    state.behind = last > cursor_.seq ? last - cursor_.seq : 0;
    return state;
  }
  Place Cursor() const {
    const std::lock_guard lock(mutex_);
    return cursor_;
  }

 private:
  enum class Step : std::uint8_t { kDelivered, kNothing, kFailed };

  void Run(const std::stop_token& stop) {
    auto pause = options_.first_pause;
    Step step = Step::kNothing;
    while (!stop.stop_requested()) {
      news_ = false;
      step = Deliver(Deadline::After(hastened_ ? std::min<std::chrono::milliseconds>(deadline_, options_.last_effort) : deadline_));
      if (step == Step::kDelivered) pause = options_.first_pause;
      if (step == Step::kDelivered && saved_at_ && std::chrono::steady_clock::now() - *saved_at_ < kBetweenSaves) continue;
      Save();
      if (step == Step::kNothing) Wait(stop, kLookAgain, WokenBy::kNews);
      if (step == Step::kFailed) {
        Wait(stop, pause, WokenBy::kStop);
        pause = std::min(pause * 2, options_.longest_pause);
      }
    }
    const Deadline last = Deadline::After(options_.last_effort);
    while (step != Step::kFailed && !last.Passed() && Deliver(Deadline::Earlier(last, Deadline::After(deadline_))) == Step::kDelivered) {
    }
    Save();
  }

  Step Deliver(Deadline deadline) {
    const auto found = options_.log.After(cursor_, {});
    if (!found && found.error().code == Code::kNotFound) {
      // Another log than the one that the cursor is from: better twice than not at all.
      options_.journal.Write(base::Level::kWarning, "audit.sink_begins_anew", {{"sink", name_}, {"error", found.error().message}});
      Move({});
      return Step::kDelivered;
    }
    if (!found) return Note(found.error());
    if (found->lines.empty()) return Step::kNothing;
    const Status delivered = sink_->Deliver(found->lines, deadline);
    if (!delivered) return Note(delivered.error());
    Move(found->next);
    bool had_failed = false;
    {
      const std::lock_guard lock(mutex_);
      had_failed = std::exchange(state_.failing, false);
      state_.delivered += found->lines.size();
    }
    if (had_failed) options_.journal.Write(base::Level::kInfo, "audit.sink_recovered", {{"sink", name_}});
    return Step::kDelivered;
  }

  Step Note(const base::Error& error) {
    bool had_failed = false;
    {
      // Whoever tells of new records waits for this lock: nothing is written under it.
      const std::lock_guard lock(mutex_);
      had_failed = std::exchange(state_.failing, true);
      ++state_.failures;
    }
    // Once until it works again.
    if (!had_failed) options_.journal.Write(base::Level::kError, "audit.sink_failed", {{"sink", name_}, {"error", error.message}});
    return Step::kFailed;
  }

  void Move(const Place& place) {
    const std::lock_guard lock(mutex_);
    cursor_ = place;
    unsaved_ = true;
  }

  void Save() {
    saved_at_ = std::chrono::steady_clock::now();
    if (!unsaved_) return;
    // Without it records come twice after a crash, which is no reason to stop.
    const Status saved = ReplaceFile(file_, PrintCursor(cursor_));
    unsaved_ = !saved;
    if (!saved) options_.journal.Write(base::Level::kWarning, "audit.sink_cursor", {{"sink", name_}, {"error", saved.error().message}});
  }

  enum class WokenBy : std::uint8_t { kNews, kStop };
  void Wait(const std::stop_token& stop, std::chrono::milliseconds time, WokenBy by) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, time, [&] { return by == WokenBy::kNews && news_; });
  }

  const SinksOptions& options_;
  const std::string name_;
  const std::chrono::seconds deadline_;
  const std::unique_ptr<Sink> sink_;
  const std::string file_;

  std::optional<std::chrono::steady_clock::time_point> saved_at_{};  // the thread's own
  bool unsaved_ = false;                                             // the thread's own
  std::atomic<bool> news_{false};
  std::atomic<bool> hastened_{false};
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Place cursor_{};  // written by the thread alone
  SinkState state_{};
  std::jthread thread_;
};

Sinks::Sinks(SinksOptions options) : options_(std::move(options)) {}
Sinks::~Sinks() { Stop(); }

Status Sinks::Add(std::string name, std::chrono::seconds deadline, std::unique_ptr<Sink> sink, SinkBegins begins) {
  TRY(CheckSinkName(name));
  if (std::ranges::any_of(followers_, [&](const auto& other) { return other->name() == name; })) {
    return Fail({.code = Code::kInvalidArgument,
                 .message = fmt::format("two audit sinks are named `{}`", name),
                 .field = "audit.sink.name",
                 .fix = "give each one a name of its own"});
  }
  const std::string folder = Paths(options_.data).sinks;
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return Fail(FileError(errno, folder, "made"));
  followers_.push_back(std::make_unique<Follower>(options_, std::move(name), deadline, std::move(sink), begins));
  return {};
}

void Sinks::Start() {
  for (const auto& follower : followers_) follower->Start();
}

void Sinks::Wake() {
  for (const auto& follower : followers_) follower->Wake();
}

void Sinks::Hasten() {
  for (const auto& follower : followers_) follower->Hasten();
}

void Sinks::Stop() {
  for (const auto& follower : followers_) follower->RequestStop();
  for (const auto& follower : followers_) follower->Join();
}

std::vector<SinkState> Sinks::States() const {
  std::vector<SinkState> states;
  for (const auto& follower : followers_) states.push_back(follower->State());
  return states;
}

Place Sinks::Delivered() const {
  Place least = options_.log.End();
  for (const auto& follower : followers_) {
    const Place place = follower->Cursor();
    if (place.offset < least.offset) least = place;
  }
  return least;
}

}  // namespace crossrole::audit
