// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "policy/document.h"

namespace crossrole::policy {

namespace internal {
class Core;
}  // namespace internal

/// A policy made ready to be evaluated often: patterns are split, numbers, dates and addresses read, statements found by
/// service. `Evaluate` gives the same answers and explanations as for the document as written. Immutable.
class Compiled {
 public:
  /// Compiles a document by itself.
  explicit Compiled(const Document& document);

  /// The content address: equal for all documents of the same meaning (`PrintCanonical`), SHA-256 in hexadecimal.
  const std::string& address() const;
  /// The document in canonical form.
  const Document& document() const;
  /// Where the canonical statement `index` stands in the document as written.
  std::span<const std::uint32_t> WrittenPlaces(std::size_t index) const { return places_[index]; }
  /// What evaluation works with; shared by all documents of the same meaning that one `Interner` read.
  const internal::Core& core() const { return *core_; }

 private:
  friend class Interner;
  Compiled(std::shared_ptr<const internal::Core> core, std::vector<std::vector<std::uint32_t>> places)
      : core_(std::move(core)), places_(std::move(places)) {}

  std::shared_ptr<const internal::Core> core_;
  std::vector<std::vector<std::uint32_t>> places_;
};

/// Compiles each text once and each meaning once, for as long as somebody holds it. Not thread-safe.
class Interner {
 public:
  /// Holds the last `kept` compiled texts itself, for texts that come with each question anew.
  explicit Interner(std::size_t kept = 0) : kept_(kept) {}

  /// The compiled policy of a text. Errors: as `Parse`.
  base::Result<std::shared_ptr<const Compiled>> Intern(std::string_view text, DocumentKind kind);
  /// The compiled policy of a document; two documents of the same meaning share what evaluation works with.
  std::shared_ptr<const Compiled> Intern(const Document& document);
  /// How many texts and how many meanings are held by somebody.
  struct Size {
    std::size_t texts = 0;
    std::size_t meanings = 0;
  };
  /// What is held now.
  Size size() const;
  /// How many entries there are, with those that nobody holds any more and that have not been swept yet.
  std::size_t entries() const { return texts_.size() + cores_.size(); }

 private:
  void Sweep();

  std::unordered_map<std::string, std::weak_ptr<const Compiled>> texts_;       // by SHA-256 of kind and text
  std::unordered_map<std::string, std::weak_ptr<const internal::Core>> cores_;  // by address
  std::deque<std::shared_ptr<const Compiled>> recent_;
  std::size_t kept_;
  std::size_t sweep_at_ = 64;
};

}  // namespace crossrole::policy
