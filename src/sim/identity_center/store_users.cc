// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "base/text.h"
#include "sim/identity_center/instance.h"
#include "sim/identity_center/user_attributes.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim::identity_center {
namespace {

namespace api = aws::identitystore;
namespace json = boost::json;

constexpr std::size_t kPhotos = 3;  // a user has at most; of other lists one. Source: Identity Store API Reference, "CreateUser"

std::unexpected<base::Error> NoUser() { return Refuse("ResourceNotFoundException", "USER not found."); }

// What inputs, users and answers have alike.
template <typename From, typename To>
void CopyAttributes(const From& from, To& to) {
  to.user_name = from.user_name;
  to.name = from.name;
  to.display_name = from.display_name;
  to.nick_name = from.nick_name;
  to.profile_url = from.profile_url;
  to.emails = from.emails;
  to.addresses = from.addresses;
  to.phone_numbers = from.phone_numbers;
  to.user_type = from.user_type;
  to.title = from.title;
  to.preferred_language = from.preferred_language;
  to.locale = from.locale;
  to.timezone = from.timezone;
  to.photos = from.photos;
  to.website = from.website;
  to.birthdate = from.birthdate;
  to.roles = from.roles;
}

base::Status CheckExtension(std::string_view name) {
  if (name == kEnterprise) return {};
  return Refuse("ValidationException", "The extension " + std::string(name) + " is not supported.");
}

// Extensions are shown to those who ask for them.
base::Result<bool> WantsEnterprise(const std::vector<std::string>& extensions) {
  for (const std::string& name : extensions) TRY(CheckExtension(name));
  return !extensions.empty();
}

// The value of an attribute, which is a document.
base::Result<json::value> ReadDocument(const std::optional<std::string>& document) {
  if (!document) return json::value();
  auto value = base::ParseJson(*document);
  if (!value) return Refuse("ValidationException", "The attribute value is no document.");
  return *std::move(value);
}

base::Status CheckNames(const Instance& instance, const api::User& user) {
  if (!HasNames(user)) return Refuse("ValidationException", "UserName, DisplayName, Name.GivenName and Name.FamilyName are required.");
  const api::User* other = FindUserNamed(instance, *user.user_name);
  if (other != nullptr && other->user_id != user.user_id) return Refuse("ConflictException", "Duplicate UserName");
  return {};
}

base::Result<api::CreateUserOutput> Create(Call& call, const api::CreateUserInput& input) {
  TRY_ASSIGN(Instance* instance, FindStore(call, input.identity_store_id));
  api::User user{.identity_store_id = instance->store_id, .user_id = MakeUuid(call.random)};
  CopyAttributes(input, user);
  for (const auto& [name, document] : input.extensions) {
    TRY(CheckExtension(name));
    TRY_ASSIGN(const json::value value, ReadDocument(document));
    TRY(SetEnterprise(user, "", value));
  }
  TRY(CheckNames(*instance, user));
  user.user_status = "ENABLED";
  user.created_at = call.now();
  user.updated_at = call.now();
  api::CreateUserOutput output{.identity_store_id = user.identity_store_id, .user_id = user.user_id};
  instance->users.emplace(user.user_id, std::move(user));
  return output;
}

api::User Shown(const Call& call, api::User user, bool with_enterprise) {
  if (!with_enterprise) user.extensions.clear();
  user.created_at = call.Shown(*user.created_at);
  user.updated_at = call.Shown(*user.updated_at);
  return user;
}

base::Result<api::DescribeUserOutput> Describe(Call& call, const api::DescribeUserInput& input) {
  TRY_ASSIGN(const Instance* instance, FindStore(call, input.identity_store_id));
  const auto found = instance->users.find(input.user_id);
  if (found == instance->users.end()) return NoUser();
  TRY_ASSIGN(const bool with_enterprise, WantsEnterprise(input.extensions));
  const api::User user = Shown(call, found->second, with_enterprise);
  api::DescribeUserOutput output{.identity_store_id = user.identity_store_id, .user_id = user.user_id};
  CopyAttributes(user, output);
  output.external_ids = user.external_ids;
  output.user_status = user.user_status;
  output.created_at = user.created_at;
  output.updated_at = user.updated_at;
  output.extensions = user.extensions;
  return output;
}

base::Status Apply(api::User& user, const api::AttributeOperation& operation) {
  const std::string& path = operation.attribute_path;
  TRY_ASSIGN(const json::value value, ReadDocument(operation.attribute_value));
  if (IsListAttribute(path)) return ReadListAttribute(user, path, value, path == "photos" ? kPhotos : 1);
  if (path.starts_with(kEnterprise)) {
    const std::string_view rest = std::string_view(path).substr(kEnterprise.size());
    if (rest.empty()) user.extensions.clear();
    if (rest.empty() || rest.starts_with('.')) return SetEnterprise(user, rest.empty() ? rest : rest.substr(1), value);
  }
  std::optional<std::string>* attribute = TextAttribute(user, path);
  if (attribute == nullptr) return Refuse("ValidationException", "The attribute " + path + " cannot be changed.");
  return ReadText(value, *attribute);
}

base::Result<api::UpdateUserOutput> Update(Call& call, const api::UpdateUserInput& input) {
  TRY_ASSIGN(Instance* instance, FindStore(call, input.identity_store_id));
  const auto found = instance->users.find(input.user_id);
  if (found == instance->users.end()) return NoUser();
  api::User user = found->second;
  for (const api::AttributeOperation& operation : input.operations) TRY(Apply(user, operation));
  TRY(CheckNames(*instance, user));
  user.updated_at = call.now();
  found->second = std::move(user);
  return api::UpdateUserOutput{};
}

base::Result<api::DeleteUserOutput> Delete(Call& call, const api::DeleteUserInput& input) {
  TRY_ASSIGN(Instance* instance, FindStore(call, input.identity_store_id));
  if (!RemoveUser(*instance, input.user_id)) return NoUser();
  return api::DeleteUserOutput{};
}

base::Result<api::ListUsersOutput> List(Call& call, const api::ListUsersInput& input) {
  TRY_ASSIGN(const Instance* instance, FindStore(call, input.identity_store_id));
  TRY_ASSIGN(const bool with_enterprise, WantsEnterprise(input.extensions));
  std::vector<const api::User*> users;
  for (const auto& [id, user] : instance->users) {
    TRY_ASSIGN(const bool wanted, IsFound(input.filters, "UserName", user.user_name));
    if (wanted) users.push_back(&user);
  }
  api::ListUsersOutput output;
  TRY(FillPage(FindPage, input, users, [&](const api::User* user) { return Shown(call, *user, with_enterprise); }, output.users, output));
  return output;
}

base::Result<api::GetUserIdOutput> GetId(Call& call, const api::GetUserIdInput& input) {
  TRY_ASSIGN(const Instance* instance, FindStore(call, input.identity_store_id));
  TRY_ASSIGN(const Sought sought, ReadSought(input.alternate_identifier, "userName"));
  for (const auto& [id, user] : instance->users) {
    const bool same_name = !sought.external_id && base::EqualsIgnoreCase(user.user_name.value_or(""), sought.text);
    const bool same_external = sought.external_id && !user.external_ids.empty() && user.external_ids.front().id == *sought.external_id;
    if (same_name || same_external) return api::GetUserIdOutput{.identity_store_id = user.identity_store_id, .user_id = id};
  }
  return NoUser();
}

}  // namespace

