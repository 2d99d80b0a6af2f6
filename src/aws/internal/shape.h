// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"

// How the codecs see a generated struct: one constant table a model shape, made by tools/generate_aws.py. One codec a
// protocol and direction walks these tables, so that limits and hostile input are handled in one place each.

namespace crossrole::aws {

/// What a shape is in C++.
enum class Kind : std::uint8_t {
  kString,     // std::string
  kSecret,     // base::Secret
  kBlob,       // std::string holding the decoded bytes
  kInteger,    // std::int32_t
  kLong,       // std::int64_t
  kDouble,     // double
  kBoolean,    // bool
  kTimestamp,  // base::Time
  kStructure,  // a generated struct
  kList,       // std::vector
  kMap,        // std::map with std::string keys
  kDocument,   // std::string holding any JSON
};

/// How a time is written.
enum class TimeForm : std::uint8_t { kOfProtocol, kIso8601, kUnix, kRfc822 };

struct Shape;

/// Access to a `std::optional` of a type that only the generated code knows.
struct OptionalAccess {
  const void* (*get)(const void* optional);  // nullptr when empty
  void* (*emplace)(void* optional);
};

/// Access to a `std::vector`.
struct ListAccess {
  std::size_t (*size)(const void* list);
  const void* (*at)(const void* list, std::size_t index);
  void* (*append)(void* list);  // the new last element
};

/// Access to a `std::map` with string keys.
struct MapAccess {
  using Visit = void (*)(void* context, const std::string& key, const void* value);
  std::size_t (*size)(const void* map);
  void (*each)(const void* map, void* context, Visit visit);
  void* (*insert)(void* map, std::string key);  // the value of `key`, made when missing
};

/// Makes and deletes a struct that only the generated code knows.
struct Lifetime {
  void* (*make)();
  void (*destroy)(void* object);
};

/// What becomes of an empty list or map of a struct.
enum class Empty : std::uint8_t { kWrittenInAnswers, kLeftOut };

/// One member of a struct.
struct Field {
  std::string_view name;       // as in the model, e.g. "RoleArn"
  std::string_view wire_name;  // as on the wire; nearly always the same
  const Shape* shape;
  const OptionalAccess* optional = nullptr;  // nullptr when the member is held plainly
  std::uint32_t offset = 0;
  bool required = false;
  Empty empty = Empty::kWrittenInAnswers;
  TimeForm time = TimeForm::kOfProtocol;
};

/// No bound, in `Shape::min` and `Shape::max`.
inline constexpr std::int64_t kNoBound = std::numeric_limits<std::int64_t>::min();

/// One shape of a service model.
struct Shape {
  Kind kind;
  std::string_view name;        // as in the model
  std::int64_t min = kNoBound;  // of the value, or of the length in code points or elements
  std::int64_t max = kNoBound;
  std::string_view pattern{};                 // Java syntax, for the whole text; only for shapes that requests use
  std::span<const std::string_view> values{};  // of an enumeration
  std::span<const Field> fields{};             // of a structure, in the order of the model
  const Shape* element = nullptr;              // of a list; the value of a map
  const Shape* key = nullptr;                  // of a map
  std::string_view element_name{};             // "member"; of a map "value"
  std::string_view key_name{};                 // of a map "key"
  bool flattened = false;                      // the elements stand directly in the parent
  const ListAccess* list = nullptr;
  const MapAccess* map = nullptr;
};

/// The value of `field` in the struct at `object`, or nullptr when it is an empty optional.
inline const void* Find(const Field& field, const void* object) {
  const void* place = static_cast<const std::byte*>(object) + field.offset;
  return field.optional != nullptr ? field.optional->get(place) : place;
}

/// The value of `field` in the struct at `object`, made when missing.
inline void* Place(const Field& field, void* object) {
  void* place = static_cast<std::byte*>(object) + field.offset;
  return field.optional != nullptr ? field.optional->emplace(place) : place;
}

/// The value at `place` as a `T`; the shape's kind says which T is right.
template <typename T>
const T& As(const void* place) {
  return *static_cast<const T*>(place);
}

/// The value at `place` as a `T`, to be changed.
template <typename T>
T& As(void* place) {
  return *static_cast<T*>(place);
}

/// Access to `std::optional<T>`.
template <typename T>
inline constexpr OptionalAccess kOptional = {
    [](const void* place) -> const void* {
      const auto& optional = As<std::optional<T>>(place);
      return optional.has_value() ? &*optional : nullptr;
    },
    [](void* place) -> void* { return &As<std::optional<T>>(place).emplace(); },
};

/// Access to `std::vector<T>`.
template <typename T>
inline constexpr ListAccess kVector = {
    [](const void* place) { return As<std::vector<T>>(place).size(); },
    [](const void* place, std::size_t index) -> const void* { return &As<std::vector<T>>(place)[index]; },
    [](void* place) -> void* { return &As<std::vector<T>>(place).emplace_back(); },
};

/// The lifetime of `T`.
template <typename T>
inline constexpr Lifetime kLifetime = {
    []() -> void* { return new T(); },
    [](void* object) { delete static_cast<T*>(object); },
};

/// Access to `std::map<std::string, T>`.
template <typename T>
inline constexpr MapAccess kStringMap = {
    [](const void* place) { return As<std::map<std::string, T>>(place).size(); },
    [](const void* place, void* context, MapAccess::Visit visit) {
      for (const auto& [key, value] : As<std::map<std::string, T>>(place)) visit(context, key, &value);
    },
    [](void* place, std::string key) -> void* { return &As<std::map<std::string, T>>(place)[std::move(key)]; },
};

}  // namespace crossrole::aws
