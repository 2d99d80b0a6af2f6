// SPDX-License-Identifier: Apache-2.0
// http --port P --method M --path /v1/… [--body '{…%N…}'] [--connections 1] (--count N | --milliseconds T) [--warm-up
// W] [--status 200] The token comes from CROSSROLE_TOKEN; %N becomes the number of the request, so that no two of them
// are equal.
#include <fmt/format.h>

#include "commands.h"
#include "load.h"

namespace crossrole::bench {

boost::json::object RunHttp(const Arguments& arguments) {
  const std::string method = arguments.Text("--method", "GET");
  const std::string head =
      fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: Bearer {}\r\n", method,
                  arguments.Text("--path"), arguments.Text("--port"), Arguments::Variable("CROSSROLE_TOKEN"));
  const std::string body = arguments.Text("--body", "");
  const std::size_t hole = body.find("%N");
  const std::size_t first = arguments.Number("--first", 0);
  std::string text;
  const auto request = [&](std::size_t number) -> std::string_view {
    if (method == "GET") return text = head + "\r\n";
    std::string filled = body;
    if (hole != std::string::npos) filled.replace(hole, 2, std::to_string(first + number));
    text = fmt::format("{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", head, filled.size(), filled);
    return text;
  };
  return Run({.port = static_cast<std::uint16_t>(arguments.Number("--port", 0)),
              .connections = arguments.Number("--connections", 1),
              .count = arguments.Number("--count", 0),
              .time = std::chrono::milliseconds(arguments.Number("--milliseconds", 0)),
              .warm_up = arguments.Number("--warm-up", 0),
              .status = static_cast<int>(arguments.Number("--status", 200)),
              .request = request})
      .ToJson();
}

}  // namespace crossrole::bench
