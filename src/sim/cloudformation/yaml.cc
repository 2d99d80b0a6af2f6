// SPDX-License-Identifier: Apache-2.0
#include "sim/cloudformation/yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "sim/cloudformation/yaml_scalars.h"

namespace crossrole::sim {
namespace {

namespace json = boost::json;

struct Line {
  int indent = 0;
  std::string_view text;  // without indentation, comments still there
  std::string_view raw;   // as written, without its line end
};

bool IsBlankOrComment(const Line& line) { return line.text.empty() || line.text.front() == '#'; }
bool IsListItem(std::string_view text) { return text == "-" || text.starts_with("- "); }

// Whether a list may stand at the indentation of the key that it belongs to.
enum class SameIndent : bool { kNo, kYes };

class Reader {
 public:
  explicit Reader(std::string_view text) {
    for (const std::string_view part : base::Split(text, '\n')) {
      const std::string_view raw = part.ends_with('\r') ? part.substr(0, part.size() - 1) : part;
      const std::size_t first = raw.find_first_not_of(' ');
      const std::size_t indent = first == std::string_view::npos ? raw.size() : first;
      lines_.push_back({.indent = static_cast<int>(indent), .text = base::Trim(raw.substr(indent)), .raw = raw});
    }
  }

  base::Result<json::value> Read() {
    Skip();
    if (!AtEnd() && Current().text == "---") ++at_;
    Skip();
    if (AtEnd()) return Fail();
    TRY_ASSIGN(json::value value, Block(-1));
    Skip();
    if (!AtEnd() && Current().text == "...") ++at_;
    Skip();
    if (!AtEnd()) return Fail();
    return value;
  }

 private:
  bool AtEnd() const { return at_ >= lines_.size(); }
  Line& Current() { return lines_[at_]; }

  void Skip() {
    while (!AtEnd() && IsBlankOrComment(Current())) ++at_;
  }

  std::unexpected<base::Error> Fail() const {
    const bool past = AtEnd();
    const std::size_t column =
        past ? 1 : static_cast<std::size_t>(lines_[at_].text.data() - lines_[at_].raw.data()) + 1;
    return base::Fail(base::Code::kInvalidArgument,
                      fmt::format("Template format error: YAML not well-formed. (line {}, column {})",
                                  std::min(at_ + 1, lines_.size()), past ? 1 : column));
  }

  // A node whose first line is the current one.
  base::Result<json::value> Block(int parent) {
    if (++depth_ > kMaximumDepth) return Fail();
    if (Current().raw.substr(0, static_cast<std::size_t>(Current().indent) + 1).find('\t') != std::string_view::npos) {
      return Fail();
    }
    base::Result<json::value> value = IsListItem(Current().text)            ? List(Current().indent)
                                      : FindKeyEnd(Current().text).has_value() ? Mapping(Current().indent)
                                                                                : Inline(parent, SameIndent::kNo);
    --depth_;
    return value;
  }

  base::Result<json::value> List(int indent) {
    json::array list;
    for (Skip(); !AtEnd() && Current().indent == indent && IsListItem(Current().text); Skip()) {
      Line& line = Current();
      const std::string_view rest = base::Trim(line.text.substr(1));
      if (rest.empty() || rest.front() == '#') {
        ++at_;
        Skip();
        if (AtEnd() || Current().indent <= indent) {
          list.emplace_back(nullptr);
          continue;
        }
      } else {
        // The item begins where its text does, as if it stood on a line of its own.
        line.indent = static_cast<int>(rest.data() - line.raw.data());
        if (line.indent >= static_cast<int>(line.raw.size())) return Fail();
        line.text = rest;
      }
      TRY_ASSIGN(json::value item, Block(indent));
      list.push_back(std::move(item));
    }
    if (!AtEnd() && Current().indent > indent) return Fail();
    return list;
  }

  base::Result<json::value> Mapping(int indent) {
    json::object object;
    for (Skip(); !AtEnd() && Current().indent == indent && !IsListItem(Current().text); Skip()) {
      const auto key_end = FindKeyEnd(Current().text);
      if (!key_end) return Fail();
      TRY_ASSIGN(const std::string key, Key(Current().text.substr(0, *key_end)));
      if (key == "<<" || object.contains(key)) return Fail();
      Current().text = base::Trim(Current().text.substr(*key_end + 1));
      TRY_ASSIGN(json::value value, Value(indent, SameIndent::kYes));
      object.emplace(key, std::move(value));
    }
    if (!AtEnd() && Current().indent > indent) return Fail();
    return object;
  }

  base::Result<std::string> Key(std::string_view text) {
    text = base::Trim(text);
    if (!text.starts_with('"') && !text.starts_with('\'')) return std::string(text);
    std::size_t at = 0;
    auto key = ReadQuoted(text, at);
    if (!key || at != text.size()) return Fail();
    return *std::move(key);
  }

