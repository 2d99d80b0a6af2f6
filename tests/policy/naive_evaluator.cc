// SPDX-License-Identifier: Apache-2.0
#include "policy/naive_evaluator.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "policy/naive_values.h"

namespace crossrole::naive {
namespace {

namespace json = boost::json;

using Texts = std::vector<std::string>;

bool StartsWith(const std::string& text, const std::string& prefix) { return text.compare(0, prefix.size(), prefix) == 0; }
bool EndsWith(const std::string& text, const std::string& suffix) {
  return text.size() >= suffix.size() && text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}
std::string AfterLastSlash(const std::string& text) { return text.substr(text.rfind('/') + 1); }

std::string Text(const json::value& value) { return value.is_string() ? std::string(value.as_string()) : json::serialize(value); }
std::string Text(const json::object& object, const char* name) {
  return object.contains(name) ? Text(object.at(name)) : std::string();
}
// "Any scalar may stand for an array of one."
Texts List(const json::value& value) {
  Texts list;
  if (value.is_array()) for (const json::value& item : value.as_array()) list.push_back(Text(item));
  else list.push_back(Text(value));
  return list;
}

// Who calls. kind: "anonymous", "root", "user", "role", "federated_user", "service", "web_identity".
struct Caller {
  std::string kind, partition, account, arn, session, id;
  bool HasPolicies() const { return kind == "root" || kind == "user" || kind == "role" || kind == "federated_user"; }
};

Caller ReadCaller(const json::object& question) {
  Caller caller;
  caller.id = Text(question, "unique_id");
  const std::string text = Text(question, "principal");
  if (question.contains("provider")) {
    caller.kind = "web_identity";
    caller.arn = Text(question, "provider");
    return caller;
  }
  if (text == "*") {
    caller.kind = "anonymous";
    return caller;
  }
  const Texts parts = SplitAtColons(text, 5);
  if (parts.size() < 6) {
    caller.kind = "service";
    caller.arn = text;
    return caller;
  }
  caller.partition = parts[1];
  caller.account = parts[4];
  caller.arn = text;
  if (parts[5] == "root") caller.kind = "root";
  else if (StartsWith(parts[5], "user/")) caller.kind = "user";
  else if (StartsWith(parts[5], "role/")) caller.kind = "role";
  else if (StartsWith(parts[5], "assumed-role/")) {
    caller.kind = "role";
    caller.session = text;
    caller.arn = Text(question, "role");
  } else {
    caller.kind = "federated_user";
    caller.session = text;
    caller.arn = Text(question, "user");
  }
  return caller;
}

// "aws:PrincipalArn, aws:PrincipalAccount: signed requests; aws:username: IAM users only …"
void AddKeysOf(const Caller& caller, Context& context) {
  const auto add = [&](const std::string& key, const std::string& value) {
    if (!value.empty() && context.find(key) == context.end()) context[key] = {value};
  };
  if (caller.kind == "service") {
    add("aws:principaltype", "Service");
    add("aws:principalservicename", caller.arn);
    add("aws:principalservicenameslist", caller.arn);
    add("aws:principalisawsservice", "true");
    return;
  }
  if (caller.kind == "anonymous" || caller.kind == "web_identity") {
    add("aws:principaltype", "Anonymous");
    if (caller.kind == "anonymous") add("aws:userid", "anonymous");
    return;
  }
  add("aws:principalisawsservice", "false");
  add("aws:principalaccount", caller.account);
  add("aws:principalarn", caller.kind == "federated_user" ? caller.session : caller.arn);
  if (caller.kind == "root") add("aws:principaltype", "Account"), add("aws:userid", caller.account);
  if (caller.kind == "user") {
    add("aws:principaltype", "User");
    add("aws:userid", caller.id);
    add("aws:username", AfterLastSlash(caller.arn));
  }
  if (caller.kind == "role") {
    add("aws:principaltype", "AssumedRole");
    if (!caller.id.empty() && !caller.session.empty()) add("aws:userid", caller.id + ":" + AfterLastSlash(caller.session));
  }
  if (caller.kind == "federated_user") {
    add("aws:principaltype", "FederatedUser");
    add("aws:userid", caller.account + ":" + AfterLastSlash(caller.session));
  }
}

// How a principal names the caller, weakest first: "", "account", "issuer" (the role of a session, the user of a
// federated user), "direct".
using Naming = std::string;
int RankOf(const Naming& naming) { return naming.empty() ? 0 : naming == "account" ? 1 : naming == "issuer" ? 2 : 3; }

std::string RoleName(const std::string& arn) {
  const Texts parts = SplitAtColons(arn, 5);
  if (parts.size() < 6) return "";
  if (StartsWith(parts[5], "role/")) return AfterLastSlash(parts[5]);
  const std::string rest = parts[5].substr(std::string("assumed-role/").size());
  return rest.substr(0, rest.find('/'));
}

Naming NamesAws(const std::string& text, const Caller& caller) {
  if (text == "*") return "direct";
  if (!caller.HasPolicies()) return "";
  // The root's ARN is the account's number, whatever partition it says.
  if (text == caller.account || EndsWith(text, ":iam::" + caller.account + ":root")) return "account";
  const bool is_id = text.find(':') == std::string::npos && (StartsWith(text, "AIDA") || StartsWith(text, "AROA"));
  const bool issuer_known = !caller.arn.empty();
  bool same = is_id ? text == caller.id : issuer_known && text == caller.arn;
  // A session tells its role's name only, not the path.
  if (!is_id && !issuer_known && caller.kind == "role") {
    const Texts parts = SplitAtColons(text, 5);
    same = parts.size() == 6 && parts[1] == caller.partition && parts[2] == "iam" && parts[4] == caller.account &&
           StartsWith(parts[5], "role/") && RoleName(text) == RoleName(caller.session);
  }
  if (same && caller.kind == "user") return "direct";
  if (same && (caller.kind == "role" || caller.kind == "federated_user")) return "issuer";
  if (!caller.session.empty() && text == caller.session) return "direct";
  return "";
}

// One entry for each value of a Principal element.
std::vector<std::pair<Naming, bool>> NamesOf(const json::value& element, const Caller& caller) {
  std::vector<std::pair<Naming, bool>> names;  // and whether it was `*`
  if (element.is_string()) return {{"direct", true}};
  for (const auto& [type, values] : element.as_object()) {
    for (const std::string& text : List(values)) {
      if (type == "AWS") names.emplace_back(NamesAws(text, caller), text == "*");
      const std::string kind = type == "Service" ? "service" : type == "Federated" ? "web_identity" : "none";
      if (type != "AWS") names.emplace_back(caller.kind == kind && (text == "*" || text == caller.arn) ? "direct" : "", false);
    }
  }
  return names;
}

Naming Strongest(const json::value& element, const Caller& caller) {
  Naming strongest;
  for (const auto& [naming, star] : NamesOf(element, caller)) {
    if (RankOf(naming) > RankOf(strongest)) strongest = naming;
  }
  return strongest;
}

// "List the account root and the role and the session, or the exempted principal is still denied; with a principal that
// has a permissions boundary, NotPrincipal with Deny always denies."
bool IsExempt(const json::value& element, const Caller& caller, bool has_boundary) {
  if (has_boundary) return false;
  bool account = false;
  bool issuer = false;
  bool self = false;
  for (const auto& [naming, star] : NamesOf(element, caller)) {
    if (star) return true;
    account = account || naming == "account";
    issuer = issuer || naming == "issuer";
    self = self || naming == "direct";
  }
  if (caller.kind == "root") return account;
  if (caller.kind == "user") return account && self;
  if (caller.kind == "role" || caller.kind == "federated_user") return account && issuer && self;
  return self;
}

// "Actions: case-insensitive; `*` any run, `?` one character; service part literal except the lone `*`."
bool CoversAction(const std::string& pattern, const std::string& action) {
  if (pattern == "*") return true;
  const Texts wanted = SplitAtColons(Lower(pattern), 1);
  const Texts given = SplitAtColons(Lower(action), 1);
  if (wanted.size() != 2 || given.size() != 2) return false;
  return (wanted[0] == "*" || wanted[0] == given[0]) && Globs(wanted[1], given[1]);
}

enum class Three { kNo, kYes, kUnknown };

// "ARN pattern; variables only after the fifth colon."
Three CoversResource(const std::string& pattern, const std::string& resource, bool variables, const Context& context) {
  if (pattern == "*") return Three::kYes;
  const Texts wanted = SplitAtColons(pattern, 5);
  const Texts given = SplitAtColons(resource, 5);
  if (wanted.size() != 6 || given.size() != 6) return Three::kNo;
  for (std::size_t i = 0; i < 5; ++i) {
    if (!Globs(wanted[i], given[i])) return Three::kNo;
  }
  const auto last = ReadPattern(wanted[5], {.wildcards = true, .variables = variables}, context);
  if (!last.has_value()) return Three::kUnknown;
  return Matches(*last, given[5]) ? Three::kYes : Three::kNo;
}

struct OperatorName {
  std::string base;       // without Not
  std::string quantifier;
  bool if_exists = false;
  bool negated = false;
};

OperatorName ReadOperator(std::string name) {
  OperatorName out;
  for (const std::string quantifier : {"ForAllValues:", "ForAnyValue:"}) {
    if (StartsWith(name, quantifier)) {
      out.quantifier = quantifier;
      name = name.substr(quantifier.size());
    }
  }
  if (EndsWith(name, "IfExists")) {
    out.if_exists = true;
    name.resize(name.size() - 8);
  }
  const std::size_t negation = name.find("Not");
  if (negation != std::string::npos) {
    out.negated = true;
    name.erase(negation, 3);
  }
  out.base = name;
  return out;
}

std::string FamilyOf(const std::string& base) {
  for (const std::string family : {"String", "Numeric", "Date", "Bool", "Binary", "Ip", "Arn"}) {
    if (StartsWith(base, family)) return family;
  }
  return "";
}

bool IsOfFamily(const std::string& family, const std::string& value) {
  if (family == "Numeric") return SortableNumber(value).has_value();
  if (family == "Date") return Microseconds(value).has_value();
  if (family == "Bool") return Truth(value).has_value();
  if (family == "Binary") return Bytes(value).has_value();
  if (family == "Ip") return AddressBits(value).has_value();
  if (family == "Arn") return SplitAtColons(value, 5).size() == 6;
  return true;
}

template <typename T>
bool InOrder(const std::string& base, const T& given, const T& wanted) {
  if (EndsWith(base, "LessThan")) return given < wanted;
  if (EndsWith(base, "LessThanEquals")) return given <= wanted;
  if (EndsWith(base, "GreaterThan")) return given > wanted;
  if (EndsWith(base, "GreaterThanEquals")) return given >= wanted;
  return given == wanted;
}

std::string Plain(const Pattern& pattern) {
  std::string text;
  for (const Symbol& symbol : pattern) text += symbol.character;
  return text;
}

// Whether one value of the request matches one value of the policy, the operator taken without its Not.
Three Compare(const std::string& base, const std::string& wanted, const std::string& given, bool variables, const Context& context) {
  const std::string family = FamilyOf(base);
  const auto yes_if = [](bool yes) { return yes ? Three::kYes : Three::kNo; };
  if (family == "Numeric") {
    const auto a = SortableNumber(given);
    const auto b = SortableNumber(wanted);
    return yes_if(a.has_value() && b.has_value() && InOrder(base, *a, *b));
  }
  if (family == "Date") {
    const auto a = Microseconds(given);
    const auto b = Microseconds(wanted);
    return yes_if(a.has_value() && b.has_value() && InOrder(base, *a, *b));
  }
  if (family == "Binary") {
    const auto a = Bytes(given);
    return yes_if(a.has_value() && a == Bytes(wanted));
  }
  if (family == "Ip") {
    const auto address = AddressBits(given);
    const auto network = AddressBits(wanted);
    if (!address.has_value() || !network.has_value() || address->v6 != network->v6) return Three::kNo;
    return yes_if(StartsWith(address->bits, network->bits));
  }
  const bool wildcards = base == "StringLike" || family == "Arn";
  const auto pattern = ReadPattern(wanted, {.wildcards = wildcards, .variables = variables}, context);
  if (!pattern.has_value()) return Three::kUnknown;
  if (family == "Arn") return yes_if(MatchesArn(*pattern, given));
  if (family == "Bool") return yes_if(Truth(given).has_value() && Truth(given) == Truth(Plain(*pattern)));
  if (base == "StringEqualsIgnoreCase") return yes_if(Lower(Plain(*pattern)) == Lower(given));
  return yes_if(Matches(*pattern, given));
}

// "For each value of a positive operator OR; for a negated operator NOR."
bool HoldsForOne(const OperatorName& op, const Texts& wanted, const std::string& given, bool variables, const Context& context) {
  if (op.negated && !IsOfFamily(FamilyOf(op.base), given)) return false;
  bool any = false;
  bool unknown = false;
  for (const std::string& value : wanted) {
    const Three one = Compare(op.base, value, given, variables, context);
    any = any || one == Three::kYes;
    unknown = unknown || one == Three::kUnknown;
  }
  return op.negated ? !any && !unknown : any;
}

bool ConditionHolds(const std::string& name, const std::string& key, const Texts& wanted, bool variables, const Context& context) {
  const auto found = context.find(Lower(key));
  const bool present = found != context.end();
  if (name == "Null") {
    return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& value) { return Truth(value) == (present ? "false" : "true"); });
  }
  const OperatorName op = ReadOperator(name);
  const auto holds = [&](const std::string& given) { return HoldsForOne(op, wanted, given, variables, context); };
  const Texts given = present ? found->second : Texts{};
  const bool null_set = std::all_of(given.begin(), given.end(), [](const std::string& value) { return value.empty(); });
  if (!present && op.if_exists) return true;
  if (op.quantifier == "ForAllValues:") return null_set || std::all_of(given.begin(), given.end(), holds);
  if (op.quantifier == "ForAnyValue:") return !null_set && std::any_of(given.begin(), given.end(), holds);
  if (!present) return op.negated;
  return given.size() == 1 && holds(given[0]);
}

