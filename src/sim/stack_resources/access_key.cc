// SPDX-License-Identifier: Apache-2.0
#include "sim/stack_resources/properties.h"
#include "sim/stack_resources/rows.h"

namespace crossrole::sim::stack_resources {

namespace api = aws::iam;

namespace {

std::string StatusIn(const boost::json::object& properties) { return TextIn(properties, "Status").value_or("Active"); }

base::Status SetStatus(const Target& target, const Physical& key) {
  if (StatusIn(target.properties) == StatusIn(key.properties)) return {};
  TRY(Do<api::UpdateAccessKey>(target.call, {.user_name = TextIn(target.properties, "UserName"),
                                             .access_key_id = key.id,
                                             .status = StatusIn(target.properties)}));
  return {};
}

}  // namespace

base::Status CreateAccessKey(const Target& target, Physical& made) {
  TRY_ASSIGN(const api::CreateAccessKeyOutput answer,
             Do<api::CreateAccessKey>(target.call, {.user_name = TextIn(target.properties, "UserName")}));
  made.id = answer.access_key.access_key_id;
  made.attributes = {{"Id", made.id}, {"SecretAccessKey", std::string(answer.access_key.secret_access_key.Reveal())}};
  Apply(made, target.properties, "UserName");
  return SetStatus(target, made);
}

base::Status UpdateAccessKey(const Target& target, Physical& key) { return SetStatus(target, key); }

base::Status RemoveAccessKey(Call& call, Physical& key) {
  return Gone(Do<api::DeleteAccessKey>(call, {.user_name = TextIn(key.properties, "UserName"), .access_key_id = key.id}));
}

}  // namespace crossrole::sim::stack_resources
