// SPDX-License-Identifier: Apache-2.0
#include "app/toml_file.h"

#include <fmt/format.h>

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

// toml++ 3.3 runs into undefined behaviour when it asks whether one of U+FB26 to U+FEFE is a blank (found by fuzzing).
bool HasCharacterBeyondParser(std::string_view text) {
  for (std::size_t at = text.find('\xEF'); at != std::string_view::npos; at = text.find('\xEF', at + 1)) {
    const std::string_view character = text.substr(at, 3);
    if (character >= "\xEF\xAC\xA6" && character <= "\xEF\xBB\xBE") return true;
  }
  return false;
}

}  // namespace

base::Result<Flat> ReadToml(std::string_view text, std::string_view file) {
  if (HasCharacterBeyondParser(text)) {
    return Fail(Code::kInvalidArgument, fmt::format("{}: characters from U+FB26 to U+FEFE cannot be read", file));
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
