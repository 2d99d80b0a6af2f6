// SPDX-License-Identifier: Apache-2.0
#include "aws/internal/json_codec.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cmath>

#include "aws/internal/constraints.h"
#include "aws/internal/path.h"
#include "aws/internal/scalar.h"
#include "aws/internal/xml.h"
#include "base/json.h"

namespace crossrole::aws::internal {
namespace {

namespace json = boost::json;

constexpr base::JsonLimits kAnswerLimits = {.bytes = std::size_t{32} << 20, .depth = kMaxDepth};
constexpr base::JsonLimits kRequestLimits = {.bytes = std::size_t{4} << 20, .depth = kMaxDepth};

class JsonWriter {
 public:
  explicit JsonWriter(Side side) : side_(side) {}

  void WriteStructure(const Shape& shape, const void* object) {
    text_ += '{';
    bool first = true;
    for (const Field& field : shape.fields) {
      const void* place = Find(field, object);
      if (place == nullptr || IsLeftOut(field, place)) continue;
      Key(field.wire_name, first);
      WriteValue(*field.shape, place, field.time);
    }
    text_ += '}';
  }

  std::string Take() && { return std::move(text_); }

 private:
  bool IsLeftOut(const Field& field, const void* place) const {
    const Shape& shape = *field.shape;
    const bool empty = (shape.kind == Kind::kList && shape.list->size(place) == 0) ||
                       (shape.kind == Kind::kMap && shape.map->size(place) == 0);
    if (!empty || field.required || field.optional != nullptr) return false;
    return side_ == Side::kRequest || field.empty == Empty::kLeftOut;
  }

  void Key(std::string_view name, bool& first) {
    if (!first) text_ += ',';
    first = false;
    text_ += base::JsonQuote(name);
    text_ += ':';
  }

  void WriteValue(const Shape& shape, const void* place, TimeForm time) {
    switch (shape.kind) {
      case Kind::kStructure:
        WriteStructure(shape, place);
        break;
      case Kind::kList:
        WriteList(shape, place, time);
        break;
      case Kind::kMap:
        WriteMap(shape, place);
        break;
      case Kind::kTimestamp:
        WriteTime(shape, place, time);
        break;
      case Kind::kDocument:
        WriteDocument(As<std::string>(place));
        break;
      case Kind::kString:
      case Kind::kSecret:
      case Kind::kBlob:
        text_ += base::JsonQuote(PrintScalar(shape, place, time));
        break;
      case Kind::kDouble:
        WriteDouble(As<double>(place));
        break;
      case Kind::kInteger:
      case Kind::kLong:
      case Kind::kBoolean:
        text_ += PrintScalar(shape, place, time);
        break;
    }
  }

  void WriteDocument(const std::string& document) {
    // Whoever filled it may have been careless; broken JSON must not break what is around it.
    text_ += base::ParseJson(document) ? document : "null";
  }

  void WriteTime(const Shape& shape, const void* place, TimeForm time) {
    const bool is_number = time == TimeForm::kOfProtocol || time == TimeForm::kUnix;
    const std::string text = PrintScalar(shape, place, is_number ? TimeForm::kUnix : time);
    text_ += is_number ? text : base::JsonQuote(text);
  }

  void WriteDouble(double value) {
    if (std::isfinite(value)) {
      text_ += fmt::format("{}", value);
    } else {
      text_ += std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    }
  }

  void WriteList(const Shape& shape, const void* place, TimeForm time) {
    text_ += '[';
    for (std::size_t i = 0; i < shape.list->size(place); ++i) {
      if (i > 0) text_ += ',';
      WriteValue(*shape.element, shape.list->at(place, i), time);
    }
    text_ += ']';
  }

  void WriteMap(const Shape& shape, const void* place) {
    struct Context {
      JsonWriter& writer;
      const Shape& shape;
      bool first = true;
    } context{*this, shape};
    text_ += '{';
    shape.map->each(place, &context, [](void* raw, const std::string& key, const void* value) {
      auto& at = *static_cast<Context*>(raw);
      at.writer.Key(key, at.first);
      at.writer.WriteValue(*at.shape.element, value, TimeForm::kOfProtocol);
    });
    text_ += '}';
  }

  Side side_;
  std::string text_;
};

class JsonReader {
 public:
  explicit JsonReader(Side side) : side_(side), violations_(Protocol::kJson11) {}

  base::Status ReadStructure(const Shape& shape, const json::value& value, void* object) {
    const json::object* members = value.if_object();
    if (members == nullptr) return WrongKind();
    for (const Field& field : shape.fields) {
      const json::value* member =
          members->if_contains(json::string_view(field.wire_name.data(), field.wire_name.size()));
      const Path::Step step(path_, field.name);
      if (member != nullptr && !member->is_null()) {
        TRY(ReadValue(*field.shape, *member, Place(field, object)));
      } else if (field.required) {
        TRY(Missing());
      }
    }
    return {};
  }

