// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <fmt/format.h>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_stack.hpp>
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

namespace crossrole::base {
namespace {

namespace json = boost::json;

// Boost's own parser keeps the last of two equal keys; a request with two `role_arn` must be refused
// instead, since another reader of the same text may take the first.
//
// `Values` collects what was read: boost's stack of values, or nothing.
template <typename Values>
class StrictHandler {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  Values stack{};
  std::string duplicate;

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) {
    objects_.push_back(keys_.size());
    return true;
  }
  bool on_object_end(std::size_t n, json::error_code&) {
    keys_.resize(objects_.back());
    objects_.pop_back();
    if (!many_.empty()) many_.erase(objects_.size());
    stack.push_object(n);
    return true;
  }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t n, json::error_code&) {
    stack.push_array(n);
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    key_.append(part.data(), part.size());
    stack.push_chars(part);
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& error) {
    key_.append(part.data(), part.size());
    if (!IsNew()) {
      duplicate = key_;
      error = json::error::exception;
      return false;
    }
    key_.clear();
    stack.push_key(part);
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    stack.push_chars(part);
    return true;
  }
  bool on_string(json::string_view part, std::size_t, json::error_code&) {
    stack.push_string(part);
    return true;
  }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t value, json::string_view, json::error_code&) {
    stack.push_int64(value);
    return true;
  }
  bool on_uint64(std::uint64_t value, json::string_view, json::error_code&) {
    stack.push_uint64(value);
    return true;
  }
  bool on_double(double value, json::string_view, json::error_code& error) {
    if (!std::isfinite(value)) {  // 1e999: no reader agrees with another on what this is
      error = json::error::exponent_overflow;
      return false;
    }
    stack.push_double(value);
    return true;
  }
  bool on_bool(bool value, json::error_code&) {
    stack.push_bool(value);
    return true;
  }
  bool on_null(json::error_code&) {
    stack.push_null();
    return true;
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  // Looking at all keys of a small object is faster than a tree; a large one must not take quadratic time.
  bool IsNew() {
    constexpr std::size_t kFew = 16;
    const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(objects_.back());
    const auto known = static_cast<std::size_t>(keys_.end() - begin);
    if (known < kFew) {
      if (std::find(begin, keys_.end(), key_) != keys_.end()) return false;
      keys_.push_back(key_);
      return true;
    }
    auto& many = many_[objects_.size() - 1];
    if (many.empty()) many.insert(begin, keys_.end());
    return many.insert(key_).second;
  }

  std::vector<std::string> keys_;                  // of the objects that are open, outermost first
  std::vector<std::size_t> objects_;               // where the keys of each begin
  std::map<std::size_t, std::set<std::string>> many_;  // of those with more than a few, by depth
  std::string key_;
};

void PrintIndented(const json::value& value, std::size_t indent, std::string& out) {
  const std::string pad(indent + 2, ' ');
  if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
    out += "{\n";
    for (const auto& member : *object) {
      if (&member != &*object->begin()) out += ",\n";
      out += pad + JsonQuote(member.key()) + ": ";
      PrintIndented(member.value(), indent + 2, out);
    }
    out += "\n" + std::string(indent, ' ') + "}";
  } else if (const auto* array = value.if_array(); array != nullptr && !array->empty()) {
    out += "[\n";
    for (const auto& item : *array) {
      if (&item != &array->front()) out += ",\n";
      out += pad;
      PrintIndented(item, indent + 2, out);
    }
    out += "\n" + std::string(indent, ' ') + "]";
  } else {
    out += json::serialize(value);
  }
}

// Of what is only checked.
struct NoValues {
  void reset() {}
  void push_object(std::size_t) {}
  void push_array(std::size_t) {}
  void push_chars(json::string_view) {}
  void push_key(json::string_view) {}
  void push_string(json::string_view) {}
  void push_int64(std::int64_t) {}
  void push_uint64(std::uint64_t) {}
  void push_double(double) {}
  void push_bool(bool) {}
  void push_null() {}
};

template <typename Values>
Status ParseInto(json::basic_parser<StrictHandler<Values>>& parser, std::string_view text, JsonLimits limits) {
  if (text.size() > limits.bytes) {
    return Fail(Code::kTooLarge, fmt::format("the JSON text is longer than {} bytes", limits.bytes));
  }
  parser.handler().stack.reset();
  json::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (!error && read < text.size()) error = json::error::extra_data;
  if (error) {
    const std::string& duplicate = parser.handler().duplicate;
    if (!duplicate.empty()) {
      return Fail(Error{.code = Code::kInvalidArgument,
                        .message = fmt::format("the key `{}` occurs twice", duplicate),
                        .field = duplicate});
    }
    return Fail(Code::kInvalidArgument, fmt::format("not valid JSON at byte {}: {}", read, error.message()));
  }
  return {};
}

json::parse_options OptionsFor(JsonLimits limits) {
  json::parse_options options;
  options.max_depth = limits.depth;
  return options;
}

}  // namespace

Result<json::value> ParseJson(std::string_view text, JsonLimits limits) {
  json::basic_parser<StrictHandler<json::value_stack>> parser(OptionsFor(limits));
  TRY(ParseInto(parser, text, limits));
  return parser.handler().stack.release();
}

Status CheckJson(std::string_view text, JsonLimits limits) {
  json::basic_parser<StrictHandler<NoValues>> parser(OptionsFor(limits));
  return ParseInto(parser, text, limits);
}

std::string PrintJson(const json::value& value) { return json::serialize(value); }

std::string PrintJsonPretty(const json::value& value) {
  std::string out;
  PrintIndented(value, 0, out);
  return out;
}

std::string JsonQuote(std::string_view text) {
  const bool plain = std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; });
  if (!plain) return json::serialize(json::string_view(text.data(), text.size()));
  std::string quoted;
  quoted.reserve(text.size() + 2);
  quoted += '"';
  quoted += text;
  return quoted += '"';
}

}  // namespace crossrole::base
