// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "audit/log.h"
#include "aws/credentials.h"
#include "fakes/audit_folder.h"
#include "fakes/scratch_store.h"
#include "fakes/sim_lab.h"
#include "integration/aws_access.h"
#include "integration/create.h"
#include "integration/credentials_file.h"
#include "integration/ports.h"
#include "integration/verify.h"
#include "jobs/queue.h"

namespace crossrole::fakes {

/// The use cases of integrations on a scratch store and a simulated AWS. Account 0 is ours, the others are customers'.
class IntegrationLab {
 public:
  IntegrationLab()
      : store_(OpenScratchStore()),
        audit_(Must(folder_.Open())),
        queue_(*store_, aws_.clock(), random_),
        access_({.identities = OwnIdentities(),
                 .endpoints = {.for_all = "http://127.0.0.1:4566"},
                 .transport = aws_.transport(),
                 .clock = aws_.clock(),
                 .random = random_}),
        tenant_(AddSampleTenant(*store_)),
        other_tenant_(AddOtherTenant(*store_)) {}

  /// Makes an integration of a tenant.
  model::Integration Create(integration::CreateRequest request, const model::Actor& actor) {
    request.kind = "account";
    return Must(integration::Create(ports_, actor, request));
  }
  model::Integration Create(const std::string& handle) { return Create({.handle = handle}, actor()); }
  /// The keys of an administrator, as somebody brings them.
  integration::KeyPair Keys(const aws::Credentials& credentials) const {
    return {.access_key_id = credentials.access_key_id, .secret = credentials.secret_access_key.Clone()};
  }
  integration::KeyPair AdminKeys(std::size_t account) const { return Keys(aws_.Admin(account)); }
  /// The keys of a new user of account `account` with that policy.
  integration::KeyPair UserKeys(std::size_t account, const std::string& name, const std::string& policy) {
    aws_.Must<aws::iam::CreateUser>(aws_.Admin(account), {.user_name = name});
    aws_.Must<aws::iam::PutUserPolicy>(aws_.Admin(account), {.user_name = name, .policy_name = "Given", .policy_document = policy});
    auto key = aws_.Must<aws::iam::CreateAccessKey>(aws_.Admin(account), {.user_name = name}).access_key;
    return {.access_key_id = key.access_key_id, .secret = std::move(key.secret_access_key)};
  }

  SimLab& aws() { return aws_; }
  store::Store& store() { return *store_; }
  audit::Log& audit() { return *audit_; }
  jobs::Queue& queue() { return queue_; }
  base::Random& random() { return random_; }
  integration::Verifier& verifier() { return verifier_; }
  const integration::Ports& ports() const { return ports_; }
  integration::Settings& settings() { return settings_; }
  model::Actor actor() const { return {.tenant = tenant_, .id = "tok_test", .request_id = "req_test"}; }
  model::Actor other_actor() const { return {.tenant = other_tenant_, .id = "tok_other", .request_id = "req_other"}; }

 private:
  std::map<model::Partition, integration::ConfiguredIdentity> OwnIdentities() {
    std::map<model::Partition, integration::ConfiguredIdentity> identities;
    identities[model::Partition::kAws].credentials = std::make_shared<aws::StaticCredentials>(aws_.Admin(0));
    return identities;
  }

  SimLab aws_{{.throttle = sim::Throttle::kOff}};
  base::SystemRandom random_;
  AuditFolder folder_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<audit::Log> audit_;
  jobs::Queue queue_;
  integration::AwsAccess access_;
  integration::Settings settings_;
  model::TenantId tenant_;
  model::TenantId other_tenant_;
  integration::Ports ports_{*store_, *audit_, queue_, access_, aws_.clock(), random_, settings_};
  integration::Verifier verifier_{ports_};
};

}  // namespace crossrole::fakes