bool ConditionsHold(const json::object& statement, bool variables, const Context& context) {
  if (!statement.contains("Condition")) return true;
  for (const auto& [name, keys] : statement.at("Condition").as_object()) {
    for (const auto& [key, values] : keys.as_object()) {
      if (!ConditionHolds(std::string(name), std::string(key), List(values), variables, context)) return false;
    }
  }
  return true;
}

struct Request {
  Caller caller;
  std::string action, resource, resource_account;
  Context context;
  bool has_boundary = false;
};

bool ActionApplies(const json::object& statement, const Request& request) {
  const bool inverted = statement.contains("NotAction");
  for (const std::string& pattern : List(statement.at(inverted ? "NotAction" : "Action"))) {
    if (CoversAction(pattern, request.action)) return !inverted;
  }
  return inverted;
}

bool ResourceApplies(const json::object& statement, const Request& request, bool variables) {
  const bool inverted = statement.contains("NotResource");
  if (!inverted && !statement.contains("Resource")) return true;  // a trust policy
  bool unknown = false;
  for (const std::string& pattern : List(statement.at(inverted ? "NotResource" : "Resource"))) {
    const Three covers = CoversResource(pattern, request.resource, variables, request.context);
    if (covers == Three::kYes) return !inverted;
    unknown = unknown || covers == Three::kUnknown;
  }
  return inverted && !unknown;
}

