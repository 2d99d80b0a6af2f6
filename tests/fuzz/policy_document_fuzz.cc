// SPDX-License-Identifier: Apache-2.0
// Policy documents of every kind: what parses prints to the same document, and canonical text is its own canonical form.
#include "input.h"
#include "policy/document.h"
#include "policy/parse.h"
#include "policy/print.h"

using crossrole::fuzz::Require;
using namespace crossrole::policy;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = crossrole::fuzz::TextOf(data, size);
  for (const DocumentKind kind : {DocumentKind::kIdentity, DocumentKind::kTrust, DocumentKind::kSession, DocumentKind::kBoundary}) {
    const auto document = Parse(text, kind);
    if (!document) continue;
    const auto printed = Parse(Print(*document), kind);
    Require(printed.has_value() && Print(*printed) == Print(*document));
    const std::string canonical = PrintCanonical(*document);
    const auto again = Parse(canonical, kind);
    Require(again.has_value() && PrintCanonical(*again) == canonical && Equivalent(*document, *again));
  }
  return 0;
}
