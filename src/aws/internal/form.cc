// SPDX-License-Identifier: Apache-2.0
#include "aws/internal/form.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "aws/internal/constraints.h"
#include "aws/internal/scalar.h"
#include "base/text.h"

namespace crossrole::aws::internal {
namespace {

constexpr std::size_t kMaxBody = std::size_t{4} << 20;
constexpr std::size_t kMaxParameters = 20000;

std::string DecodeComponent(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  return base::PercentDecode(spaced);
}

// Where the elements of a list stand: `P.member.N`, or `P.N` when flattened.
std::string ElementPrefix(const Shape& list, const std::string& prefix) {
  if (list.kind == Kind::kMap) return list.flattened ? prefix : prefix + ".entry";
  return list.flattened ? prefix : fmt::format("{}.{}", prefix, list.element_name);
}

class FormWriter {
 public:
  void Add(std::string_view name, std::string_view value) {
    if (!body_.empty()) body_ += '&';
    body_ += base::PercentEncode(name);
    body_ += '=';
    body_ += base::PercentEncode(value);
  }

  void AddStructure(const Shape& shape, const void* object, const std::string& prefix) {
    for (const Field& field : shape.fields) {
      const void* place = Find(field, object);
      if (place == nullptr || (!field.required && field.optional == nullptr && IsEmpty(*field.shape, place))) continue;
      const std::string name =
          prefix.empty() ? std::string(field.wire_name) : fmt::format("{}.{}", prefix, field.wire_name);
      AddValue(*field.shape, place, name, field.time);
    }
  }

  std::string Take() && { return std::move(body_); }

 private:
  static bool IsEmpty(const Shape& shape, const void* place) {
    return (shape.kind == Kind::kList && shape.list->size(place) == 0) ||
           (shape.kind == Kind::kMap && shape.map->size(place) == 0);
  }

  void AddValue(const Shape& shape, const void* place, const std::string& name, TimeForm time) {
    if (shape.kind == Kind::kStructure) {
      AddStructure(shape, place, name);
    } else if (IsScalar(shape.kind)) {
      Add(name, PrintScalar(shape, place, time));
    } else if (IsEmpty(shape, place)) {
      Add(name, "");
    } else if (shape.kind == Kind::kList) {
      const std::string prefix = ElementPrefix(shape, name);
      for (std::size_t i = 0; i < shape.list->size(place); ++i) {
        AddValue(*shape.element, shape.list->at(place, i), fmt::format("{}.{}", prefix, i + 1), time);
      }
    } else {
      AddMap(shape, place, ElementPrefix(shape, name));
    }
  }

  void AddMap(const Shape& shape, const void* place, const std::string& prefix) {
    struct Context {
      FormWriter& writer;
      const Shape& shape;
      const std::string& prefix;
      std::size_t index = 0;
    } context{*this, shape, prefix};
    shape.map->each(place, &context, [](void* raw, const std::string& key, const void* value) {
      auto& at = *static_cast<Context*>(raw);
      const std::string entry = fmt::format("{}.{}", at.prefix, ++at.index);
      at.writer.Add(fmt::format("{}.{}", entry, at.shape.key_name), key);
      at.writer.AddValue(*at.shape.element, value, fmt::format("{}.{}", entry, at.shape.element_name),
                         TimeForm::kOfProtocol);
    });
  }

  std::string body_;
};

class FormReader {
 public:
  FormReader(const Form& form, Protocol protocol) : form_(form), violations_(protocol) {}

  base::Status ReadStructure(const Shape& shape, const std::string& prefix, void* object) {
    for (const Field& field : shape.fields) {
      const std::string name =
          prefix.empty() ? std::string(field.wire_name) : fmt::format("{}.{}", prefix, field.wire_name);
      const Path::Step step(path_, field.name);
      if (form_.Has(name)) {
        TRY(ReadValue(*field.shape, name, Place(field, object)));
      } else if (field.required) {
        violations_.AddNull(path_);
      }
    }
    return {};
  }

  base::Status Finish() const { return violations_.ToStatus(); }

