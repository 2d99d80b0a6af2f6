// SPDX-License-Identifier: Apache-2.0
#include "model/arn.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace crossrole::model {
namespace {

using base::Code;
using base::Error;
using base::Fail;

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_+=,.@-").find(c) != std::string_view::npos;
}

bool IsName(std::string_view text, std::size_t longest) {
  return !text.empty() && text.size() <= longest && std::ranges::all_of(text, IsNameCharacter);
}

std::unexpected<Error> NotARole(std::string message, std::string fix) {
  return Fail(Error{.code = Code::kInvalidArgument,
                    .message = std::move(message),
                    .reason = "role_arn.not_a_role",
                    .field = "role_arn",
                    .fix = std::move(fix)});
}

// Input in messages is cut, so that a pasted novel does not become an answer.
std::string Quoted(std::string_view text) {
  return fmt::format("`{}{}`", base::Shortened(text, 120), text.size() > 120 ? "…" : "");
}

base::Result<RoleArn> FromParts(const Arn& arn) {
  TRY_ASSIGN(const Partition partition, ParsePartition(arn.partition));
  TRY_ASSIGN(const AccountId account, AccountId::Parse(arn.account));
  const std::string_view rest = std::string_view(arn.resource).substr(4);
  const std::size_t slash = rest.rfind('/');
  return RoleArn::Make(partition, account, rest.substr(0, slash + 1), rest.substr(slash + 1));
}

}  // namespace

base::Result<AccountId> AccountId::Parse(std::string_view text) {
  if (text.size() != 12 || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = fmt::format("{} is not an AWS account id", Quoted(text)),
                      .field = "account_id",
                      .fix = "give the 12 digits of the account"});
  }
  return AccountId(std::string(text));
}

base::Result<Arn> Arn::Parse(std::string_view text) {
  const bool printable = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
  const auto parts = base::Split(text, ':');
  if (!printable || text.size() > 2048 || parts.size() < 6 || parts[0] != "arn" || parts[1].empty() || parts[2].empty()) {
    return Fail(Error{.code = Code::kInvalidArgument, .message = fmt::format("{} is not an ARN", Quoted(text))});
  }
  const std::size_t prefix = 5 + parts[0].size() + parts[1].size() + parts[2].size() + parts[3].size() + parts[4].size();
  Arn arn{.partition = std::string(parts[1]),
          .service = std::string(parts[2]),
          .region = std::string(parts[3]),
          .account = std::string(parts[4]),
          .resource = std::string(text.substr(prefix))};
  if (arn.resource.empty()) {
    return Fail(Error{.code = Code::kInvalidArgument, .message = fmt::format("{} is not an ARN", Quoted(text))});
  }
  return arn;
}

std::string Arn::text() const { return fmt::format("arn:{}:{}:{}:{}:{}", partition, service, region, account, resource); }

RoleArn::RoleArn(Partition partition, AccountId account, std::string path, std::string name)
    : partition_(partition),
      account_(std::move(account)),
      path_(std::move(path)),
      name_(std::move(name)),
      text_(fmt::format("arn:{}:iam::{}:role{}{}", FactsOf(partition_).name, account_.text(), path_, name_)) {}

base::Result<RoleArn> RoleArn::Parse(std::string_view text) {
  const auto arn = Arn::Parse(text);
  if (!arn) {
    return NotARole(fmt::format("{} is not the ARN of a role", Quoted(text)),
                    "paste an ARN of the form arn:aws:iam::111122223333:role/path/name");
  }
  if (arn->service == "sts" && arn->resource.starts_with("assumed-role/")) {
    return NotARole(fmt::format("{} is the ARN of a session, not of a role", Quoted(text)),
                    "paste the ARN of the role itself, as IAM shows it");
  }
  if (arn->service != "iam" || !arn->region.empty() || !arn->resource.starts_with("role/")) {
    return NotARole(fmt::format("{} is not the ARN of a role", Quoted(text)),
                    "paste an ARN of the form arn:aws:iam::111122223333:role/path/name");
  }
  auto role = FromParts(*arn);
  if (role) return role;
  return NotARole(fmt::format("{} is not the ARN of a role: {}", Quoted(text), role.error().message), role.error().fix);
}

base::Result<RoleArn> RoleArn::ParsePasted(std::string_view text) {
  const auto is_wrapping = [](char c) { return std::string_view(" \t\r\n\"'`").contains(c); };
  while (!text.empty() && is_wrapping(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_wrapping(text.back())) text.remove_suffix(1);
  return Parse(text);
}

base::Result<RoleArn> RoleArn::Make(Partition partition, const AccountId& account, std::string_view path,
                                    std::string_view name) {
  if (!IsIamPath(path)) {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = fmt::format("{} is not a path of IAM", Quoted(path)),
                      .field = "role_path",
                      .fix = "a path begins and ends with /"});
  }
  if (!IsRoleName(name)) {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = fmt::format("{} is not a name of a role", Quoted(name)),
                      .field = "role_name",
                      .fix = "use 1 to 64 letters, digits and _+=,.@-"});
  }
  return RoleArn(partition, account, std::string(path), std::string(name));
}

bool IsRoleName(std::string_view text) { return IsName(text, 64); }

bool IsPolicyName(std::string_view text) { return IsName(text, 128); }

bool IsIamPath(std::string_view text) {
  if (text == "/") return true;
  // Wildcards are printable, but a principal with one is never valid, so a path with one is of no use to us.
  return text.size() >= 3 && text.size() <= 512 && text.front() == '/' && text.back() == '/' &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '*' && c != '?' && c != ':' && c != '"' && c != '\\'; }) &&
         !text.contains("//");
}

base::Result<RoleArn> RoleOfSession(std::string_view assumed_role_arn) {
  TRY_ASSIGN(const Arn arn, Arn::Parse(assumed_role_arn));
  const auto parts = base::Split(arn.resource, '/');
  if (arn.service != "sts" || parts.size() != 3 || parts[0] != "assumed-role") {
    return Fail(Code::kInvalidArgument, fmt::format("{} is not the ARN of a session", Quoted(assumed_role_arn)));
  }
  TRY_ASSIGN(const Partition partition, ParsePartition(arn.partition));
  TRY_ASSIGN(const AccountId account, AccountId::Parse(arn.account));
  return RoleArn::Make(partition, account, "/", parts[1]);
}

}  // namespace crossrole::model