  base::Status Finish() const { return violations_.ToStatus(); }

 private:
  base::Status Missing() {
    if (side_ == Side::kAnswer) {
      return base::Fail(BadAnswer(fmt::format("aws answered without the required field `{}`", path_.OfAnswer())));
    }
    violations_.AddNull(path_);
    return {};
  }

  base::Status WrongKind() const {
    if (side_ == Side::kAnswer) {
      return base::Fail(BadAnswer(fmt::format("aws answered `{}` with a value of another kind", path_.OfAnswer())));
    }
    return base::Fail(
        RefuseRequest("SerializationException", fmt::format("Unexpected value at '{}'", path_.OfRequest())));
  }

  base::Status ReadValue(const Shape& shape, const json::value& value, void* place) {
    if (path_.TooDeep()) return WrongKind();
    if (shape.kind == Kind::kStructure) return ReadStructure(shape, value, place);
    if (shape.kind == Kind::kDocument) {
      As<std::string>(place) = base::PrintJson(value);
      return {};
    }
    if (shape.kind == Kind::kList) {
      TRY(ReadList(shape, value, place));
    } else if (shape.kind == Kind::kMap) {
      TRY(ReadMap(shape, value, place));
    } else if (!ReadScalar(shape, value, place)) {
      return WrongKind();
    }
    if (side_ == Side::kRequest) violations_.Check(shape, place, path_);
    return {};
  }

  base::Status ReadList(const Shape& shape, const json::value& value, void* list) {
    const json::array* items = value.if_array();
    if (items == nullptr) return WrongKind();
    for (std::size_t i = 0; i < items->size(); ++i) {
      if ((*items)[i].is_null()) continue;
      const Path::Step step(path_, i);
      TRY(ReadValue(*shape.element, (*items)[i], shape.list->append(list)));
    }
    return {};
  }

  base::Status ReadMap(const Shape& shape, const json::value& value, void* map) {
    const json::object* entries = value.if_object();
    if (entries == nullptr) return WrongKind();
    for (const json::key_value_pair& entry : *entries) {
      if (entry.value().is_null()) continue;
      const std::string key(entry.key());
      const Path::Step step(path_, key);
      if (side_ == Side::kRequest) violations_.Check(*shape.key, &key, path_);
      TRY(ReadValue(*shape.element, entry.value(), shape.map->insert(map, key)));
    }
    return {};
  }

  static bool ReadScalar(const Shape& shape, const json::value& value, void* place) {
    if (const json::string* text = value.if_string()) {
      const bool is_text = shape.kind == Kind::kString || shape.kind == Kind::kSecret || shape.kind == Kind::kBlob ||
                           shape.kind == Kind::kTimestamp || shape.kind == Kind::kDouble;
      return is_text && ParseScalar(shape, std::string_view(text->data(), text->size()), place);
    }
    if (const bool* truth = value.if_bool()) {
      if (shape.kind == Kind::kBoolean) As<bool>(place) = *truth;
      return shape.kind == Kind::kBoolean;
    }
    return value.is_number() && ReadNumber(shape, value, place);
  }

  static bool ReadNumber(const Shape& shape, const json::value& value, void* place) {
    json::error_code error;
    if (shape.kind == Kind::kInteger) {
      const auto number = value.to_number<std::int32_t>(error);
      if (!error) As<std::int32_t>(place) = number;
    } else if (shape.kind == Kind::kLong) {
      const auto number = value.to_number<std::int64_t>(error);
      if (!error) As<std::int64_t>(place) = number;
    } else {
      const auto number = value.to_number<double>(error);
      if (error) return false;
      if (shape.kind == Kind::kTimestamp) return TimeFromSeconds(number, As<base::Time>(place));
      if (shape.kind != Kind::kDouble) return false;
      As<double>(place) = number;
    }
    return !error;
  }

  Side side_;
  Path path_;
  Violations violations_;
};

}  // namespace

std::string EncodeJson(const Shape& shape, const void* object, Side side) {
  JsonWriter writer(side);
  writer.WriteStructure(shape, object);
  return std::move(writer).Take();
}

base::Status DecodeJsonAnswer(const Operation& operation, std::string_view body, void* output) {
  const auto parsed = base::ParseJson(body.empty() ? "{}" : body, kAnswerLimits);
  if (!parsed) return base::Fail(BadAnswer("aws answered with broken JSON: " + parsed.error().message));
  return JsonReader(Side::kAnswer).ReadStructure(*operation.output, *parsed, output);
}

base::Status DecodeJsonRequest(const Operation& operation, std::string_view body, void* input) {
  const auto parsed = base::ParseJson(body.empty() ? "{}" : body, kRequestLimits);
  if (!parsed) return base::Fail(RefuseRequest("SerializationException", parsed.error().message));
  JsonReader reader(Side::kRequest);
  TRY(reader.ReadStructure(*operation.input, *parsed, input));
  return reader.Finish();
}

}  // namespace crossrole::aws::internal