const api::User* FindUserNamed(const Instance& instance, std::string_view name) {
  const auto it = std::ranges::find_if(instance.users, [&](const auto& each) { return base::EqualsIgnoreCase(each.second.user_name.value_or(""), name); });
  return it == instance.users.end() ? nullptr : &it->second;
}

bool RemoveUser(Instance& instance, const std::string& id) {
  std::erase_if(instance.memberships, [&](const auto& each) { return each.second.user_id == id; });
  std::erase_if(instance.assignments, [&](const Assignment& each) { return each.principal_id == id; });
  return instance.users.erase(id) != 0;
}

base::Result<Sought> ReadSought(const api::AlternateIdentifier& identifier, std::string_view name) {
  if (identifier.external_id.has_value() == identifier.unique_attribute.has_value()) {
    return Refuse("ValidationException", "Exactly one of ExternalId and UniqueAttribute must be given.");
  }
  if (identifier.external_id) return Sought{.external_id = identifier.external_id->id};
  if (!base::EqualsIgnoreCase(identifier.unique_attribute->attribute_path, name)) {
    return Refuse("ValidationException", "The attribute " + identifier.unique_attribute->attribute_path + " is not unique.");
  }
  TRY_ASSIGN(const std::optional<std::string> text, TextOf(identifier.unique_attribute->attribute_value));
  return Sought{.text = text.value_or("")};
}

base::Result<bool> IsFound(const std::vector<api::Filter>& filters, std::string_view name, const std::optional<std::string>& text) {
  for (const api::Filter& filter : filters) {
    if (filter.attribute_path != name) return Refuse("ValidationException", "The filter attribute " + filter.attribute_path + " is not supported.");
    if (!base::EqualsIgnoreCase(filter.attribute_value, text.value_or(""))) return false;
  }
  return true;
}

base::Result<std::optional<std::string>> TextOf(const std::optional<std::string>& document) {
  if (!document || *document == "null") return std::optional<std::string>();
  const auto value = base::ParseJson(*document);
  if (!value || !value->is_string()) return Refuse("ValidationException", "The attribute value is not a text.");
  return std::optional(std::string(value->get_string()));
}

void AddUserOperations(OperationTable& table) {
  table.Add<api::CreateUser>(OnSet{}, Create);
  table.Add<api::DescribeUser>(OnSet{}, Describe);
  table.Add<api::UpdateUser>(OnSet{}, Update);
  table.Add<api::DeleteUser>(OnSet{}, Delete);
  table.Add<api::ListUsers>(OnSet{}, List);
  table.Add<api::GetUserId>(OnSet{}, GetId);
}

}  // namespace crossrole::sim::identity_center
