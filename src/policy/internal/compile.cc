// SPDX-License-Identifier: Apache-2.0
#include "policy/compile.h"

#include <algorithm>

#include "base/crypto.h"
#include "policy/internal/canonical.h"
#include "policy/internal/prepared.h"
#include "policy/parse.h"

namespace crossrole::policy {
namespace {

std::string AddressOf(std::string_view text) { return base::HexEncode(base::AsText(base::Sha256(text))); }

// Apart from its count, so that a weak reference does not keep the memory of what is gone.
template <typename T, typename... Arguments>
std::shared_ptr<const T> MakeApart(Arguments&&... arguments) {
  return std::shared_ptr<const T>(std::make_unique<const T>(std::forward<Arguments>(arguments)...));
}

}  // namespace

Compiled::Compiled(const Document& document) {
  internal::CanonicalForm form = internal::CanonicalFormOf(document);
  core_ = MakeApart<internal::Core>(std::move(form.document), AddressOf(form.text));
  places_ = std::move(form.places);
}

const std::string& Compiled::address() const { return core_->address(); }

const Document& Compiled::document() const { return core_->document(); }

base::Result<std::shared_ptr<const Compiled>> Interner::Intern(std::string_view text, DocumentKind kind) {
  std::string key(1, static_cast<char>(kind));
  key += base::AsText(base::Sha256(text));
  if (const auto found = texts_.find(key); found != texts_.end()) {
    if (auto held = found->second.lock()) return held;
  }
  TRY_ASSIGN(const Document document, Parse(text, kind));
  auto compiled = Intern(document);
  texts_.insert_or_assign(std::move(key), compiled);
  if (kept_ > 0) recent_.push_back(compiled);
  if (recent_.size() > kept_) recent_.pop_front();
  return compiled;
}

std::shared_ptr<const Compiled> Interner::Intern(const Document& document) {
  Sweep();
  internal::CanonicalForm form = internal::CanonicalFormOf(document);
  std::string address = AddressOf(form.text);
  std::weak_ptr<const internal::Core>& slot = cores_[address];
  std::shared_ptr<const internal::Core> core = slot.lock();
  if (core == nullptr) {
    core = MakeApart<internal::Core>(std::move(form.document), std::move(address));
    slot = core;
  }
  return std::shared_ptr<const Compiled>(new Compiled(std::move(core), std::move(form.places)));
}

// What nobody holds is dropped each time the tables have doubled.
void Interner::Sweep() {
  if (entries() < sweep_at_) return;
  std::erase_if(texts_, [](const auto& entry) { return entry.second.expired(); });
  std::erase_if(cores_, [](const auto& entry) { return entry.second.expired(); });
  sweep_at_ = std::max<std::size_t>(64, 2 * entries());
}

Interner::Size Interner::size() const {
  const auto held = [](const auto& entry) { return !entry.second.expired(); };
  return {.texts = static_cast<std::size_t>(std::ranges::count_if(texts_, held)),
          .meanings = static_cast<std::size_t>(std::ranges::count_if(cores_, held))};
}

}  // namespace crossrole::policy