  // What stands behind a key or tag: the rest of the line, or the lines below.
  base::Result<json::value> Value(int parent, SameIndent same) {
    if (!IsBlankOrComment(Current())) return Inline(parent, same);
    ++at_;
    Skip();
    if (AtEnd()) return json::value(nullptr);
    if (Current().indent > parent) return Block(parent);
    if (same == SameIndent::kYes && Current().indent == parent && IsListItem(Current().text)) return List(parent);
    return json::value(nullptr);
  }

  base::Result<json::value> Inline(int parent, SameIndent same) {
    const char first = Current().text.front();
    if (first == '!') return Tagged(parent, same);
    if (first == '|' || first == '>') return BlockScalar(parent);
    if (first == '[' || first == '{') return Flow();
    if (first == '"' || first == '\'') return Quoted(parent);
    if (std::string_view("&*@`%?").find(first) != std::string_view::npos) return Fail();
    return Plain(parent);
  }

  base::Result<json::value> Tagged(int parent, SameIndent same) {
    const std::string_view text = Current().text;
    const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
    const std::string tag(text.substr(1, end - 1));
    Current().text = base::Trim(text.substr(end));
    if (++depth_ > kMaximumDepth) return Fail();
    TRY_ASSIGN(json::value value, Value(parent, same));
    --depth_;
    return ApplyTag(tag, std::move(value));
  }

  // Takes lines from the current one on until `complete(text)`; those below must stand deeper than `parent`.
  template <typename Complete>
  base::Result<std::string> Gather(int parent, Complete complete) {
    std::string text(Current().text);
    const std::size_t first = at_++;
    while (!complete(text)) {
      if (AtEnd() || (!Current().text.empty() && Current().indent <= parent)) {
        at_ = first;
        return Fail();
      }
      text += '\n';
      text += Current().text;
      ++at_;
    }
    return text;
  }

  base::Result<json::value> Quoted(int parent) {
    std::string value;
    std::string_view rest;
    TRY_ASSIGN(const std::string text, Gather(parent, [&](std::string_view so_far) {
                 std::size_t at = 0;
                 auto read = ReadQuoted(so_far, at);
                 if (!read) return false;
                 value = *std::move(read);
                 return true;
               }));
    std::size_t at = 0;
    static_cast<void>(ReadQuoted(text, at));
    rest = base::Trim(std::string_view(text).substr(at));
    if (!rest.empty() && rest.front() != '#') {
      --at_;
      return Fail();
    }
    return json::value(value);
  }

  base::Result<json::value> Flow() {
    // Inside brackets indentation means nothing, so that the closing one may stand below its key.
    TRY_ASSIGN(const std::string text, Gather(-1, [](std::string_view so_far) {
                 const std::string_view last = so_far.substr(so_far.rfind('\n') + 1);
                 return last.find_first_of("]}") != std::string_view::npos && IsFlowComplete(so_far);
               }));
    base::Result<json::value> value = ReadFlow(text);
    if (!value) {
      --at_;
      return Fail();
    }
    return value;
  }

  base::Result<json::value> Plain(int parent) {
    std::string text(StripComment(Current().text));
    const bool had_comment = text.size() != Current().text.size();
    ++at_;
    std::size_t blanks = 0;
    while (!had_comment && !AtEnd()) {
      const Line& line = Current();
      if (line.text.empty()) {
        ++blanks;
        ++at_;
        continue;
      }
      if (line.indent <= parent || line.text.front() == '#') break;
      if (FindKeyEnd(line.text)) return Fail();
      text += blanks == 0 ? std::string(" ") : std::string(blanks, '\n');
      text += StripComment(line.text);
      blanks = 0;
      ++at_;
    }
    if (FindKeyEnd(text)) {
      --at_;
      return Fail();
    }
    return ReadPlain(text);
  }

  base::Result<json::value> BlockScalar(int parent) {
    const std::string_view header = StripComment(Current().text);
    ++at_;
    std::vector<std::string_view> lines;
    std::size_t indent = 0;
    for (const char c : header.substr(1)) {
      if (c >= '1' && c <= '9') indent = static_cast<std::size_t>(std::max(parent, 0) + (c - '0'));
    }
    while (!AtEnd()) {
      const std::string_view raw = Current().raw;
      const bool is_blank = base::Trim(raw).empty();
      const auto depth = static_cast<std::size_t>(Current().indent);
      if (!is_blank && indent == 0) indent = depth;
      if (!is_blank && (Current().indent <= parent || depth < indent)) break;
      lines.push_back(is_blank ? std::string_view() : raw.substr(indent));
      ++at_;
    }
    return json::value(JoinBlock(header, lines));
  }

  std::vector<Line> lines_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

base::Result<json::value> ParseYaml(std::string_view text) {
  if (!base::IsUtf8(text)) return base::Fail(base::Code::kInvalidArgument, "Template format error: not UTF-8");
  return Reader(text).Read();
}

}  // namespace crossrole::sim
