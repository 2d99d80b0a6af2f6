// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace crossrole::cli {

/// What files of documents and keys may have at most.
inline constexpr std::size_t kInputBytes = std::size_t{1} << 20;

/// The text of a file, or of standard input for "-". Errors: kInvalidArgument, with the path.
base::Result<std::string> ReadInput(const std::string& path, std::size_t limit = kInputBytes);
/// The JSON document in a file. Errors: kInvalidArgument, with the path.
base::Result<boost::json::value> ReadJsonInput(const std::string& path);
/// The text of a file or of standard input ("-") without the blanks around it. Errors: kInvalidArgument.
base::Result<base::Secret> ReadSecret(const std::string& path);
/// Whether somebody can be asked: standard input and error are a terminal.
bool Interactive();
/// Asks on the terminal; what is typed is not shown. Errors: kInvalidArgument when there is no terminal.
base::Result<base::Secret> AskSecret(std::string_view question);
/// Asks on the terminal and returns the answer without the blanks around it.
std::string Ask(std::string_view question);

}  // namespace crossrole::cli
