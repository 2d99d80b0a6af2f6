// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <utility>

#include "base/text.h"
#include "integration/internal/keys/key_file.h"

namespace crossrole::integration {
namespace {

constexpr std::size_t kDeepest = 32;

// Reads JSON in place, so that no copy of a secret is made that nobody wipes. It looks for objects that have an access
// key ID and a secret as members, wherever they are, and checks the grammar as far as it goes by.
class JsonKeys {
 public:
  explicit JsonKeys(std::string& text) : text_(text) {}

  base::Result<FoundKeys> Read() {
    TRY(Value(0));
    SkipBlanks();
    if (at_ != text_.size()) return Unreadable("there is text behind the JSON of the file");
    return std::move(found_);
  }

 private:
  static std::unexpected<base::Error> Broken() { return Unreadable("the file begins like JSON and is none"); }

  void SkipBlanks() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").contains(text_[at_])) ++at_;
  }
  bool Take(char c) {
    SkipBlanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  base::Status Value(std::size_t depth);
  base::Status Object(std::size_t depth);
  base::Status Array(std::size_t depth);
  base::Result<std::string_view> String();
  base::Status Escape(std::size_t& end);
  base::Result<std::uint32_t> HexUnit();
  void Append(std::uint32_t code, std::size_t& end);

  std::string& text_;
  std::size_t at_ = 0;
  FoundKeys found_;
};

base::Status JsonKeys::Value(std::size_t depth) {
  if (depth > kDeepest) return Broken();
  SkipBlanks();
  if (at_ >= text_.size()) return Broken();
  switch (text_[at_]) {
    case '{':
      return Object(depth);
    case '[':
      return Array(depth);
    case '"': {
      TRY(String());
      return {};
    }
    default:
      break;
  }
  const std::size_t begin = at_;
  while (at_ < text_.size() && !std::string_view(" \t\r\n,]}").contains(text_[at_])) ++at_;
  if (at_ == begin) return Broken();
  return {};
}

base::Status JsonKeys::Object(std::size_t depth) {
  ++at_;
  FoundKey key;
  if (!Take('}')) {
    do {
      SkipBlanks();
      if (at_ >= text_.size() || text_[at_] != '"') return Broken();
      TRY_ASSIGN(const std::string_view name, String());
      if (!Take(':')) return Broken();
      SkipBlanks();
      if (at_ >= text_.size() || text_[at_] != '"') {
        TRY(Value(depth + 1));
        continue;
      }
      TRY_ASSIGN(const std::string_view value, String());
      switch (ReadKeyPart(name)) {
        case KeyPart::kAccessKeyId:
          key.access_key_id = value;
          break;
        case KeyPart::kSecret:
          key.secret = value;
          break;
        case KeyPart::kSessionToken:
          key.session_token = value;
          break;
        case KeyPart::kUser:
          key.user = value;
          break;
        case KeyPart::kPassword:
          found_.has_passwords = true;
          break;
        case KeyPart::kNone:
          break;
      }
    } while (Take(','));
    if (!Take('}')) return Broken();
  }
  if (!key.access_key_id.empty() && !key.secret.empty()) found_.keys.push_back(key);
  return {};
}

base::Status JsonKeys::Array(std::size_t depth) {
  ++at_;
  if (Take(']')) return {};
  do {
    TRY(Value(depth + 1));
  } while (Take(','));
  if (!Take(']')) return Broken();
  return {};
}

base::Result<std::string_view> JsonKeys::String() {
  const std::size_t begin = ++at_;
  std::size_t end = begin;
  while (true) {
    if (at_ >= text_.size() || static_cast<unsigned char>(text_[at_]) < 0x20) return Broken();
    if (text_[at_] == '"') break;
    if (text_[at_] == '\\') {
      TRY(Escape(end));
    } else {
      text_[end++] = text_[at_++];
    }
  }
  ++at_;
  return std::string_view(text_).substr(begin, end - begin);
}

base::Result<std::uint32_t> JsonKeys::HexUnit() {
  if (at_ + 4 > text_.size()) return Broken();
  std::uint32_t unit = 0;
  for (int i = 0; i < 4; ++i) {
    const std::size_t digit =
        std::string_view("0123456789abcdef").find(base::Lower(std::string_view(text_).substr(at_++, 1)));
    if (digit == std::string_view::npos) return Broken();
    unit = unit * 16 + static_cast<std::uint32_t>(digit);
  }
  return unit;
}

// UTF-8 is never longer than the escape it stands for.
void JsonKeys::Append(std::uint32_t code, std::size_t& end) {
  const auto add = [&](std::uint32_t byte) { text_[end++] = static_cast<char>(byte); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xc0 | (code >> 6));
  } else if (code < 0x10000) {
    add(0xe0 | (code >> 12));
    add(0x80 | ((code >> 6) & 0x3f));
  } else {
    add(0xf0 | (code >> 18));
    add(0x80 | ((code >> 12) & 0x3f));
    add(0x80 | ((code >> 6) & 0x3f));
  }
  add(0x80 | (code & 0x3f));
}

base::Status JsonKeys::Escape(std::size_t& end) {
  if (++at_ >= text_.size()) return Broken();
  const char kind = text_[at_++];
  constexpr std::string_view kShort = "\"\\/bfnrt";
  if (const std::size_t index = kShort.find(kind); index != std::string_view::npos) {
    text_[end++] = std::string_view("\"\\/\b\f\n\r\t")[index];
    return {};
  }
  if (kind != 'u') return Broken();
  TRY_ASSIGN(std::uint32_t code, HexUnit());
  if (code >= 0xd800 && code < 0xdc00 && std::string_view(text_).substr(at_, 2) == "\\u") {
    at_ += 2;
    TRY_ASSIGN(const std::uint32_t low, HexUnit());
    if (low < 0xdc00 || low > 0xdfff) return Broken();
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }
  if (code >= 0xd800 && code < 0xe000) return Broken();
  Append(code, end);
  return {};
}

}  // namespace

bool LooksLikeJson(std::string_view text) {
  text = base::Trim(text);
  if (text.starts_with('{')) return true;
  return text.starts_with('[') && base::Trim(text.substr(1)).starts_with('{');
}

base::Result<FoundKeys> ReadKeyJson(std::string& text) { return JsonKeys(text).Read(); }

}  // namespace crossrole::integration
