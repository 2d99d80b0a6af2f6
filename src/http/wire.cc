// SPDX-License-Identifier: Apache-2.0
#include "http/wire.h"

#include <fmt/format.h>

#include "http/internal/channel.h"
#include "http/internal/tls.h"

namespace crossrole::http {

struct Wire::Parts {
  std::string host;
  std::unique_ptr<internal::Channel> channel;
};

base::Result<std::unique_ptr<Wire>> Wire::Connect(const std::string& host, std::uint16_t port, base::Deadline deadline) {
  TRY_ASSIGN(auto channel, internal::Connect({.host = host, .port = fmt::format("{}", port)}, deadline));
  return std::unique_ptr<Wire>(new Wire(std::unique_ptr<Parts>(new Parts{host, std::move(channel)})));
}

Wire::Wire(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Wire::~Wire() = default;

base::Status Wire::Secure(const std::string& ca_file, base::Deadline deadline) {
  TRY_ASSIGN(const internal::TlsContext context, internal::MakeClientTls(ca_file));
  TRY_ASSIGN(parts_->channel, internal::StartTls(std::move(parts_->channel), context, parts_->host, deadline));
  return {};
}

base::Status Wire::Write(std::string_view text, base::Deadline deadline) { return parts_->channel->Write(text, deadline); }

base::Result<std::size_t> Wire::Read(char* into, std::size_t size, base::Deadline deadline) {
  return parts_->channel->Read(into, size, deadline);
}

}  // namespace crossrole::http
