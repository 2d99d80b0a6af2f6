// SPDX-License-Identifier: Apache-2.0
#include "sim/cloudformation/yaml_scalars.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <cstdint>
#include <utility>

#include "base/text.h"

namespace crossrole::sim {
namespace {

namespace json = boost::json;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n'; }

void AppendUtf8(std::string& out, std::uint32_t point) {
  const auto add = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) {
    add(point);
  } else if (point < 0x800) {
    add(0xc0 | point >> 6);
    add(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    add(0xe0 | point >> 12);
    add(0x80 | (point >> 6 & 0x3f));
    add(0x80 | (point & 0x3f));
  } else {
    add(0xf0 | point >> 18);
    add(0x80 | (point >> 12 & 0x3f));
    add(0x80 | (point >> 6 & 0x3f));
    add(0x80 | (point & 0x3f));
  }
}

// Reads an escape whose backslash is at `at`; false when it is none.
bool ReadEscape(std::string_view text, std::size_t& at, std::string& out) {
  if (at + 1 >= text.size()) return false;
  const char c = text[at + 1];
  const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
  if (digits > 0) {
    std::uint32_t point = 0;
    if (at + 2 + digits > text.size()) return false;
    const char* const begin = text.data() + at + 2;
    const auto [end, error] = std::from_chars(begin, begin + digits, point, 16);
    if (error != std::errc() || end != begin + digits || point > 0x10ffff) return false;
    AppendUtf8(out, point);
    at += 2 + digits;
    return true;
  }
  constexpr std::string_view kNames = "ntr\"\\/0 '";
  constexpr std::string_view kValues("\n\t\r\"\\/\0 '", 9);
  const std::size_t index = kNames.find(c);
  if (index == std::string_view::npos) return false;
  out += kValues[index];
  at += 2;
  return true;
}

// A line break in a quoted scalar is a blank; empty lines are line breaks.
void FoldBreak(std::string_view text, std::size_t& at, std::string& out) {
  while (!out.empty() && (out.back() == ' ' || out.back() == '\t')) out.pop_back();
  std::size_t breaks = 0;
  while (at < text.size() && IsSpace(text[at])) breaks += text[at++] == '\n' ? 1 : 0;
  out += breaks > 1 ? std::string(breaks - 1, '\n') : std::string(" ");
}

class FlowReader {
 public:
  explicit FlowReader(std::string_view text) : text_(text) {}

  base::Result<json::value> Read() {
    TRY_ASSIGN(json::value value, Value());
    SkipBlanks();
    if (at_ < text_.size() && text_[at_] != '#') return Fail();
    return value;
  }

 private:
  static std::unexpected<base::Error> Fail() { return base::Fail(base::Code::kInvalidArgument, "malformed flow collection"); }