// What a set of documents says.
struct Verdict {
  bool deny = false;
  bool allow = false;
  Naming naming;  // the strongest of the statements that allow
};

void Read(const json::value& document, const Request& request, bool with_principals, Verdict& verdict) {
  const json::object& object = document.as_object();
  const bool variables = object.contains("Version") && object.at("Version") == "2012-10-17";
  const json::value& statements = object.at("Statement");
  const json::array list = statements.is_array() ? statements.as_array() : json::array{statements};
  for (const json::value& one : list) {
    const json::object& statement = one.as_object();
    Naming naming = "direct";
    if (with_principals && statement.contains("NotPrincipal")) {
      if (IsExempt(statement.at("NotPrincipal"), request.caller, request.has_boundary)) continue;
    } else if (with_principals) {
      naming = Strongest(statement.at("Principal"), request.caller);
      if (naming.empty()) continue;
    }
    if (!ActionApplies(statement, request) || !ResourceApplies(statement, request, variables)) continue;
    if (!ConditionsHold(statement, variables, request.context)) continue;
    if (statement.at("Effect") == "Deny") {
      verdict.deny = true;
    } else {
      verdict.allow = true;
      if (RankOf(naming) > RankOf(verdict.naming)) verdict.naming = naming;
    }
  }
}

Verdict ReadAll(const json::object& question, const char* name, const Request& request, bool with_principals) {
  Verdict verdict;
  if (!question.contains(name)) return verdict;
  const json::value& documents = question.at(name);
  if (!documents.is_array()) {
    Read(documents, request, with_principals, verdict);
  } else {
    for (const json::value& document : documents.as_array()) Read(document, request, with_principals, verdict);
  }
  return verdict;
}

