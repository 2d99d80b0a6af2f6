// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "aws/operation.h"
#include "base/result.h"
#include "sim/call.h"

// What happened in the simulation, as CloudTrail keeps it: the newest calls of each account, as the structs that the
// handlers worked with. Nothing becomes text before somebody asks.

namespace crossrole::sim::cloudtrail {

/// Something that a call was about.
struct Touched {
  std::string type;  // e.g. "AWS::IAM::Role"
  std::string name;  // or ARN
  bool operator==(const Touched&) const = default;
};

/// An event whose words are there already: of calls without structs, and of a saved state.
struct Told {
  boost::json::object event{};  // all but what depends on the clock; `eventID` where it has one
  std::string username{};
  std::string access_key{};
  std::vector<Touched> touched{};
};

/// One call.
struct Happening {
  std::uint64_t number = 0;  // calls in their order; Trail sets it
  const aws::Operation* operation = nullptr;  // null with `told`
  base::Time at{};  // in the simulation's time
  std::string region{};
  std::shared_ptr<const Caller> caller{};
  std::string request_id{};
  Carried carried{};            // without secrets; the output only of calls that change something or hand out credentials
  std::string error_code{};     // as CloudTrail writes it; "" when the call went well
  std::string error_message{};
  std::shared_ptr<const Told> told{};  // in place of all but number, time and region
};

/// Whether an event is read by the account that called, or by the one whose role was assumed.
enum class Reader : std::uint8_t { kCaller, kOther };

/// A call as one account sees it.
struct Entry {
  std::shared_ptr<const Happening> happening;
  Reader reader = Reader::kCaller;
};

/// The newest calls of every account. Not thread-safe.
class Trail {
 public:
  /// How many calls are kept of one account, and of all together.
  static constexpr std::size_t kOfAccount = 10'000;
  static constexpr std::size_t kOfAll = 250'000;

  /// Event ids are made from `salt`.
  explicit Trail(std::uint64_t salt) : salt_(salt) {}
  /// Keeps a call, which ended with `error` or (nullptr) went well: for the account that called, and for the one whose role it assumed.
  void Note(const World& world, Happening happening, const base::Error* error);
  /// Keeps a call of `account` whose event has its words.
  void NoteTold(const Account& account, Happening happening);
  /// Gives back a call of a saved state, which has its words and its number. Answers whether it is newer than what `account` has.
  bool Restore(const Account& account, Happening happening);
  /// The calls that `account` sees, oldest first; nullptr when there are none.
  const std::deque<Entry>* Of(const Account& account) const;
  /// The id of the event, a UUID.
  std::string EventId(const Entry& entry) const;
  /// What the events of one call have in common in both accounts; "" when there is one event only.
  std::string SharedId(const Happening& happening) const;

 private:
  void Keep(const Account& account, Entry entry);

  std::uint64_t salt_;
  std::uint64_t last_ = 0;
  std::size_t kept_ = 0;
  std::unordered_map<const Account*, std::deque<Entry>> entries_;
};

/// Whether the operation changes nothing, as CloudTrail tells it.
bool IsReadOnly(const aws::Operation& operation);
/// The account whose role (or root) an AssumeRole… call was about, when that is another than the caller's; else nullptr.
const Account* OtherAccountOf(const World& world, const Happening& happening);
/// The region in which CloudTrail files calls of this service: global services have one.
std::string RegionOf(const aws::Operation& operation, const Account& account, const std::string& region);

}  // namespace crossrole::sim::cloudtrail