  char Next() {
    SkipBlanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  void SkipBlanks() {
    while (at_ < text_.size()) {
      if (IsSpace(text_[at_])) {
        ++at_;
      } else if (text_[at_] == '#' && at_ > 0 && IsSpace(text_[at_ - 1])) {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else {
        return;
      }
    }
  }

  base::Result<json::value> Value() {
    if (++depth_ > kMaximumDepth) return Fail();
    const char c = Next();
    base::Result<json::value> value = c == '['   ? List()
                                      : c == '{' ? Mapping()
                                      : c == '!' ? Tagged()
                                                 : Scalar();
    --depth_;
    return value;
  }

  base::Result<json::value> List() {
    json::array list;
    ++at_;
    while (Next() != ']') {
      TRY_ASSIGN(json::value item, Value());
      list.push_back(std::move(item));
      if (Next() == ',') {
        ++at_;
      } else if (Next() != ']') {
        return Fail();
      }
    }
    ++at_;
    return list;
  }

  base::Result<json::value> Mapping() {
    json::object object;
    ++at_;
    while (Next() != '}') {
      TRY_ASSIGN(const std::string key, Text(":"));
      if (Next() != ':' || object.contains(key)) return Fail();
      ++at_;
      json::value value;
      if (Next() != ',' && Next() != '}') {
        TRY_ASSIGN(value, Value());
      }
      object.emplace(key, std::move(value));
      if (Next() == ',') {
        ++at_;
      } else if (Next() != '}') {
        return Fail();
      }
    }
    ++at_;
    return object;
  }

  base::Result<json::value> Tagged() {
    const std::size_t begin = ++at_;
    while (at_ < text_.size() && !IsSpace(text_[at_]) && text_[at_] != ',' && text_[at_] != ']' && text_[at_] != '}') ++at_;
    const std::string tag(text_.substr(begin, at_ - begin));
    TRY_ASSIGN(json::value value, Value());
    return ApplyTag(tag, std::move(value));
  }

  base::Result<json::value> Scalar() {
    const char c = Next();
    if (c == '"' || c == '\'') {
      TRY_ASSIGN(const std::string text, Text(""));
      return json::value(text);
    }
    if (c == '\0' || c == '&' || c == '*') return Fail();
    TRY_ASSIGN(const std::string text, Text(""));
    return ReadPlain(text);
  }

  // Quoted, or plain up to a comma, a bracket, or one of `stops` that ends a key.
  base::Result<std::string> Text(std::string_view stops) {
    const char c = Next();
    if (c == '"' || c == '\'') {
      auto text = ReadQuoted(text_, at_);
      if (!text) return Fail();
      return *std::move(text);
    }
    std::string text;
    while (at_ < text_.size() && std::string_view(",[]{}").find(text_[at_]) == std::string_view::npos) {
      const bool ends_key = stops.find(text_[at_]) != std::string_view::npos && !stops.empty();
      if (ends_key && (at_ + 1 >= text_.size() || IsSpace(text_[at_ + 1]))) break;
      if (text_[at_] == '#' && IsSpace(text_[at_ - 1])) break;
      if (text_[at_] == '\n') {
        FoldBreak(text_, at_, text);
      } else {
        text += text_[at_++];
      }
    }
    const std::string_view trimmed = base::Trim(text);
    if (trimmed.empty()) return Fail();
    return std::string(trimmed);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::optional<std::size_t> FindKeyEnd(std::string_view line) {
  std::size_t at = 0;
  if (line.starts_with('"') || line.starts_with('\'')) {
    if (!ReadQuoted(line, at)) return std::nullopt;
    while (at < line.size() && line[at] == ' ') ++at;
    const bool is_key = at < line.size() && line[at] == ':' && (at + 1 == line.size() || line[at + 1] == ' ');
    return is_key ? std::optional(at) : std::nullopt;
  }
  if (line.empty() || std::string_view("[{!|>&*#%@`").find(line.front()) != std::string_view::npos) return std::nullopt;
  const std::string_view text = StripComment(line);
  for (at = 0; at < text.size(); ++at) {
    if (text[at] == ':' && (at + 1 == text.size() || text[at + 1] == ' ' || text[at + 1] == '\t')) return at;
  }
  return std::nullopt;
}

std::optional<std::string> ReadQuoted(std::string_view text, std::size_t& at) {
  const char quote = text[at];
  std::string out;
  std::size_t i = at + 1;
  while (i < text.size()) {
    const char c = text[i];
    if (c == '\n') {
      FoldBreak(text, i, out);
    } else if (quote == '"' && c == '\\' && i + 1 < text.size() && text[i + 1] == '\n') {
      for (++i; i < text.size() && IsSpace(text[i]);) ++i;
    } else if (quote == '"' && c == '\\') {
      if (!ReadEscape(text, i, out)) return std::nullopt;
    } else if (c == quote && quote == '\'' && i + 1 < text.size() && text[i + 1] == '\'') {
      out += '\'';
      i += 2;
    } else if (c == quote) {
      at = i + 1;
      return out;
    } else {
      out += c;
      ++i;
    }
  }
  return std::nullopt;
}

std::string_view StripComment(std::string_view text) {
  for (std::size_t at = text.find('#'); at != std::string_view::npos; at = text.find('#', at + 1)) {
    if (at == 0 || IsSpace(text[at - 1])) return base::Trim(text.substr(0, at));
  }
  return base::Trim(text);
}

json::value ReadPlain(std::string_view text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  // `007` and `+1` are other texts than the numbers they stand for.
  if (is_whole && std::to_string(number) == text) return number;
  return json::string(text);
}

bool IsFlowComplete(std::string_view text) {
  int open = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const bool begins = at == 0 || IsSpace(text[at - 1]) || std::string_view("[{,:").find(text[at - 1]) != std::string_view::npos;
    if ((c == '"' || c == '\'') && begins) {
      if (!ReadQuoted(text, at)) return false;
      continue;
    }
    if (c == '#' && at > 0 && IsSpace(text[at - 1])) {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    if (c == '[' || c == '{') ++open;
    if ((c == ']' || c == '}') && --open == 0) return true;
    ++at;
  }
  return open <= 0;
}

base::Result<json::value> ReadFlow(std::string_view text) { return FlowReader(text).Read(); }

std::string JoinBlock(std::string_view header, std::span<const std::string_view> lines) {
  const bool folded = header.starts_with('>');
  std::size_t count = lines.size();
  while (count > 0 && lines[count - 1].empty()) --count;
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += lines[i];
    if (i + 1 == count) break;
    const auto keeps = [](std::string_view line) { return line.empty() || line.front() == ' ' || line.front() == '\t'; };
    if (!folded || keeps(lines[i]) || keeps(lines[i + 1])) {
      // Between two folded paragraphs one of the line breaks is the fold itself.
      const bool is_fold = folded && !lines[i].empty() && lines[i].front() != ' ' && lines[i + 1].empty();
      if (!is_fold) text += '\n';
    } else {
      text += ' ';
    }
  }
  if (header.find('-') != std::string_view::npos || text.empty()) return text;
  text += '\n';
  if (header.find('+') != std::string_view::npos) text.append(lines.size() - count, '\n');
  return text;
}

json::value ApplyTag(std::string_view tag, json::value value) {
  if (tag.starts_with('!')) return value;
  if (tag == "Ref" || tag == "Condition") return json::object{{tag, std::move(value)}};
  if (tag == "GetAtt" && value.is_string()) {
    const std::string_view text = value.get_string();
    const std::size_t dot = text.find('.');
    const std::string_view attribute = dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
    value = json::array{json::string(text.substr(0, dot)), json::string(attribute)};
  }
  return json::object{{"Fn::" + std::string(tag), std::move(value)}};
}

}  // namespace crossrole::sim