// "A hierarchy is Allow only if every level contains an Allow match."
Verdict ReadLevels(const json::object& question, const char* name, const Request& request, bool with_principals) {
  Verdict all;
  all.allow = true;
  if (!question.contains(name)) return all;
  for (const json::value& level : question.at(name).as_array()) {
    Verdict one;
    for (const json::value& document : level.as_array()) Read(document, request, with_principals, one);
    all.deny = all.deny || one.deny;
    all.allow = all.allow && one.allow;
  }
  return all;
}

// Everything that the policies say to one request.
struct Said {
  Verdict rcp, scp, endpoint, resource, identity, boundary, session;
  bool has_session = false;
};

Said ReadEverything(const json::object& question, const Request& request) {
  Said said;
  const bool own = request.caller.HasPolicies();
  const bool service_linked = request.caller.kind == "role" && request.caller.arn.find(":role/aws-service-role/") != std::string::npos;
  said.rcp.allow = true;
  said.scp.allow = true;
  if (!service_linked) said.rcp = ReadLevels(question, "rcp", request, true);
  if (!service_linked && own) said.scp = ReadLevels(question, "scp", request, false);
  said.endpoint = ReadAll(question, "vpc_endpoint", request, true);
  said.resource = ReadAll(question, "resource_policies", request, true);
  const Verdict trust = ReadAll(question, "trust", request, true);
  said.resource.deny = said.resource.deny || trust.deny;
  said.resource.allow = said.resource.allow || trust.allow;
  if (RankOf(trust.naming) > RankOf(said.resource.naming)) said.resource.naming = trust.naming;
  if (own) {
    said.identity = ReadAll(question, "identity", request, false);
    said.boundary = ReadAll(question, "boundary", request, false);
    said.session = ReadAll(question, "session", request, false);
    said.has_session = question.contains("session") && !question.at("session").as_array().empty();
  }
  return said;
}

