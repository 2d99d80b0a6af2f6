// SPDX-License-Identifier: Apache-2.0
#include "sim/cloudtrail/trail.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/value.hpp>
#include <utility>

#include "aws/sts.h"
#include "model/arn.h"
#include "model/partition.h"
#include "sim/error_codes.h"

namespace crossrole::sim::cloudtrail {
namespace {

using aws::Kind;

// Mixes well enough to look like chance. Source: Steele et al., SplitMix64.
std::uint64_t Mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

// `kind` tells apart the ids that one call has.
std::string MakeId(std::uint64_t salt, std::uint64_t number, std::uint64_t kind) {
  const std::uint64_t high = Mix(salt ^ Mix(number * 4 + kind));
  const std::uint64_t low = Mix(high ^ salt);
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32U, (high >> 16U) & 0xffffU, high & 0xfffU,
                     ((low >> 48U) & 0x3fffU) | 0x8000U, low & 0xffffffffffffU);
}

void WipeSecrets(const aws::Shape& shape, void* place);

void WipeSecretsOfMap(const aws::Shape& shape, void* place) {
  struct Context {
    const aws::Shape& element;
  } context{*shape.element};
  shape.map->each(place, &context, [](void* raw, const std::string&, const void* value) {
    WipeSecrets(static_cast<const Context*>(raw)->element, const_cast<void*>(value));
  });
}

void WipeSecrets(const aws::Shape& shape, void* place) {
  switch (shape.kind) {
    case Kind::kSecret: aws::As<base::Secret>(place) = base::Secret(); break;
    case Kind::kBlob: aws::As<std::string>(place).clear(); break;  // seeds of MFA devices among them
    case Kind::kStructure:
      for (const aws::Field& field : shape.fields) {
        const void* member = aws::Find(field, place);
        if (member != nullptr) WipeSecrets(*field.shape, const_cast<void*>(member));
      }
      break;
    case Kind::kList:
      for (std::size_t i = 0; i < shape.list->size(place); ++i) {
        WipeSecrets(*shape.element, const_cast<void*>(shape.list->at(place, i)));
      }
      break;
    case Kind::kMap:
      WipeSecretsOfMap(shape, place);
      break;
    case Kind::kString:
    case Kind::kInteger:
    case Kind::kLong:
    case Kind::kDouble:
    case Kind::kBoolean:
    case Kind::kTimestamp:
    case Kind::kDocument: break;
  }
}

bool HandsOutCredentials(const aws::Operation& operation) {
  return operation.service == &aws::sts::kServiceFacts &&
         (operation.name.starts_with("AssumeRo") || operation.name == "GetSessionToken" || operation.name == "GetFederationToken");
}

const Account* AccountOfRole(const World& world, const std::string& role_arn) {
  const auto arn = model::RoleArn::Parse(role_arn);
  return arn ? world.FindAccount(arn->account().text()) : nullptr;
}

// The account that an AssumeRole… call is about; nullptr for other calls.
const Account* AssumedAccount(const World& world, const Happening& happening) {
  const void* input = happening.carried.input.get();
  if (input == nullptr) return nullptr;
  if (happening.operation == &aws::sts::AssumeRole::kFacts) {
    return AccountOfRole(world, static_cast<const aws::sts::AssumeRoleInput*>(input)->role_arn);
  }
  if (happening.operation == &aws::sts::AssumeRoleWithWebIdentity::kFacts) {
    return AccountOfRole(world, static_cast<const aws::sts::AssumeRoleWithWebIdentityInput*>(input)->role_arn);
  }
  if (happening.operation == &aws::sts::AssumeRoleWithSAML::kFacts) {
    return AccountOfRole(world, static_cast<const aws::sts::AssumeRoleWithSAMLInput*>(input)->role_arn);
  }
  if (happening.operation == &aws::sts::AssumeRoot::kFacts) {
    const std::string& target = static_cast<const aws::sts::AssumeRootInput*>(input)->target_principal;
    constexpr std::string_view kRoot = ":root";
    if (!target.ends_with(kRoot) || target.size() < kRoot.size() + 12) return world.FindAccount(target);
    return world.FindAccount(target.substr(target.size() - kRoot.size() - 12, 12));
  }
  return nullptr;
}

}  // namespace

