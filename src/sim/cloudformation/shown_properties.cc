// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/json/array.hpp>
#include <cctype>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "sim/cloudformation/stack.h"

namespace crossrole::sim::cloudformation {
namespace {

namespace json = boost::json;

std::vector<std::string> HiddenNames(const Definition& definition) {
  std::vector<std::string> names;
  if (!definition.template_) return names;
  for (const ParameterDeclaration& parameter : definition.template_->parameters) {
    if (parameter.no_echo) names.push_back(parameter.name);
  }
  return names;
}

// The properties as they are computed with stars for hidden parameters; nothing when `definition` is not what they come from.
std::optional<json::value> Computed(const Account& account, Stack& stack, const Definition& definition, const StackResource& resource) {
  const ResourceDeclaration* const declared = definition.template_->FindResource(resource.logical_id);
  auto scope = ScopeOf(account, stack, definition);
  if (declared == nullptr || !scope) return std::nullopt;
  const auto real = Compute(*scope, declared->properties);
  if (!real || !real->is_object() || real->get_object() != resource.properties) return std::nullopt;
  // Conditions stay what the true values make them.
  for (const std::string& name : HiddenNames(definition)) scope->parameters[name] = kHidden;
  auto masked = Compute(*scope, declared->properties);
  if (!masked) return std::nullopt;
  return *std::move(masked);
}

// The values of hidden parameters, and of lists each.
void AddHiddenTexts(const Definition& definition, std::vector<std::string>& texts) {
  for (const std::string& name : HiddenNames(definition)) {
    const auto value = definition.parameters.find(name);
    if (value == definition.parameters.end()) continue;
    texts.push_back(value->second);
    for (const std::string_view item : base::Split(value->second, ',')) texts.emplace_back(base::Trim(item));
  }
}

// The same of all `definitions`, longest first, so that none hides a part of another only.
std::vector<std::string> HiddenTexts(const std::vector<const Definition*>& definitions) {
  std::vector<std::string> texts;
  for (const Definition* definition : definitions) {
    if (definition != nullptr) AddHiddenTexts(*definition, texts);
  }
  std::erase_if(texts, [](const std::string& text) { return text.empty(); });
  std::ranges::sort(texts, [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  return texts;
}

// What is shorter hides nothing that could not be guessed, and stands in many words by chance.
constexpr std::size_t kShortest = 4;

bool IsWord(std::string_view text, std::size_t at, std::size_t size) {
  const auto belongs = [&](std::size_t place) { return place < text.size() && std::isalnum(static_cast<unsigned char>(text[place])) != 0; };
  return (at == 0 || !belongs(at - 1)) && !belongs(at + size);
}

void Mask(json::value& value, const std::vector<std::string>& texts) {
  if (value.is_object()) {
    for (auto& member : value.get_object()) Mask(member.value(), texts);
  } else if (value.is_array()) {
    for (json::value& each : value.get_array()) Mask(each, texts);
  } else if (value.is_string()) {
    std::string text(value.get_string());
    for (const std::string& hidden : texts) {
      for (std::size_t at = text.find(hidden); at != std::string::npos; at = text.find(hidden, at + kHidden.size())) {
        text.replace(at, hidden.size(), kHidden);
      }
    }
    value = json::string(text);
  }
}

}  // namespace

std::string ShownProperties(const Account& account, Stack& stack, const StackResource& resource) {
  std::vector<const Definition*> definitions{&stack.definition};
  if (stack.work) definitions.push_back(&stack.work->before);
  std::erase_if(definitions, [](const Definition* each) { return HiddenNames(*each).empty(); });
  for (const Definition* definition : definitions) {
    if (const auto computed = Computed(account, stack, *definition, resource)) return base::PrintJson(*computed);
  }
  // Half of a change was made, or what the properties refer to is another by now.
  const std::vector<std::string> texts = HiddenTexts(definitions);
  json::value properties = resource.properties;
  if (!texts.empty()) Mask(properties, texts);
  return base::PrintJson(properties);
}

base::Error WithoutHidden(const std::vector<const Definition*>& definitions, base::Error error) {
  std::string& text = error.message;
  for (const std::string& hidden : HiddenTexts(definitions)) {
    std::size_t at = text.find(hidden);
    while (at != std::string::npos) {
      const bool hides = hidden.size() >= kShortest || IsWord(text, at, hidden.size());
      if (hides) text.replace(at, hidden.size(), kHidden);
      at = text.find(hidden, at + (hides ? kHidden.size() : 1));
    }
  }
  return error;
}

}  // namespace crossrole::sim::cloudformation