std::string Decide(const json::object& question, const Request& request) {
  const std::string denied = "implicitly_denied";
  if (Lower(request.action) == "sts:getcalleridentity") return "allowed";
  const Caller& caller = request.caller;
  const Said said = ReadEverything(question, request);
  if (said.rcp.deny || said.scp.deny || said.endpoint.deny || said.resource.deny || said.identity.deny || said.boundary.deny ||
      said.session.deny) {
    return "explicitly_denied";
  }
  const Texts arn = SplitAtColons(request.resource, 5);
  if (!caller.account.empty() && arn.size() == 6 && arn[1] != caller.partition) return denied;
  if (!said.rcp.allow || !said.scp.allow) return denied;
  if (question.contains("vpc_endpoint") && !said.endpoint.allow) return denied;
  if (!caller.HasPolicies()) return said.resource.allow ? "allowed" : denied;

  const bool identity_ok = said.identity.allow || caller.kind == "root";
  const bool boundary_ok = !request.has_boundary || said.boundary.allow;
  // "No policy passed to GetFederationToken: no permissions, but for a resource-based policy that names the session."
  const bool session_ok = said.has_session ? said.session.allow : caller.kind != "federated_user";
  const Naming& naming = said.resource.naming;
  std::string owner = request.resource_account;
  if (owner.empty() && arn.size() == 6) owner = arn[4];
  if (owner.empty()) owner = caller.account;
  const bool is_role = arn.size() == 6 && arn[0] == "arn" && arn[2] == "iam" && arn[3].empty() && StartsWith(arn[5], "role/");
  const bool is_key = arn.size() == 6 && arn[0] == "arn" && arn[2] == "kms" && StartsWith(arn[5], "key/");
  const std::string action = Lower(request.action);
  const bool explicit_grant = (StartsWith(action, "sts:") && is_role) || (StartsWith(action, "kms:") && is_key);

  if (owner == caller.account) {
    if (naming == "direct") return "allowed";
    if (naming == "issuer" && boundary_ok && session_ok) return "allowed";
    const bool delegated = !explicit_grant || !naming.empty();
    return delegated && identity_ok && boundary_ok && session_ok ? "allowed" : denied;
  }
  return !naming.empty() && identity_ok && boundary_ok && session_ok ? "allowed" : denied;
}

