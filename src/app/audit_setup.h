// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/configuration.h"
#include "audit/checkpoint.h"
#include "audit/sink.h"
#include "audit/sinks.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "delivery/mail.h"
#include "delivery/webhook.h"
#include "jobs/runner.h"

namespace crossrole::app {

/// The name in the keyring of the key that signs checkpoints.
inline constexpr std::string_view kCheckpointKey = "audit/checkpoint_key";

/// The text of a file that holds a secret, without the blanks around it. Errors: kInvalidArgument naming `key`.
base::Result<base::Secret> ReadSecretFile(const std::string& path, std::string_view key);

/// What the sinks are made of.
struct SinkParts {
  const Configuration& configuration;
  const audit::Log& audit;
  const std::string& data;
  const base::Clock& clock;
  const base::Log& log;
};
/// What sends notifications; each is missing when it is not configured.
struct Messengers {
  std::unique_ptr<delivery::Mailer> mailer{};
  std::unique_ptr<delivery::Webhook> webhook{};
};
/// Errors: kInvalidArgument.
base::Result<Messengers> MakeMessengers(const Configuration& configuration, const base::Clock& clock, base::Random& random);

/// A sink as it is configured.
struct ConfiguredSink {
  std::string name;
  std::chrono::seconds deadline;
  std::unique_ptr<audit::Sink> sink;
};
/// The sinks that `[[audit.sink]]` names; connects to nothing. Errors: kInvalidArgument.
base::Result<std::vector<ConfiguredSink>> ConfiguredSinks(const Configuration& configuration, const base::Clock& clock);
/// The same, not started, each with its cursor. Errors: kInvalidArgument, kUnavailable.
base::Result<std::unique_ptr<audit::Sinks>> MakeSinks(const SinkParts& parts);
/// What `/readyz` says about sinks that do not keep up; one sentence each, without anything about where they are.
std::vector<std::string> SinkWarnings(const audit::Sinks& sinks);

/// Signs the chains every hour, and removes what is older than `audit.retention_days`. All of it outlives the runner.
void RegisterAuditUpkeep(jobs::Runner& runner, audit::Log& audit, const audit::Sinks& sinks, const SinkParts& parts);

/// Leaves the public half of the key that signs checkpoints in `audit/checkpoint.pub`. Errors: kUnavailable.
base::Status WritePublicKey(const std::string& data, const audit::CheckpointKey& key);

}  // namespace crossrole::app
