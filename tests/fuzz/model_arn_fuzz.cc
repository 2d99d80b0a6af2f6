// SPDX-License-Identifier: Apache-2.0
// ARNs: what parses prints as the same text, and what is pasted parses to what strict parsing accepts.
#include "input.h"
#include "model/arn.h"

using crossrole::fuzz::Require;
using crossrole::fuzz::TextOf;
using crossrole::model::Arn;
using crossrole::model::RoleArn;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = TextOf(data, size);
  if (const auto arn = Arn::Parse(text)) Require(arn->text() == text);
  const auto role = RoleArn::Parse(text);
  if (role) Require(role->text() == text && Arn::Parse(text).has_value());
  const auto pasted = RoleArn::ParsePasted(text);
  if (role) Require(pasted.has_value() && *pasted == *role);
  if (pasted) Require(RoleArn::Parse(pasted->text()) == *pasted);
  return 0;
}