Context ReadContext(const json::object& question) {
  Context context;
  if (!question.contains("context")) return context;
  for (const auto& [key, values] : question.at("context").as_object()) {
    const Texts list = List(values);
    if (!list.empty()) context[Lower(std::string(key))] = list;
  }
  return context;
}

// "Actions are separate and each must be allowed."
std::string DecideCall(const json::object& question, const Request& request) {
  const json::object& call = question.at("call").as_object();
  Context context = request.context;
  const auto set = [&](const char* member, const std::string& key) {
    if (!Text(call, member).empty()) context[key] = {Text(call, member)};
  };
  set("session_name", "sts:rolesessionname");
  if (call.contains("source_identity")) context["sts:sourceidentity"] = {Text(call, "source_identity")};
  Texts keys;
  if (call.contains("tags")) {
    for (const auto& [key, value] : call.at("tags").as_object()) {
      context["aws:requesttag/" + Lower(std::string(key))] = {Text(value)};
      keys.emplace_back(key);
    }
  }
  if (!keys.empty()) context["aws:tagkeys"] = keys;
  if (call.contains("transitive_tag_keys")) context["sts:transitivetagkeys"] = List(call.at("transitive_tag_keys"));
  if (const Texts arn = SplitAtColons(request.resource, 5); arn.size() == 6) context["aws:resourceaccount"] = {arn[4]};
  Texts actions = {request.action};
  if (!keys.empty()) actions.emplace_back("sts:TagSession");
  if (call.contains("source_identity")) actions.emplace_back("sts:SetSourceIdentity");
  std::string worst = "allowed";
  for (const std::string& action : actions) {
    Request one = request;
    one.action = action;
    one.context = context;
    if (call.contains("external_id") && action == "sts:AssumeRole") one.context["sts:externalid"] = {Text(call, "external_id")};
    std::string answer = Decide(question, one);
    if (answer == "allowed" && request.caller.kind == "root") answer = "implicitly_denied";
    if (answer == "explicitly_denied" || worst == "allowed") worst = answer;
  }
  return worst;
}

}  // namespace

std::string Evaluate(const json::object& question) {
  Request request;
  request.caller = ReadCaller(question);
  request.action = Text(question, "action");
  request.resource = question.contains("resource") ? Text(question, "resource") : "*";
  request.resource_account = Text(question, "resource_account");
  request.context = ReadContext(question);
  request.has_boundary = question.contains("boundary");
  AddKeysOf(request.caller, request.context);
  return question.contains("call") ? DecideCall(question, request) : Decide(question, request);
}

}  // namespace crossrole::naive
