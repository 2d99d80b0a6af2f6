// SPDX-License-Identifier: Apache-2.0
#include "sim/iam/entities.h"
#include "sim/iam/extras.h"
#include "sim/iam/operations.h"

namespace crossrole::sim::iam {
namespace {

namespace api = aws::iam;

// What IAM asks of passwords as long as an account has no policy of its own. Source: IAM User Guide, "Default password policy".
constexpr std::size_t kShortest = 8;
constexpr std::size_t kLongest = 128;

base::Status CheckPassword(const User& user, std::string_view password) {
  const auto is = [&](auto kind) { return std::ranges::any_of(password, kind) ? 1 : 0; };
  const int kinds = is([](char c) { return c >= 'a' && c <= 'z'; }) + is([](char c) { return c >= 'A' && c <= 'Z'; }) +
                    is([](char c) { return c >= '0' && c <= '9'; }) +
                    is([](char c) { return std::string_view("!@#$%^&*()_+-=[]{}|'").find(c) != std::string_view::npos; });
  const bool good = password.size() >= kShortest && password.size() <= kLongest && kinds >= 3 && password != user.name;
  if (good) return {};
  return Refuse("PasswordPolicyViolation", "Password does not conform to the account password policy.");
}

std::unexpected<base::Error> NoLogin(const User& user) {
  return Refuse("NoSuchEntity", "Login Profile for User " + user.name + " cannot be found.");
}

api::LoginProfile ShowLogin(const Call& call, const User& user, const LoginProfile& login) {
  return {.user_name = user.name, .create_date = call.Shown(login.created), .password_reset_required = login.reset_required};
}

base::Result<api::CreateLoginProfileOutput> CreateLoginProfile(Call& call, const api::CreateLoginProfileInput& input) {
  TRY_ASSIGN(const auto user, FindEntity(call, input));
  if (ExtrasOf(*user).login) {
    return Refuse("EntityAlreadyExists", "Login Profile for user " + user->name + " already exists.");
  }
  if (!input.password) return Invalid("The Password field is required");
  const std::string_view password = input.password->Reveal();
  TRY(CheckPassword(*user, password));
  const LoginProfile login{std::string(password), call.now(), input.password_reset_required.value_or(false)};
  ChangeExtras(call, *user, [&](UserExtras& extras) { extras.login = login; });
  return api::CreateLoginProfileOutput{.login_profile = ShowLogin(call, *user, login)};
}

base::Result<api::GetLoginProfileOutput> GetLoginProfile(Call& call, const api::GetLoginProfileInput& input) {
  TRY_ASSIGN(const auto user, FindEntity(call, input));
  const auto& login = ExtrasOf(*user).login;
  if (!login) return NoLogin(*user);
  return api::GetLoginProfileOutput{.login_profile = ShowLogin(call, *user, *login)};
}

base::Result<api::UpdateLoginProfileOutput> UpdateLoginProfile(Call& call, const api::UpdateLoginProfileInput& input) {
  TRY_ASSIGN(const auto user, FindEntity(call, input));
  if (!ExtrasOf(*user).login) return NoLogin(*user);
  LoginProfile login = *ExtrasOf(*user).login;
  if (input.password) {
    const std::string_view password = input.password->Reveal();
    TRY(CheckPassword(*user, password));
    login.password = password;
  }
  login.reset_required = input.password_reset_required.value_or(login.reset_required);
  ChangeExtras(call, *user, [&](UserExtras& extras) { extras.login = login; });
  return api::UpdateLoginProfileOutput{};
}

base::Result<api::DeleteLoginProfileOutput> DeleteLoginProfile(Call& call, const api::DeleteLoginProfileInput& input) {
  TRY_ASSIGN(const auto user, FindEntity(call, input));
  if (!ExtrasOf(*user).login) return NoLogin(*user);
  ChangeExtras(call, *user, [](UserExtras& extras) { extras.login.reset(); });
  return api::DeleteLoginProfileOutput{};
}

base::Result<api::ChangePasswordOutput> ChangePassword(Call& call, const api::ChangePasswordInput& input) {
  const auto user = call.account().users.Find(CallersUserName(call));
  if (!user) return Refuse("InvalidUserType", "Only IAM users can change their password.");
  if (!ExtrasOf(*user).login) return NoLogin(*user);
  LoginProfile login = *ExtrasOf(*user).login;
  if (input.old_password.Reveal() != login.password) {
    return base::Fail(NotAuthorized(*call.caller, "iam:ChangePassword", "user " + user->name, "because the old password is wrong"));
  }
  const std::string_view password = input.new_password.Reveal();
  TRY(CheckPassword(*user, password));
  login.password = password;
  login.reset_required = false;
  ChangeExtras(call, *user, [&](UserExtras& extras) { extras.login = login; });
  return api::ChangePasswordOutput{};
}

}  // namespace

void AddLoginOperations(OperationTable& table) {
  table.Add<api::CreateLoginProfile>(OnEntity{}, CreateLoginProfile);
  table.Add<api::GetLoginProfile>(OnEntity{}, GetLoginProfile);
  table.Add<api::UpdateLoginProfile>(OnEntity{}, UpdateLoginProfile);
  table.Add<api::DeleteLoginProfile>(OnEntity{}, DeleteLoginProfile);
  table.Add<api::ChangePassword>(
      [](const Call& call, const api::ChangePasswordInput&) { return Ask{.resource = call.caller->principal.arn}; }, ChangePassword);
}

}  // namespace crossrole::sim::iam
