// SPDX-License-Identifier: Apache-2.0
#include "policy/generator.h"

#include <algorithm>
#include <boost/json/value.hpp>

namespace crossrole::policy_tests {

namespace json = boost::json;

struct Generator::Scenario {
  std::string service;
  Words actions;
  Words resources;
  Words action_patterns;
  Words resource_patterns;
  bool is_role = false;
};

struct Generator::Key {
  std::string name;
  std::string family;   // first letters of the operators made for it
  Words given;          // values of requests
  Words wanted;         // values of policies
  bool several = false;
  bool simulator = true;  // iam-simulate hands it to every action
};

const std::vector<Generator::Scenario>& Generator::Scenarios() {
  static const std::vector<Scenario> scenarios = {
      {.service = "s3",
       .actions = {"s3:GetObject", "s3:PutObject"},
       .resources = {"arn:aws:s3:::logs/alice/a", "arn:aws:s3:::logs/b", "arn:aws:s3:::docs/a+b", "arn:aws:s3:::logs/*x"},
       .action_patterns = {"*", "s3:*", "s3:Get*", "S3:getobject", "s3:?etObject", "s3:*Object", "ec2:*", "s3:PutObject"},
       .resource_patterns = {"*", "arn:aws:s3:::logs/*", "arn:aws:s3:::*", "arn:aws:s3:::logs/${aws:username}/*", "arn:aws:s3:::docs/a?b",
                             "arn:aws:s3:::docs/a+b", "arn:*:s3:::l*/*a", "arn:aws:s3:::LOGS/*", "arn:aws:s3:::logs/${*}x",
                             "arn:aws:s3:::logs/${aws:PrincipalTag/team, 'alice'}/?", "arn:aws:s3:::logs/${aws:TagKeys}"}},
      {.service = "sts",
       .actions = {"sts:AssumeRole", "sts:AssumeRole", "sts:TagSession"},
       .resources = {"arn:aws:iam::111111111111:role/target", "arn:aws:iam::222222222222:role/path/target"},
       .action_patterns = {"*", "sts:*", "sts:AssumeRole", "sts:Assume*", "sts:TagSession", "STS:ASSUMEROLE", "iam:*"},
       .resource_patterns = {"*", "arn:aws:iam::111111111111:role/target", "arn:aws:iam::*:role/*target", "arn:aws:iam::222222222222:role/*",
                             "arn:aws:iam::*:role/path/${aws:PrincipalTag/team}", "arn:aws:iam::*:user/*"},
       .is_role = true},
      {.service = "kms",
       .actions = {"kms:Decrypt", "kms:Encrypt"},
       .resources = {"arn:aws:kms:us-east-1:111111111111:key/k1", "arn:aws:kms:eu-west-1:222222222222:key/k2"},
       .action_patterns = {"*", "kms:*", "kms:Decrypt", "kms:*crypt", "kms:De?rypt", "s3:*"},
       .resource_patterns = {"*", "arn:aws:kms:*:111111111111:key/*", "arn:aws:kms:us-east-1:*:key/k?", "arn:aws:kms:*:*:k*",
                             "arn:aws:kms:eu-west-1:222222222222:key/k2"}},
      {.service = "sqs",
       .actions = {"sqs:SendMessage", "sqs:ReceiveMessage"},
       .resources = {"arn:aws:sqs:us-east-1:111111111111:jobs", "arn:aws:sqs:us-east-1:222222222222:jobs"},
       .action_patterns = {"*", "sqs:*", "sqs:SendMessage", "sqs:Receive*", "sqs:S?ndMessage"},
       .resource_patterns = {"*", "arn:aws:sqs:*:*:jobs", "arn:aws:sqs:us-east-1:111111111111:*", "arn:aws:sqs:us-east-1:*:j?bs",
                             "arn:aws:sqs:us-east-1:222222222222:jobs", "arn:aws:sqs:us*:*1:jobs"}},
      {.service = "sts",
       .actions = {"sts:GetCallerIdentity", "sts:GetSessionToken"},
       .resources = {"*"},
       .action_patterns = {"*", "sts:*", "sts:Get*", "sts:GetSessionToken"},
       .resource_patterns = {"*", "arn:aws:sts:::*"}},
  };
  return scenarios;
}

const std::vector<Generator::Key>& Generator::Keys() {
  static const std::vector<Key> keys = {
      {.name = "aws:PrincipalTag/team", .family = "String", .given = {"alice", "blue", "Blue", "*", "", "a+b"},
       .wanted = {"blue", "BLUE", "al*", "?lue", "*", "${aws:username}", "", "a+b", "b*e", "${aws:PrincipalTag/none, 'blue'}"}},
      {.name = "aws:UserAgent", .family = "String", .given = {"cli/1", "cli/12", "sdk\n2", "caf\xC3\xA9"},
       .wanted = {"cli/*", "cli/?", "CLI/1", "*2", "sdk*2", "caf?", "CAF\xC3\x89", "${aws:PrincipalTag/team}"}},
      {.name = "aws:PrincipalOrgID", .family = "String", .given = {"o-mine", "o-yours"}, .wanted = {"o-mine", "o-*", "O-MINE", "o-other"}},
      {.name = "aws:MultiFactorAuthAge", .family = "Numeric", .given = {"0", "10", "10.0", "3600", "-5", "10abc", ""},
       .wanted = {"10", "10.00", "0", "3600", "-7", "ten", "+10"}},
      {.name = "aws:CurrentTime", .family = "Date", .given = {"2026-01-02T03:04:05Z", "1767323045", "2026-01-02T04:04:05+01:00", "2027-01-01T00:00:00Z", "never"},
       .wanted = {"2026-01-02T03:04:05Z", "1767323045", "2026", "2026-01", "2026-06-30T23:59:59.5Z", "2026-13-01"}},
      {.name = "aws:SecureTransport", .family = "Bool", .given = {"true", "false", "TRUE"}, .wanted = {"true", "false", "True", "maybe"}},
      {.name = "aws:MultiFactorAuthPresent", .family = "Bool", .given = {"true", "false"}, .wanted = {"true", "false"}},
      {.name = "aws:binarykey", .family = "Binary", .given = {"TWFu", "TQ==", "TQ", "??"}, .wanted = {"TWFu", "TQ==", "twfu"}, .simulator = false},
      {.name = "aws:SourceIp", .family = "Ip", .given = {"10.1.2.3", "10.1.2.130", "192.0.2.1", "2001:db8::1", "2001:DB8:0:0::1", "nowhere"},
       .wanted = {"10.1.2.0/25", "10.0.0.0/8", "0.0.0.0/0", "192.0.2.1", "2001:db8::/32", "::/0", "10.1.2.3/33", "2001:0db8::0001"}},
      {.name = "aws:SourceArn", .family = "Arn", .given = {"arn:aws:sns:us-east-1:111111111111:a", "arn:aws:sns:us-east-1:222222222222:a/b:c", "text"},
       .wanted = {"arn:aws:sns:*:111111111111:*", "arn:aws:sns:us-east-1:*:a", "arn:aws:sns*:a", "*", "arn:aws:sns:us-east-1:222222222222:a/*",
                  "ARN:aws:sns:*:*:*", "arn:aws:sns:*:a/b:c", "arn:aws:sns:*:${aws:PrincipalAccount}:?"}},
      {.name = "aws:PrincipalArn", .family = "Arn", .given = {},
       .wanted = {"arn:aws:iam::111111111111:*", "arn:aws:iam::*:user/*", "arn:aws:iam::*:role/team/dev", "arn:aws:sts::*:*/*"}},
      {.name = "aws:TagKeys", .family = "String", .given = {"env", "owner", "Env", ""}, .wanted = {"env", "own*", "ENV", "cost"}, .several = true},
      {.name = "aws:PrincipalOrgPaths", .family = "String", .given = {"o-mine/r-1/ou-1/", "o-mine/r-1/ou-2/"},
       .wanted = {"o-mine/r-1/ou-1/*", "o-mine/*", "o-mine/r-1/ou-2/"}, .several = true},
      {.name = "sts:ExternalId", .family = "String", .given = {"id-1", "id-2"}, .wanted = {"id-1", "id-*", "ID-1"}, .simulator = false},
  };
  return keys;
}

const Generator::Scenario& Generator::PickScenario() {
  const std::size_t percent = Below(100);
  const std::size_t index = percent < 45 ? 0 : percent < 70 ? 1 : percent < 85 ? 2 : percent < 97 ? 3 : 4;
  return Scenarios()[index];
}

namespace {

const std::vector<std::string> kAwsPrincipals = {
    "*", "111111111111", "222222222222", "arn:aws:iam::111111111111:root", "arn:aws:iam::222222222222:root",
    "arn:aws:iam::111111111111:user/alice", "arn:aws:iam::222222222222:user/team/carol", "arn:aws:iam::111111111111:role/team/dev",
    "arn:aws:sts::111111111111:assumed-role/dev/s1", "arn:aws:sts::111111111111:assumed-role/dev/s2",
    "arn:aws:sts::111111111111:federated-user/fred", "arn:aws:iam::111111111111:role/chroot"};
const std::vector<std::string> kUniqueIds = {"AIDAAAAAAAAAAAAAALICE", "AROAAAAAAAAAAAAAAADEV"};
constexpr std::string_view kProvider = "arn:aws:iam::111111111111:oidc-provider/id.example.com";

}  // namespace

void Generator::AddCaller(json::object& question) {
  any_caller_ = false;
  const std::size_t kind = ForSimulator() ? Below(75) : Below(100);
  if (kind < 30) {
    question["principal"] = "arn:aws:iam::111111111111:user/alice";
    if (!ForSimulator()) question["unique_id"] = kUniqueIds[0];
  } else if (kind < 55) {
    question["principal"] = Chance(70) ? "arn:aws:sts::111111111111:assumed-role/dev/s1" : "arn:aws:sts::111111111111:assumed-role/dev/s2";
    question["role"] = "arn:aws:iam::111111111111:role/team/dev";
    if (!ForSimulator()) question["unique_id"] = kUniqueIds[1];
  } else if (kind < 70) {
    question["principal"] = "arn:aws:iam::222222222222:user/team/carol";
  } else if (kind < 75) {
    question["principal"] = "arn:aws:sts::111111111111:federated-user/fred";
    question["user"] = "arn:aws:iam::111111111111:user/alice";
  } else if (kind < 81) {
    question["principal"] = "arn:aws:iam::111111111111:root";
  } else if (kind < 85) {
    question["principal"] = "arn:aws:sts::111111111111:assumed-role/AWSServiceRoleForX/s";
    question["role"] = "arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX";
  } else if (kind < 88) {
    question["principal"] = "arn:aws:sts::111111111111:assumed-role/dev/s1";  // whose path nobody knows
  } else if (kind < 90) {
    question["principal"] = "arn:aws-cn:iam::111111111111:user/alice";
  } else {
    any_caller_ = true;
    if (kind < 94) question["principal"] = "*";
    else if (kind < 97) question["principal"] = "lambda.amazonaws.com";
    else question["provider"] = kProvider;
  }
}

void Generator::AddContext(json::object& question) {
  json::object context;
  for (const Key& key : Keys()) {
    if (key.given.empty() || (ForSimulator() && !key.simulator) || !Chance(55)) continue;
    if (key.several) {
      json::array values;
      for (std::size_t i = Below(4); i > 0; --i) values.emplace_back(Pick(key.given));
      context[key.name] = std::move(values);
    } else if (Chance(3) && !ForSimulator()) {
      context[key.name] = {Pick(key.given), Pick(key.given)};
    } else {
      context[key.name] = Pick(key.given);
    }
  }
  if (!context.empty()) question["context"] = std::move(context);
}

void Generator::AddCall(json::object& question) {
  if (ForSimulator() || question.at("action") != "sts:AssumeRole" || !Chance(50)) return;
  if (question.contains("context")) question["context"].as_object().erase("sts:ExternalId");
  json::object call;
  if (Chance(70)) call["external_id"] = Chance(70) ? "id-1" : "id-2";
  if (Chance(30)) call["tags"] = {{"Env", "prod"}};
  if (Chance(20)) call["source_identity"] = "jane";
  if (Chance(50)) call["session_name"] = "s1";
  question["call"] = std::move(call);
}

json::value Generator::Some(const Words& words, std::size_t most) {
  const std::size_t count = 1 + Below(most);
  if (count == 1 && Chance(70)) return json::value(Pick(words));
  json::array list;
  for (std::size_t i = 0; i < count; ++i) list.emplace_back(Pick(words));
  return list;
}

void Generator::AddElement(json::object& statement, const std::string& name, const Words& words) {
  Words usable = words;
  if (ForSimulator()) std::erase_if(usable, [](const std::string& word) { return word.find("TagKeys") != std::string::npos; });
  statement[Chance(15) ? "Not" + name : name] = Some(usable, 2);
}

json::value Generator::Principal() {
  if (Chance(15)) return "*";
  json::object principal;
  Words words = kAwsPrincipals;
  if (!ForSimulator()) words.insert(words.end(), kUniqueIds.begin(), kUniqueIds.end());
  principal["AWS"] = Some(words, 3);
  if (any_caller_ || (Chance(8) && !ForSimulator())) principal["Service"] = Chance(60) ? "lambda.amazonaws.com" : "sns.amazonaws.com";
  if (any_caller_ && Chance(60)) principal["Federated"] = kProvider;
  return principal;
}

std::string Generator::Operator(const Key& key) {
  static const std::map<std::string, Words> operators = {
      {"String", {"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike"}},
      {"Numeric", {"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"}},
      {"Date", {"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"}},
      {"Bool", {"Bool"}},
      {"Binary", {"BinaryEquals"}},
      {"Ip", {"IpAddress", "NotIpAddress"}},
      {"Arn", {"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike"}}};
  std::string name = Pick(operators.at(key.family));
  if (Chance(20)) name += "IfExists";
  const std::size_t quantified = key.several ? 85 : 10;
  if (Chance(quantified)) name = (Chance(50) ? "ForAllValues:" : "ForAnyValue:") + name;
  return name;
}

json::object Generator::Conditions() {
  json::object conditions;
  for (std::size_t i = 1 + Below(2); i > 0; --i) {
    const Key& key = Keys()[Below(Keys().size())];
    if (ForSimulator() && !key.simulator) continue;
    const bool null = Chance(10);
    json::value& keys = conditions[null ? "Null" : Operator(key)];
    if (!keys.is_object()) keys = json::object();
    keys.as_object()[key.name] = null ? json::value(Chance(50) ? "true" : "false") : Some(key.wanted, 2);
  }
  return conditions;
}

json::object Generator::Statement(const std::string& layer) {
  json::object statement;
  const std::size_t denies = layer == "rcp" ? 90 : 22;
  const bool simulated_rcp = layer == "rcp" && ForSimulator();
  statement["Effect"] = simulated_rcp || Chance(denies) ? "Deny" : "Allow";
  const bool denying = statement["Effect"] == "Deny";
  if (layer == "rcp" || (layer == "endpoint" && ForSimulator())) {
    statement["Principal"] = "*";
  } else if (layer == "trust" || layer == "resource" || layer == "endpoint") {
    const bool inverted = denying && layer != "trust" && Chance(20);
    statement[inverted ? "NotPrincipal" : "Principal"] = Principal();
  }
  if (layer == "trust") {
    static const Words kTrustActions = {"sts:AssumeRole", "sts:*", "sts:TagSession", "sts:Assume*", "sts:SetSourceIdentity", "sts:TagSession"};
    statement["Action"] = Some(kTrustActions, 3);
  } else {
    if (simulated_rcp) statement["Action"] = scenario_->service + ":*";
    else AddElement(statement, "Action", scenario_->action_patterns);
    AddElement(statement, "Resource", scenario_->resource_patterns);
  }
  if (Chance(denying ? 70 : 35)) {
    json::object conditions = Conditions();
    if (!conditions.empty()) statement["Condition"] = std::move(conditions);
  }
  return statement;
}

json::object Generator::Document(const std::string& layer) {
  json::object document;
  if (Chance(ForSimulator() ? 97 : 88)) document["Version"] = "2012-10-17";
  else if (Chance(50)) document["Version"] = "2008-10-17";
  const std::size_t count = 1 + Below(3);
  if (count == 1 && Chance(40)) {
    document["Statement"] = Statement(layer);
    return document;
  }
  json::array statements;
  for (std::size_t i = 0; i < count; ++i) statements.push_back(Statement(layer));
  document["Statement"] = std::move(statements);
  return document;
}

void Generator::AddPolicies(json::object& question) {
  const auto list = [&](const std::string& layer, std::size_t most) {
    json::array documents;
    for (std::size_t i = 1 + Below(most); i > 0; --i) documents.push_back(Document(layer));
    return documents;
  };
  const json::object all = {{"Version", "2012-10-17"}, {"Statement", {{"Effect", "Allow"}, {"Action", "*"}, {"Resource", "*"}}}};
  json::object all_for_all = all;
  all_for_all["Statement"].as_object()["Principal"] = "*";
  const auto levels = [&](const std::string& layer, const json::object& everything) {
    json::array out;
    for (std::size_t i = 1 + Below(3); i > 0; --i) {
      json::array level = {everything};
      const bool may_lack_everything = layer != "rcp" || !ForSimulator();
      if (Chance(25) && may_lack_everything) level = list(layer, 2);
      else if (Chance(20)) level.push_back(Document(layer));
      else if (Chance(3) && may_lack_everything) level = {};
      out.push_back(std::move(level));
    }
    return out;
  };
  if (Chance(85)) question["identity"] = list("identity", 2);
  // Roles and keys have a policy of their own; nothing has one that is asked for by a star.
  const bool has_own = ForSimulator() && (scenario_->is_role || scenario_->service == "kms");
  if (has_own || (Chance(70) && question.at("resource") != "*")) question[scenario_->is_role ? "trust" : "resource_policies"] = list(scenario_->is_role ? "trust" : "resource", ForSimulator() ? 1 : 2);
  if (Chance(20)) question["boundary"] = Document("boundary");
  const bool session = question.contains("role") || question.contains("user");
  if (Chance(session ? 30 : 0)) question["session"] = list("session", ForSimulator() ? 1 : 2);
  if (Chance(30)) question["scp"] = levels("scp", all);
  if (Chance(20)) question["rcp"] = levels("rcp", all_for_all);
  if (Chance(8)) question["vpc_endpoint"] = Document("endpoint");
}

json::object Generator::Next() {
  scenario_ = &PickScenario();
  json::object question;
  AddCaller(question);
  question["action"] = Pick(scenario_->actions);
  Words resources = scenario_->resources;
  // iam-simulate asks a resource with a star about everything that it may mean.
  if (ForSimulator()) std::erase_if(resources, [](const std::string& one) { return one != "*" && one.find('*') != std::string::npos; });
  question["resource"] = Pick(resources);
  if (scenario_->service == "s3") question["resource_account"] = Chance(75) ? "111111111111" : "222222222222";
  AddContext(question);
  AddCall(question);
  AddPolicies(question);
  return question;
}

namespace {

using Fails = std::function<bool(const json::object&)>;

// Leaves out, one by one, what `node` consists of; `root` is the question that holds it.
bool ShrinkNode(json::object& root, json::value& node, const Fails& fails) {
  bool shrunk = false;
  if (auto* object = node.if_object()) {
    for (std::size_t i = 0; i < object->size();) {
      const json::object before = *object;
      object->stable_erase(object->begin() + i);
      if (fails(root)) {
        shrunk = true;
        continue;
      }
      *object = before;
      shrunk = ShrinkNode(root, (object->begin() + i)->value(), fails) || shrunk;
      ++i;
    }
  } else if (auto* array = node.if_array()) {
    for (std::size_t i = 0; i < array->size();) {
      const json::array before = *array;
      array->erase(array->begin() + i);
      if (fails(root)) {
        shrunk = true;
        continue;
      }
      *array = before;
      shrunk = ShrinkNode(root, (*array)[i], fails) || shrunk;
      ++i;
    }
  }
  return shrunk;
}

}  // namespace

json::object Shrink(json::object question, const Fails& fails) {
  for (bool shrunk = true; shrunk;) {
    shrunk = false;
    for (std::size_t i = 0; i < question.size();) {
      const json::object before = question;
      question.stable_erase(question.begin() + i);
      if (fails(question)) {
        shrunk = true;
        continue;
      }
      question = before;
      shrunk = ShrinkNode(question, (question.begin() + i)->value(), fails) || shrunk;
      ++i;
    }
  }
  return question;
}

}  // namespace crossrole::policy_tests
