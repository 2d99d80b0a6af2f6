// SPDX-License-Identifier: Apache-2.0
#include "sim/cloudtrail/event.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>
#include <utility>

#include "aws/sts.h"
#include "base/clock.h"
#include "base/json.h"
#include "sim/cloudtrail/parameters.h"

namespace crossrole::sim::cloudtrail {
namespace {

namespace json = boost::json;
using aws::Kind;
using policy::CallerKind;

// The name at the end of an ARN of IAM.
std::string NameIn(const std::string& arn) { return arn.substr(arn.rfind('/') + 1); }

json::object IssuerOf(const Caller& caller, std::string_view type) {
  return {{"type", type},
          {"principalId", caller.principal.unique_id},
          {"arn", caller.principal.arn},
          {"accountId", caller.account->id},
          {"userName", NameIn(caller.principal.arn)}};
}

json::object SessionContextOf(const Caller& caller, std::chrono::microseconds advance) {
  const Session& session = *caller.session;
  json::object context;
  if (caller.principal.kind == CallerKind::kRole) context["sessionIssuer"] = IssuerOf(caller, "Role");
  if (caller.principal.kind == CallerKind::kFederatedUser) context["sessionIssuer"] = IssuerOf(caller, "IAMUser");
  if (!session.provider.empty()) {
    context["webIdFederationData"] = json::object{{"federatedProvider", session.provider}, {"attributes", json::object()}};
  }
  context["attributes"] = json::object{{"creationDate", base::FormatRfc3339Seconds(session.issued - advance)},
                                       {"mfaAuthenticated", session.mfa == Mfa::kYes ? "true" : "false"}};
  if (!session.source_identity.empty()) context["sourceIdentity"] = session.source_identity;
  if (session.kind == SessionKind::kRoot) context["assumedRoot"] = "true";
  return context;
}

std::string_view TypeOf(CallerKind kind) {
  switch (kind) {
    case CallerKind::kRole: return "AssumedRole";
    case CallerKind::kFederatedUser: return "FederatedUser";
    case CallerKind::kRootUser: return "Root";
    default: return "IAMUser";
  }
}

// Who came with a token of somebody else's; as far as the answer tells it.
json::object WebIdentityOf(const Happening& happening) {
  json::object identity{{"type", "WebIdentityUser"}};
  if (happening.operation != &aws::sts::AssumeRoleWithWebIdentity::kFacts || !happening.carried.output) return identity;
  const auto& output = *static_cast<const aws::sts::AssumeRoleWithWebIdentityOutput*>(happening.carried.output.get());
  const std::string provider = output.provider.value_or(""), subject = output.subject_from_web_identity_token.value_or("");
  identity["principalId"] = fmt::format("{}:{}:{}", provider, output.audience.value_or(""), subject);
  identity["userName"] = subject;
  identity["identityProvider"] = provider;
  return identity;
}

json::object IdentityOf(const Entry& entry, std::chrono::microseconds advance) {
  const Happening& happening = *entry.happening;
  const Caller& caller = *happening.caller;
  if (!happening.operation->is_signed) return WebIdentityOf(happening);
  if (entry.reader == Reader::kOther) {
    return {{"type", "AWSAccount"}, {"principalId", caller.user_id()}, {"accountId", caller.account->id}};
  }
  json::object identity{{"type", TypeOf(caller.principal.kind)},
                        {"principalId", caller.user_id()},
                        {"arn", caller.arn()},
                        {"accountId", caller.account->id}};
  if (!caller.access_key_id.empty()) identity["accessKeyId"] = caller.access_key_id;
  if (caller.principal.kind == CallerKind::kUser) identity["userName"] = NameIn(caller.principal.arn);
  if (caller.session) identity["sessionContext"] = SessionContextOf(caller, advance);
  if (!caller.via.empty()) identity["invokedBy"] = caller.via;
  return identity;
}

// A member of a struct that names something.
struct Naming {
  std::string_view service;
  std::string_view member;
  std::string_view type;
};
constexpr std::array kNamings = std::to_array<Naming>({
    {"sts", "RoleArn", "AWS::IAM::Role"},
    {"sts", "RoleSessionName", "AWS::STS::AssumedRole"},
    {"sts", "AssumedRoleId", "AWS::STS::AssumedRole"},
    {"sts", "AccessKeyId", "AWS::IAM::AccessKey"},
    {"iam", "RoleName", "AWS::IAM::Role"},
    {"iam", "UserName", "AWS::IAM::User"},
    {"iam", "GroupName", "AWS::IAM::Group"},
    {"iam", "PolicyName", "AWS::IAM::Policy"},
    {"iam", "PolicyArn", "AWS::IAM::Policy"},
    {"iam", "AccessKeyId", "AWS::IAM::AccessKey"},
    {"iam", "SerialNumber", "AWS::IAM::VirtualMFADevice"},
    {"iam", "OpenIDConnectProviderArn", "AWS::IAM::OIDCProvider"},
    {"iam", "SAMLProviderArn", "AWS::IAM::SAMLProvider"},
    {"cloudformation", "StackName", "AWS::CloudFormation::Stack"},
    {"cloudformation", "StackId", "AWS::CloudFormation::Stack"},
    {"sso", "PermissionSetArn", "AWS::SSO::PermissionSet"},
    {"sso", "InstanceArn", "AWS::SSO::Instance"},
});

std::string_view TypeOfMember(std::string_view service, std::string_view structure, std::string_view member) {
  if (member == "Arn" && structure == "AssumedRoleUser") return "AWS::STS::AssumedRole";
  if (member == "Arn" && service == "iam") {
    if (structure == "Role") return "AWS::IAM::Role";
    if (structure == "User") return "AWS::IAM::User";
    if (structure == "Group") return "AWS::IAM::Group";
    if (structure == "Policy") return "AWS::IAM::Policy";
  }
  const auto it = std::ranges::find_if(kNamings, [&](const Naming& row) { return row.service == service && row.member == member; });
  return it == kNamings.end() ? std::string_view() : it->type;
}

void AddTouched(std::string_view service, const aws::Shape& shape, const void* place, std::vector<Touched>& touched) {
  for (const aws::Field& field : shape.fields) {
    const void* member = aws::Find(field, place);
    if (member == nullptr) continue;
    if (field.shape->kind == Kind::kStructure) AddTouched(service, *field.shape, member, touched);
    if (field.shape->kind != Kind::kString) continue;
    const std::string_view type = TypeOfMember(service, shape.name, field.name);
    if (type.empty()) continue;
    Touched one{.type = std::string(type), .name = aws::As<std::string>(member)};
    if (std::ranges::find(touched, one) == touched.end()) touched.push_back(std::move(one));
  }
}

// Only what belongs to an account that may read the event is listed in the event itself.
void AddRole(const Setting& setting, const Happening& happening, json::object& event) {
  if (happening.operation->service != &aws::sts::kServiceFacts || !happening.error_code.empty()) return;
  const Account* owner = OtherAccountOf(setting.world, happening);
  for (const Touched& touched : TouchedBy(happening)) {
    if (touched.type != "AWS::IAM::Role") continue;
    event["resources"] = json::array{json::object{
        {"accountId", owner == nullptr ? setting.reader.id : owner->id}, {"type", touched.type}, {"ARN", touched.name}}};
  }
}

std::string TextIn(const Told& told, std::string_view name) {
  const json::value* text = told.event.if_contains(name);
  return text != nullptr && text->is_string() ? std::string(text->get_string()) : "";
}

// Puts in what depends on the clock.
std::string PrintTold(const Setting& setting, const Entry& entry) {
  json::object event = entry.happening->told->event;
  event["eventTime"] = base::FormatRfc3339Seconds(entry.happening->at - setting.advance);
  event["eventID"] = setting.trail.EventId(entry);
  json::value told(std::move(event));
  boost::system::error_code error;
  json::value* created = told.find_pointer("/userIdentity/sessionContext/attributes/creationDate", error);
  if (created != nullptr && created->is_string()) {
    if (const auto time = base::ParseRfc3339(created->get_string())) *created = base::FormatRfc3339Seconds(*time - setting.advance);
  }
  return base::PrintJson(told);
}

}  // namespace

std::vector<Touched> TouchedBy(const Happening& happening) {
  if (happening.told) return happening.told->touched;
  std::vector<Touched> touched;
  const aws::Operation& operation = *happening.operation;
  // What a refused call was about is not told.
  if (happening.error_code.starts_with("AccessDenied")) return touched;
  if (happening.carried.input) AddTouched(operation.service->name, *operation.input, happening.carried.input.get(), touched);
  if (happening.carried.output) AddTouched(operation.service->name, *operation.output, happening.carried.output.get(), touched);
  return touched;
}

std::string UsernameOf(const Entry& entry) {
  if (entry.happening->told) return entry.happening->told->username;
  const Caller& caller = *entry.happening->caller;
  if (!entry.happening->operation->is_signed) {
    const json::object identity = WebIdentityOf(*entry.happening);
    const json::value* name = identity.if_contains("userName");
    return name == nullptr ? "" : std::string(name->get_string());
  }
  if (entry.reader == Reader::kOther) return "";
  if (caller.principal.kind == CallerKind::kRootUser) return "root";
  if (caller.session && !caller.session->name.empty()) return caller.session->name;
  return NameIn(caller.principal.arn);
}

std::string AccessKeyOf(const Entry& entry) {
  if (entry.happening->told) return entry.happening->told->access_key;
  return entry.reader == Reader::kOther ? "" : entry.happening->caller->access_key_id;
}

std::string SourceOf(const Entry& entry) {
  if (entry.happening->told) return TextIn(*entry.happening->told, "eventSource");
  return std::string(entry.happening->operation->service->signing_name) + ".amazonaws.com";
}

std::string NameOf(const Entry& entry) {
  if (entry.happening->told) return TextIn(*entry.happening->told, "eventName");
  return std::string(entry.happening->operation->name);
}

bool ReadsOnly(const Entry& entry) {
  if (!entry.happening->told) return IsReadOnly(*entry.happening->operation);
  const json::value* flag = entry.happening->told->event.if_contains("readOnly");
  return flag != nullptr && flag->is_bool() && flag->get_bool();
}

std::string PrintEvent(const Setting& setting, const Entry& entry) {
  if (entry.happening->told) return PrintTold(setting, entry);
  const Happening& happening = *entry.happening;
  const Caller& caller = *happening.caller;
  json::object event{{"eventVersion", "1.08"},
                     {"userIdentity", IdentityOf(entry, setting.advance)},
                     {"eventTime", base::FormatRfc3339Seconds(happening.at - setting.advance)},
                     {"eventSource", SourceOf(entry)},
                     {"eventName", happening.operation->name},
                     {"awsRegion", happening.region},
                     {"sourceIPAddress", caller.via.empty() ? caller.source_address : caller.via},
                     {"userAgent", caller.via.empty() ? caller.user_agent : caller.via}};
  if (!happening.error_code.empty()) {
    event["errorCode"] = happening.error_code;
    event["errorMessage"] = happening.error_message;
  }
  event["requestParameters"] = RequestParameters(happening);
  event["responseElements"] = ResponseElements(happening);
  event["requestID"] = happening.request_id;
  event["eventID"] = setting.trail.EventId(entry);
  event["readOnly"] = IsReadOnly(*happening.operation);
  AddRole(setting, happening, event);
  event["eventType"] = "AwsApiCall";
  event["managementEvent"] = true;
  event["recipientAccountId"] = setting.reader.id;
  // Both accounts can tell by it that they read of the same call.
  const bool shared = happening.operation->is_signed && happening.error_code.empty() && OtherAccountOf(setting.world, happening) != nullptr;
  if (shared) event["sharedEventID"] = setting.trail.SharedId(happening);
  event["eventCategory"] = "Management";
  return base::PrintJson(event);
}

}  // namespace crossrole::sim::cloudtrail
