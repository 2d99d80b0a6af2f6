// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <charconv>

#include "app/commands.h"
#include "app/data_directory.h"
#include "app/installation.h"
#include "app/signals.h"
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
  if (const auto partition = arguments.Text("--partition")) {
    TRY_ASSIGN(options.partition, model::ParsePartition(*partition));
  }
  return options;
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
  sim::Cloud cloud(*options);
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
  return 0;
}

}  // namespace crossrole::app
