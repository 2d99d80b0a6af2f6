// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <span>
#include <string>
#include <string_view>

namespace crossrole::integration {

/// `text` as one word of a POSIX shell, in single quotes. NUL, which no shell can hold, is left out.
std::string ShellQuote(std::string_view text);
/// `text` as an operand of `printf '%b'` that prints it: one line in single quotes.
std::string PrintfQuote(std::string_view text);
/// `text` as a quoted template of HCL in which nothing is interpolated.
std::string HclQuote(std::string_view text);
/// `text` as a YAML scalar: plain where no reader can mistake it for anything else, else double-quoted on one line.
std::string YamlScalar(std::string_view text);
/// `text` as inline code of Markdown, on one line.
std::string MarkdownCode(std::string_view text);
/// `text` as a fenced code block of Markdown, whatever fences it contains; ends with a newline.
std::string MarkdownBlock(std::string_view text, std::string_view language);

/// `value` as a YAML document in block style; keys in their order.
std::string PrintYaml(const boost::json::value& value);
/// `value` as an HCL expression, indented by `indent` spaces from its second line on.
std::string PrintHcl(const boost::json::value& value, std::size_t indent);

/// A name and its expression in HCL.
struct HclAttribute {
  std::string name;
  std::string expression;
};
/// One attribute a line, aligned as `terraform fmt` does it; each line begins with `indent` spaces and ends with a
/// newline.
std::string PrintHclAttributes(std::span<const HclAttribute> attributes, std::size_t indent);

}  // namespace crossrole::integration
