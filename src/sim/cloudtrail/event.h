// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "sim/cloudtrail/trail.h"

namespace crossrole::sim::cloudtrail {

/// What a call was about, as far as its parameters and its answer name it.
std::vector<Touched> TouchedBy(const Happening& happening);
/// Who called, as events are looked up by: the name of a user or session; "" when the reader may not know.
std::string UsernameOf(const Entry& entry);
/// The access key that signed the call; "" when the reader may not know.
std::string AccessKeyOf(const Entry& entry);
/// `iam.amazonaws.com` …
std::string SourceOf(const Entry& entry);
/// The name of the operation.
std::string NameOf(const Entry& entry);
/// Whether the call changes nothing.
bool ReadsOnly(const Entry& entry);

/// What a call has in it that its entry does not say.
struct Setting {
  const World& world;
  const Trail& trail;
  const Account& reader;
  std::chrono::microseconds advance;  // of the moved clock
};
/// The event as CloudTrail writes it: JSON. Source: CloudTrail User Guide, "CloudTrail record contents" and
/// "CloudTrail userIdentity element"; IAM User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail".
std::string PrintEvent(const Setting& setting, const Entry& entry);

}  // namespace crossrole::sim::cloudtrail