bool IsReadOnly(const aws::Operation& operation) {
  constexpr std::array<std::string_view, 12> kReads = {"Get",      "List",   "Describe", "Simulate", "Lookup", "Validate",
                                                       "Generate", "Decode", "AssumeRo", "Estimate", "Detect", "Search"};
  return std::ranges::any_of(kReads, [&](std::string_view prefix) { return operation.name.starts_with(prefix); });
}

const Account* OtherAccountOf(const World& world, const Happening& happening) {
  const Account* account = AssumedAccount(world, happening);
  return account == happening.caller->account ? nullptr : account;
}

std::string RegionOf(const aws::Operation& operation, const Account& account, const std::string& region) {
  for (const std::string_view global : {"iam", "organizations", "account"}) {
    if (operation.service->name == global) return std::string(model::FactsOf(account.partition).default_region);
  }
  return region;
}

void Trail::Note(const World& world, Happening happening, const base::Error* error) {
  const aws::Operation& operation = *happening.operation;
  Carried& carried = happening.carried;
  if (error != nullptr) {
    happening.error_code = TrailCode(operation, *error);
    happening.error_message = error->message;
    carried.output.reset();
  } else if (IsReadOnly(operation) && !HandsOutCredentials(operation)) {
    carried.output.reset();
  }
  if (carried.input) WipeSecrets(*operation.input, carried.input.get());
  if (carried.output) WipeSecrets(*operation.output, carried.output.get());
  happening.number = ++last_;
  happening.region = RegionOf(operation, *happening.caller->account, happening.region);
  const auto kept = std::make_shared<const Happening>(std::move(happening));
  if (!operation.is_signed) {
    // Nobody but the role's account knows of it.
    if (const Account* account = AssumedAccount(world, *kept)) Keep(*account, {kept, Reader::kOther});
    return;
  }
  Keep(*kept->caller->account, {kept, Reader::kCaller});
  // A refusal is the business of whoever was refused.
  if (error != nullptr) return;
  if (const Account* other = OtherAccountOf(world, *kept)) Keep(*other, {kept, Reader::kOther});
}

void Trail::NoteTold(const Account& account, Happening happening) {
  happening.number = ++last_;
  Keep(account, {std::make_shared<const Happening>(std::move(happening)), Reader::kCaller});
}

bool Trail::Restore(const Account& account, Happening happening) {
  const std::deque<Entry>* entries = Of(account);
  if (entries != nullptr && !entries->empty() && entries->back().happening->number >= happening.number) return false;
  last_ = std::max(last_, happening.number);
  Keep(account, {std::make_shared<const Happening>(std::move(happening)), Reader::kCaller});
  return true;
}

void Trail::Keep(const Account& account, Entry entry) {
  std::deque<Entry>& entries = entries_[&account];
  if (!entries.empty() && (entries.size() >= kOfAccount || kept_ >= kOfAll)) {
    entries.pop_front();
    --kept_;
  }
  entries.push_back(std::move(entry));
  ++kept_;
}

const std::deque<Entry>* Trail::Of(const Account& account) const {
  const auto it = entries_.find(&account);
  return it == entries_.end() ? nullptr : &it->second;
}

std::string Trail::EventId(const Entry& entry) const {
  if (entry.happening->told) {
    const boost::json::value* id = entry.happening->told->event.if_contains("eventID");
    if (id != nullptr && id->is_string()) return std::string(id->get_string());
  }
  return MakeId(salt_, entry.happening->number, entry.reader == Reader::kCaller ? 0 : 1);
}

std::string Trail::SharedId(const Happening& happening) const { return MakeId(salt_, happening.number, 2); }

}  // namespace crossrole::sim::cloudtrail
