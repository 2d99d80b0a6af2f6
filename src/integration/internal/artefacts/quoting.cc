// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/artefacts/quoting.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstdint>
#include <vector>

#include "base/text.h"

namespace crossrole::integration {
namespace {

namespace json = boost::json;

// One code point of UTF-8 at `at`, which it moves on; U+FFFD for a byte that is not UTF-8.
std::uint32_t NextCodePoint(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(at);
  const std::size_t length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0x80 || at + length > text.size() || !base::IsUtf8(text.substr(at, length))) {
    ++at;
    return first < 0x80 ? first : 0xfffd;
  }
  std::uint32_t code = first & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) code = (code << 6) | (byte(at + i) & 0x3fU);
  at += length;
  return code;
}

// Code points that some reader of YAML or HCL takes for a line end, a mark or nothing at all.
bool NeedsEscape(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code <= 0xa0) || code == 0xad || code == 0x2028 || code == 0x2029 ||
         code == 0xfeff || (code >= 0xfffe && code <= 0xffff) || (code >= 0x200b && code <= 0x200f) ||
         (code >= 0x202a && code <= 0x202e) || (code >= 0x2060 && code <= 0x2069);
}

// The double-quoted form that YAML 1.1, YAML 1.2 and HCL read alike.
std::string DoubleQuote(std::string_view text) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const std::uint32_t code = NextCodePoint(text, at);
    if (code == '"' || code == '\\') {
      out += '\\';
      out += static_cast<char>(code);
    } else if (code == '\n') {
      out += "\\n";
    } else if (code == '\t') {
      out += "\\t";
    } else if (code == '\r') {
      out += "\\r";
    } else if (NeedsEscape(code)) {
      out += fmt::format("\\u{:04x}", code);
    } else if (code == 0xfffd) {
      out += "\xef\xbf\xbd";
    } else {
      out += text.substr(begin, at - begin);
    }
  }
  return out + "\"";
}

bool IsPlainYaml(std::string_view text) {
  constexpr std::array<std::string_view, 10> kWords = {"y",     "n",  "yes", "no",   "true",
                                                       "false", "on", "off", "null", "nan"};
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_plain = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || std::string_view("_-./:").contains(c);
  };
  return !text.empty() && text.size() < 200 && is_letter(text.front()) && text.back() != ':' &&
         std::ranges::all_of(text, is_plain) && std::ranges::find(kWords, base::Lower(text)) == kWords.end();
}

void AppendYaml(const json::value& value, std::size_t indent, std::string& out);

// A key and what follows it; `out` ends where the key belongs.
void AppendYamlMember(std::string_view key, const json::value& value, std::size_t indent, std::string& out) {
  out += YamlScalar(key) + ":";
  const bool nested =
      (value.is_object() && !value.get_object().empty()) || (value.is_array() && !value.get_array().empty());
  if (nested) {
    out += "\n" + std::string(indent + 2, ' ');
    AppendYaml(value, indent + 2, out);
  } else {
    out += " ";
    AppendYaml(value, indent, out);
  }
}

void AppendYaml(const json::value& value, std::size_t indent, std::string& out) {
  if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
    bool first = true;
    for (const auto& member : *object) {
      if (!first) out += std::string(indent, ' ');
      first = false;
      AppendYamlMember(member.key(), member.value(), indent, out);
    }
  } else if (const auto* array = value.if_array(); array != nullptr && !array->empty()) {
    bool first = true;
    for (const auto& item : *array) {
      if (!first) out += std::string(indent, ' ');
      first = false;
      out += "- ";
      AppendYaml(item, indent + 2, out);
    }
  } else if (const auto* text = value.if_string()) {
    out += YamlScalar(*text) + "\n";
  } else {
    out += json::serialize(value) + "\n";
  }
}

std::size_t LongestRun(std::string_view text, char wanted) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == wanted ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

}  // namespace

std::string ShellQuote(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else if (c != '\0') {
      out += c;
    }
  }
  return out + "'";
}

std::string PrintfQuote(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    switch (c) {
      case '\0':
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\'':
        out += "\\0047";
        break;
      case '!':
        out += "\\0041";
        break;  // interactive shells take it for their history, even here
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += c;
    }
  }
  return out + "'";
}

std::string HclQuote(std::string_view text) {
  const std::string quoted = DoubleQuote(text);
  std::string out;
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    const char c = quoted[i];
    const bool opens = (c == '$' || c == '%') && i + 1 < quoted.size() && quoted[i + 1] == '{';
    if (opens && quoted[i - 1] == c) {
      // `$$${` is read differently by different versions; an escape by none.
      out += c == '$' ? "\\u0024" : "\\u0025";
    } else {
      out += opens ? std::string(2, c) : std::string(1, c);
    }
  }
  return out;
}

std::string YamlScalar(std::string_view text) { return IsPlainYaml(text) ? std::string(text) : DoubleQuote(text); }

std::string MarkdownCode(std::string_view text) {
  std::string line;
  for (const char c : text) line += static_cast<std::uint8_t>(c) < 0x20 ? ' ' : c;
  const std::string ticks(LongestRun(line, '`') + 1, '`');
  // A blank on both sides keeps backticks at the ends apart; readers of Markdown take it off again.
  const bool padded =
      line.empty() || line.front() == '`' || line.back() == '`' || (line.front() == ' ' && line.back() == ' ');
  return padded ? fmt::format("{} {} {}", ticks, line, ticks) : ticks + line + ticks;
}

std::string MarkdownBlock(std::string_view text, std::string_view language) {
  const std::string fence(std::max<std::size_t>(3, LongestRun(text, '`') + 1), '`');
  return fmt::format("{}{}\n{}\n{}\n", fence, language, text, fence);
}

std::string PrintYaml(const json::value& value) {
  std::string out;
  AppendYaml(value, 0, out);
  return out;
}

std::string PrintHclAttributes(std::span<const HclAttribute> attributes, std::size_t indent) {
  const auto is_one_line = [](const HclAttribute& attribute) { return !attribute.expression.contains('\n'); };
  std::string out;
  for (std::size_t at = 0; at < attributes.size();) {
    // What spans lines is not aligned, and parts what stands before from what stands behind.
    std::size_t end = at;
    std::size_t width = 0;
    while (end < attributes.size() && is_one_line(attributes[end]))
      width = std::max(width, attributes[end++].name.size());
    if (end == at) width = attributes[end++].name.size();
    for (; at < end; ++at) {
      out += fmt::format("{:{}}{:{}} = {}\n", "", indent, attributes[at].name, width, attributes[at].expression);
    }
  }
  return out;
}

std::string PrintHcl(const json::value& value, std::size_t indent) {
  const std::string end(indent, ' ');
  if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
    std::vector<HclAttribute> members;
    for (const auto& member : *object)
      members.push_back({HclQuote(member.key()), PrintHcl(member.value(), indent + 2)});
    return fmt::format("{{\n{}{}}}", PrintHclAttributes(members, indent + 2), end);
  }
  if (const auto* array = value.if_array(); array != nullptr && !array->empty()) {
    std::string items;
    for (const auto& item : *array) items += fmt::format("{}  {},\n", end, PrintHcl(item, indent + 2));
    return fmt::format("[\n{}{}]", items, end);
  }
  if (const auto* text = value.if_string()) return HclQuote(*text);
  return json::serialize(value);
}

}  // namespace crossrole::integration