 private:
  base::Status ReadValue(const Shape& shape, const std::string& name, void* place) {
    if (path_.TooDeep()) return base::Fail(RefuseRequest("MalformedInput", "The request is nested too deeply"));
    if (shape.kind == Kind::kStructure) return ReadStructure(shape, name, place);
    if (IsScalar(shape.kind)) {
      const std::string* text = form_.Find(name);
      if (text == nullptr || !ParseScalar(shape, *text, place)) {
        return base::Fail(RefuseRequest("MalformedInput", fmt::format("Unexpected value at '{}'", path_.OfRequest())));
      }
    } else if (shape.kind == Kind::kList) {
      TRY(ReadList(shape, ElementPrefix(shape, name), place));
    } else {
      TRY(ReadMap(shape, ElementPrefix(shape, name), place));
    }
    violations_.Check(shape, place, path_);
    return {};
  }

  // A list with a gap has elements that would be dropped without a word.
  base::Status CheckNoGap(const std::string& prefix, std::size_t count) const {
    if (form_.HasOnly(prefix, count)) return {};
    return base::Fail(RefuseRequest("MalformedInput",
                                    fmt::format("The elements of '{}' are not numbered from 1", path_.OfRequest())));
  }

  base::Status ReadList(const Shape& shape, const std::string& prefix, void* list) {
    for (std::size_t i = 0;; ++i) {
      const std::string name = fmt::format("{}.{}", prefix, i + 1);
      if (!form_.Has(name)) return CheckNoGap(prefix, i);
      const Path::Step step(path_, i);
      TRY(ReadValue(*shape.element, name, shape.list->append(list)));
    }
  }

  base::Status ReadMap(const Shape& shape, const std::string& prefix, void* map) {
    for (std::size_t i = 1;; ++i) {
      const std::string entry = fmt::format("{}.{}", prefix, i);
      if (!form_.Has(entry)) return CheckNoGap(prefix, i - 1);
      const std::string* key = form_.Find(fmt::format("{}.{}", entry, shape.key_name));
      const std::string value = fmt::format("{}.{}", entry, shape.element_name);
      const Path::Step step(path_, key == nullptr ? std::string_view("key") : std::string_view(*key));
      if (key == nullptr || !form_.Has(value)) {
        violations_.AddNull(path_);
        continue;
      }
      violations_.Check(*shape.key, key, path_);
      TRY(ReadValue(*shape.element, value, shape.map->insert(map, *key)));
    }
  }

  const Form& form_;
  Path path_;
  Violations violations_;
};

}  // namespace

base::Result<Form> Form::Parse(std::string_view body) {
  if (body.size() > kMaxBody) return base::Fail(RefuseRequest("RequestEntityTooLarge", "The request is too large"));
  Form form;
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('&'), body.size());
    const std::string_view pair = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::string name = DecodeComponent(pair.substr(0, equals));
    std::string value = DecodeComponent(pair.substr(std::min(equals + 1, pair.size())));
    if (!base::IsUtf8(name) || !base::IsUtf8(value)) {
      return base::Fail(RefuseRequest("MalformedQueryString", "The request is not valid UTF-8"));
    }
    if (!form.parameters_.try_emplace(std::move(name), std::move(value)).second) {
      return base::Fail(RefuseRequest("MalformedQueryString", "The request has a parameter twice"));
    }
    if (form.parameters_.size() > kMaxParameters) {
      return base::Fail(RefuseRequest("MalformedQueryString", "The request has too many parameters"));
    }
  }
  return form;
}

const std::string* Form::Find(std::string_view name) const {
  const auto found = parameters_.find(name);
  return found == parameters_.end() ? nullptr : &found->second;
}

bool Form::Has(const std::string& name) const {
  if (parameters_.contains(name)) return true;
  const auto below = parameters_.lower_bound(name + ".");
  return below != parameters_.end() && below->first.starts_with(name + ".");
}

bool Form::HasOnly(const std::string& prefix, std::size_t count) const {
  const std::string below = prefix + ".";
  for (auto at = parameters_.lower_bound(below); at != parameters_.end() && at->first.starts_with(below); ++at) {
    const std::string_view rest = std::string_view(at->first).substr(below.size());
    const std::string_view digits = rest.substr(0, rest.find('.'));
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (error != std::errc() || end != digits.data() + digits.size() || index == 0 || index > count) return false;
  }
  return true;
}

std::string EncodeForm(const Operation& operation, const void* input) {
  FormWriter writer;
  writer.Add("Action", operation.name);
  writer.Add("Version", operation.service->version);
  writer.AddStructure(*operation.input, input, "");
  return std::move(writer).Take();
}

base::Status DecodeForm(const Operation& operation, const Form& form, void* input) {
  FormReader reader(form, operation.service->protocol);
  TRY(reader.ReadStructure(*operation.input, "", input));
  return reader.Finish();
}

}  // namespace crossrole::aws::internal
