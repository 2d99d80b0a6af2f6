// SPDX-License-Identifier: Apache-2.0
#include "app/toml_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

// Some malformed texts reach assertions of the parser (found by fuzzing); in a release build they would be assumptions,
// and undefined. Here they refuse the text, in every build.
#undef NDEBUG
#define TOML_EXCEPTIONS 1
#define TOML_ASSERT(condition)                            \
  do {                                                    \
    if (!(condition)) throw std::logic_error("not TOML"); \
  } while (false)
#include <toml++/toml.h>

namespace crossrole::app {
namespace {

using base::Code;
using base::Error;
using base::Fail;
using Flat = std::map<std::string, std::string>;

base::Status Flatten(const toml::table& table, const std::string& prefix, std::string_view file, Flat& flat) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix.empty() ? std::string(name.str()) : prefix + "." + std::string(name.str());
    if (const auto* inner = node.as_table()) {
      TRY(Flatten(*inner, key, file, flat));
    } else if (const auto* text = node.as_string()) {
      flat[key] = text->get();
    } else if (const auto* integer = node.as_integer()) {
      flat[key] = fmt::format("{}", integer->get());
    } else if (const auto* number = node.as_floating_point()) {
      flat[key] = fmt::format("{}", number->get());
    } else if (const auto* boolean = node.as_boolean()) {
      flat[key] = boolean->get() ? "true" : "false";
    } else {
      return Fail(Error{.code = Code::kInvalidArgument,
                        .message = fmt::format("{}: `{}` must be text, a number, true or false", file, key),
                        .field = key});
    }
  }
  return {};
}

// Where the string that begins at `at` ends (behind its last quote).
std::size_t EndOfString(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const std::string_view triple = quote == '"' ? R"(""")" : "'''";
  const std::string_view mark = text.substr(at).starts_with(triple) ? triple : triple.substr(0, 1);
  for (at += mark.size(); at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text.substr(at).starts_with(mark)) {
      return at + mark.size();
    }
  }
  return text.size();
}

// toml++ 3.3 has undefined behaviour when it asks whether a character beyond ASCII is a blank, which it does outside of
// strings and comments (found by fuzzing). No key and no value but a string has such characters, so they are refused before.
bool HasStrayCharacter(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '#') {
      at = std::min(text.find('\n', at), text.size());
    } else if (text[at] == '"' || text[at] == '\'') {
      at = EndOfString(text, at) - 1;
    } else if (static_cast<unsigned char>(text[at]) >= 0x80) {
      return true;
    }
  }
  return false;
}

}  // namespace

base::Result<Flat> ReadToml(std::string_view text, std::string_view file) {
  if (HasStrayCharacter(text)) {
    return Fail(Code::kInvalidArgument, fmt::format("{}: has a character that is not ASCII outside of strings and comments", file));
  }
  try {
    const toml::table table = toml::parse(text);
    Flat flat;
    TRY(Flatten(table, "", file, flat));
    return flat;
  } catch (const toml::parse_error& error) {
    return Fail(Code::kInvalidArgument,
                fmt::format("{}: line {}: {}", file, error.source().begin.line, error.description()));
  } catch (const std::logic_error& error) {
    return Fail(Code::kInvalidArgument, fmt::format("{}: {}", file, error.what()));
  }
}

}  // namespace crossrole::app
