// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/commands.h"
#include "app/data_directory.h"
#include "app/installation.h"
#include "app/signals.h"
#include "aws/curl_transport.h"
#include "http/server.h"
#include "sim/cloud.h"

namespace crossrole::app {
namespace {

base::Result<sim::CloudOptions> ReadOptions(const cli::Arguments& arguments) {
  const auto refuse = [](std::string_view flag, std::string_view wanted) {
    return base::Fail({.code = base::Code::kInvalidArgument, .message = fmt::format("`{}` must be {}", flag, wanted)});
  };
  sim::CloudOptions options;
  const std::int64_t accounts = arguments.Integer("--accounts").value_or(3);
  if (accounts < 2 || accounts > 100'000) return refuse("--accounts", "2 to 100000");
  options.accounts = static_cast<std::size_t>(accounts);
  options.seed = static_cast<std::uint64_t>(arguments.Integer("--seed").value_or(1));
  options.latency = std::chrono::milliseconds(arguments.Integer("--latency-ms").value_or(0));
  options.propagation = std::chrono::milliseconds(arguments.Integer("--propagation-ms").value_or(0));
  const std::string throttle = arguments.Text("--throttle").value_or("on");
  if (throttle != "on" && throttle != "off") return refuse("--throttle", "on or off");
  options.throttle = throttle == "on" ? sim::Throttle::kOn : sim::Throttle::kOff;
  if (const auto scale = arguments.Text("--rate-scale")) {
    const char* end = scale->data() + scale->size();
    if (std::from_chars(scale->data(), end, options.rate_scale).ptr != end || !(options.rate_scale > 0)) {
      return refuse("--rate-scale", "a number above 0");
    }
  }
  options.profile = arguments.Text("--profile").value_or("");
  if (!options.profile.empty() && options.profile != "plain" && options.profile != "mixed" && options.profile != "large") {
    return refuse("--profile", "plain, mixed or large");
  }
  if (const auto partition = arguments.Text("--partition")) {
    TRY_ASSIGN(options.partition, model::ParsePartition(*partition));
  }
  return options;
}

// The state of an earlier run; a file that is not there yet is a fresh start.
base::Status LoadState(sim::Cloud& cloud, const std::string& file) {
  std::error_code none;
  if (!std::filesystem::exists(file, none)) return {};
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) return base::Fail(base::Code::kUnavailable, fmt::format("`{}` cannot be read", file));
  const base::Status loaded = cloud.Load(text);
  if (loaded) return {};
  return base::Fail({.code = base::Code::kFailedPrecondition,
                     .message = fmt::format("`{}`: {}", file, loaded.error().message),
                     .fix = "name another file, or remove this one for a fresh start"});
}

// Through a file beside it, so that a full disk costs no earlier state. It holds the keys of all accounts.
base::Status SaveState(const sim::Cloud& cloud, const std::string& file) {
  const std::string temporary = file + ".new";
  std::error_code error;
  std::filesystem::remove(temporary, error);
  {
    std::ofstream out(temporary, std::ios::binary);
    std::filesystem::permissions(temporary, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, error);
    out << cloud.Save();
    out.flush();
    if (!out || error) return base::Fail(base::Code::kUnavailable, fmt::format("`{}` cannot be written", temporary));
  }
  std::filesystem::rename(temporary, file, error);
  if (error) return base::Fail(base::Code::kUnavailable, fmt::format("`{}` cannot be written: {}", file, error.message()));
  return {};
}

}  // namespace

int RunSim(const cli::Context& context, const cli::Arguments& arguments) {
  auto options = ReadOptions(arguments);
  if (!options) return cli::PrintError(context, options.error());
  const auto address = ParseListenAddress(arguments.Text("--listen").value_or("127.0.0.1:4566"));
  if (!address) return cli::PrintError(context, address.error());
  BlockSignals();
  const base::SystemClock clock;
  base::SystemRandom random;
  options->clock = &clock;
  options->random = &random;
  aws::CurlTransport transport(aws::CurlOptions{});  // to the issuers of web identity tokens
  options->transport = &transport;
  sim::Cloud cloud(*options);
  const std::optional<std::string> state = arguments.Text("--state");
  if (state) {
    const base::Status loaded = LoadState(cloud, *state);
    if (!loaded) return cli::PrintError(context, loaded.error());
  }
  auto server = http::Server::Start(
      {.address = address->host,
       .port = address->port,
       .insecure_listen = arguments.Switch("--insecure-listen") ? http::InsecureListen::kAllow : http::InsecureListen::kRefuse,
       .clock = &clock},
      [&](const http::Request& request, const http::Responder& responder) { sim::Serve(cloud, request, responder); });
  if (!server) return cli::PrintError(context, server.error());
  (*server)->SetReady(true);
  fmt::print(stderr, "crossrole sim: listening on {}; keys of its accounts: GET {}/_sim/accounts\n", (*server)->url(), (*server)->url());
  fmt::print(stderr, "crossrole sim: this is a simulation; its keys open nothing at AWS\n");
  WaitForStop([] {});
  (*server)->Drain(base::Deadline::After(std::chrono::seconds(2)));
  if (state) {
    const base::Status saved = SaveState(cloud, *state);
    if (!saved) return cli::PrintError(context, saved.error());
  }
  return 0;
}

}  // namespace crossrole::app
