// SPDX-License-Identifier: Apache-2.0
#include "aws/internal/profile_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/text.h"

namespace crossrole::aws::internal {
namespace {

using base::Code;
using base::Fail;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::unexpected<base::Error> BadLine(std::size_t number, std::string_view why) {
  return Fail(Code::kInvalidArgument, fmt::format("line {}: {}", number, why));
}

std::size_t IndentOf(std::string_view line) { return line.size() - line.substr(std::min(line.find_first_not_of(" \t"), line.size())).size(); }

// Reads line by line; the rules are those of Python's RawConfigParser, which defines the format in practice.
class IniReader {
 public:
  base::Result<Sections> Read(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    std::size_t number = 0;
    for (std::string_view line : base::Split(text, '\n')) {
      if (line.ends_with('\r')) line.remove_suffix(1);
      TRY(ReadLine(line, ++number));
    }
    TRY(CloseOption(number));
    return std::move(sections_);
  }

 private:
  base::Status ReadLine(std::string_view line, std::size_t number) {
    const std::string_view content = base::Trim(line);
    if (content.starts_with('#') || content.starts_with(';')) return {};
    if (content.empty()) {
      if (!option_.empty()) value_ += '\n';
      return {};
    }
    const std::size_t indent = IndentOf(line);
    if (!option_.empty() && indent > option_indent_) {
      value_ += '\n';
      value_ += content;
      return {};
    }
    TRY(CloseOption(number));
    if (content.starts_with('[')) return OpenSection(content, number);
    return OpenOption(content, indent, number);
  }

  base::Status OpenSection(std::string_view content, std::size_t number) {
    const std::size_t end = content.rfind(']');
    if (end == std::string_view::npos || end == 1) return BadLine(number, "a section must look like [name]");
    const auto [place, fresh] = sections_.emplace(std::string(content.substr(1, end - 1)), Section{});
    if (!fresh) return BadLine(number, fmt::format("the section `{}` occurs twice", place->first));
    section_ = &place->second;
    return {};
  }

  base::Status OpenOption(std::string_view content, std::size_t indent, std::size_t number) {
    if (section_ == nullptr) return BadLine(number, "a setting stands before any section");
    const std::size_t delimiter = content.find_first_of("=:");
    const std::string_view name = base::Trim(content.substr(0, delimiter));
    if (delimiter == std::string_view::npos || name.empty()) return BadLine(number, "a setting must look like name = value");
    option_ = base::Lower(name);
    if (section_->values.contains(option_) || section_->blocks.contains(option_)) {
      return BadLine(number, fmt::format("the setting `{}` occurs twice", option_));
    }
    option_indent_ = indent;
    value_ = base::Trim(content.substr(delimiter + 1));
    return {};
  }

  base::Status CloseOption(std::size_t number) {
    if (option_.empty()) return {};
    while (value_.ends_with('\n')) value_.pop_back();
    if (value_.starts_with('\n')) {
      auto& block = section_->blocks[option_];
      for (const std::string_view line : base::Split(value_, '\n')) {
        const std::string_view content = base::Trim(line);
        if (content.empty()) continue;
        const std::size_t equals = content.find('=');
        if (equals == std::string_view::npos) {
          return BadLine(number, fmt::format("a line of the block `{}` above must look like name = value", option_));
        }
        block[std::string(base::Trim(content.substr(0, equals)))] = std::string(base::Trim(content.substr(equals + 1)));
      }
    } else {
      section_->values[option_] = std::move(value_);
    }
    option_.clear();
    value_.clear();
    return {};
  }

  Sections sections_;
  Section* section_ = nullptr;
  std::string option_;
  std::string value_;
  std::size_t option_indent_ = 0;
};

// "profile name" → "name"; anything else → nothing.
std::optional<std::string> NameAfter(std::string_view prefix, std::string_view section) {
  if (!section.starts_with(prefix)) return std::nullopt;
  const auto words = SplitCommand(section);
  if (!words.has_value() || words->size() != 2) return std::nullopt;
  return words->at(1);
}

base::Result<Sections> LoadFile(const Environment& environment, std::string_view variable, std::string_view standard) {
  const std::string named = Lookup(environment, variable);
  const std::string path = ExpandHome(named.empty() ? standard : std::string_view(named), environment);
  TRY_ASSIGN(const std::optional<std::string> text, ReadSmallFile(path));
  if (!text) return Sections{};
  auto sections = ParseIni(*text);
  if (!sections.has_value()) return std::unexpected(base::WithContext(std::move(sections).error(), fmt::format("`{}`", path)));
  return sections;
}

}  // namespace

std::string Section::Get(std::string_view name) const {
  const auto found = values.find(name);
  return found == values.end() ? std::string() : found->second;
}

base::Result<Sections> ParseIni(std::string_view text) { return IniReader().Read(text); }

base::Result<std::vector<std::string>> SplitCommand(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != '\0') {
      const bool escapes = quote == '"' && c == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\');
      if (c == quote) {
        quote = '\0';
      } else {
        word += escapes ? text[++i] : c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == '\\') {
      if (++i == text.size()) return Fail(Code::kInvalidArgument, "a command must not end in a backslash");
      word += text[i];
      in_word = true;
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      if (in_word) words.push_back(std::exchange(word, {}));
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != '\0') return Fail(Code::kInvalidArgument, "a quotation is not closed");
  if (in_word) words.push_back(std::move(word));
  return words;
}

base::Result<SharedConfig> LoadSharedConfig(const Environment& environment) {
  SharedConfig config;
  TRY_ASSIGN(const Sections file, LoadFile(environment, "AWS_CONFIG_FILE", "~/.aws/config"));
  TRY_ASSIGN(config.credentials, LoadFile(environment, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"));
  for (const auto& [name, section] : file) {
    if (name == "default") config.config_profiles[name] = section;
    if (const auto profile = NameAfter("profile", name)) config.config_profiles[*profile] = section;
    if (const auto service = NameAfter("services", name)) config.services[*service] = section;
  }
  config.profiles = config.config_profiles;
  for (const auto& [name, section] : config.credentials) {
    for (const auto& [key, value] : section.values) config.profiles[name].values[key] = value;
    config.profiles[name].blocks.insert(section.blocks.begin(), section.blocks.end());
  }
  return config;
}

base::Result<std::optional<std::string>> ReadSmallFile(const std::string& path, std::size_t limit) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), [](std::FILE* f) { return std::fclose(f); });
  if (file == nullptr) {
    const int reason = errno;
    if (reason == ENOENT || reason == ENOTDIR) return std::optional<std::string>();
    return Fail(Code::kUnavailable, fmt::format("cannot read `{}`: {}", path, std::strerror(reason)));
  }
  std::string text(limit + 1, '\0');
  errno = 0;
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return Fail(Code::kUnavailable, fmt::format("cannot read `{}`: {}", path, std::strerror(errno)));
  if (text.size() > limit) return Fail(Code::kTooLarge, fmt::format("`{}` is larger than {} bytes", path, limit));
  return std::optional<std::string>(std::move(text));
}

std::string ExpandHome(std::string_view path, const Environment& environment) {
  if (path == "~" || path.starts_with("~/")) return Lookup(environment, "HOME") + std::string(path.substr(1));
  return std::string(path);
}

}  // namespace crossrole::aws::internal
