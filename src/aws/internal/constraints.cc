// SPDX-License-Identifier: Apache-2.0
#include "aws/internal/constraints.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "aws/internal/pattern.h"
#include "aws/internal/scalar.h"

namespace crossrole::aws::internal {
namespace {

constexpr std::size_t kShownBytes = 512;
constexpr std::size_t kMaxReported = 20;

std::int64_t CodePoints(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; });
}

std::string Shown(const Shape& shape, const void* place) {
  if (!IsScalar(shape.kind)) return "'[]' ";
  if (shape.kind == Kind::kSecret) return "";
  std::string text = PrintScalar(shape, place, TimeForm::kOfProtocol);
  if (text.size() > kShownBytes) {
    std::size_t end = kShownBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
    text.resize(end);
    text += "...";
  }
  return fmt::format("'{}' ", text);
}

struct Measure {
  std::int64_t value;
  std::string_view what;  // "length" or "value"
};

Measure MeasureOf(const Shape& shape, const void* place) {
  switch (shape.kind) {
    case Kind::kString:
      return {CodePoints(As<std::string>(place)), "length"};
    case Kind::kSecret:
      return {CodePoints(As<base::Secret>(place).Reveal()), "length"};
    case Kind::kBlob:
      return {static_cast<std::int64_t>(As<std::string>(place).size()), "length"};
    case Kind::kList:
      return {static_cast<std::int64_t>(shape.list->size(place)), "length"};
    case Kind::kMap:
      return {static_cast<std::int64_t>(shape.map->size(place)), "length"};
    case Kind::kInteger:
      return {As<std::int32_t>(place), "value"};
    case Kind::kLong:
      return {As<std::int64_t>(place), "value"};
    case Kind::kDouble:
    case Kind::kBoolean:
    case Kind::kTimestamp:
    case Kind::kStructure:
    case Kind::kDocument:
      break;
  }
  return {0, ""};
}

void CheckValue(const Shape& shape, const void* place, Path& path, Violations& violations) {
  if (shape.kind == Kind::kStructure) {
    CheckAll(shape, place, path, violations);
    return;
  }
  violations.Check(shape, place, path);
  if (shape.kind == Kind::kList) {
    for (std::size_t i = 0; i < shape.list->size(place); ++i) {
      const Path::Step step(path, i);
      CheckValue(*shape.element, shape.list->at(place, i), path, violations);
    }
  } else if (shape.kind == Kind::kMap) {
    struct Context {
      const Shape& shape;
      Path& path;
      Violations& violations;
    } context{shape, path, violations};
    shape.map->each(place, &context, [](void* raw, const std::string& key, const void* value) {
      auto& at = *static_cast<Context*>(raw);
      const Path::Step step(at.path, key);
      at.violations.Check(*at.shape.key, &key, at.path);
      CheckValue(*at.shape.element, value, at.path, at.violations);
    });
  }
}

}  // namespace

void Violations::Add(const Path& path, std::string_view value, std::string_view constraint) {
  if (found_.size() < kMaxReported) {
    found_.push_back(fmt::format("Value {}at '{}' failed to satisfy constraint: Member must {}", value,
                                 path.OfRequest(), constraint));
  }
}

void Violations::AddNull(const Path& path) { Add(path, "null ", "not be null"); }

void Violations::Check(const Shape& shape, const void* place, const Path& path) {
  const Measure measure = MeasureOf(shape, place);
  const bool too_small = shape.min != kNoBound && !measure.what.empty() && measure.value < shape.min;
  const bool too_large = shape.max != kNoBound && !measure.what.empty() && measure.value > shape.max;
  if (too_small) {
    Add(path, Shown(shape, place), fmt::format("have {} greater than or equal to {}", measure.what, shape.min));
  }
  if (too_large) {
    Add(path, Shown(shape, place), fmt::format("have {} less than or equal to {}", measure.what, shape.max));
  }
  if (shape.kind != Kind::kString && shape.kind != Kind::kSecret) return;
  const std::string_view text =
      shape.kind == Kind::kString ? std::string_view(As<std::string>(place)) : As<base::Secret>(place).Reveal();
  if (!shape.pattern.empty() && !too_large && !MatchesModel(shape.pattern, text)) {
    Add(path, Shown(shape, place), fmt::format("satisfy regular expression pattern: {}", shape.pattern));
  }
  if (!shape.values.empty() && std::ranges::find(shape.values, text) == shape.values.end()) {
    Add(path, Shown(shape, place), fmt::format("satisfy enum value set: [{}]", fmt::join(shape.values, ", ")));
  }
}

base::Status Violations::ToStatus() const {
  if (found_.empty()) return {};
  const std::string_view code = protocol_ == Protocol::kQuery ? "ValidationError" : "ValidationException";
  return base::Fail(RefuseRequest(code, fmt::format("{} validation error{} detected: {}", found_.size(),
                                                    found_.size() == 1 ? "" : "s", fmt::join(found_, "; "))));
}

void CheckAll(const Shape& structure, const void* object, Path& path, Violations& violations) {
  for (const Field& field : structure.fields) {
    const void* place = Find(field, object);
    if (place == nullptr) continue;
    const Kind kind = field.shape->kind;
    const bool empty = (kind == Kind::kList && field.shape->list->size(place) == 0) ||
                       (kind == Kind::kMap && field.shape->map->size(place) == 0);
    // A plain list that is empty stands for none.
    if (empty && !field.required && field.optional == nullptr) continue;
    const Path::Step step(path, field.name);
    CheckValue(*field.shape, place, path, violations);
  }
}

base::Error RefuseRequest(std::string_view aws_code, std::string message) {
  return {.code = base::Code::kInvalidArgument, .message = std::move(message), .aws_code = std::string(aws_code)};
}

}  // namespace crossrole::aws::internal
