// SPDX-License-Identifier: Apache-2.0
#include "audit/sink.h"

#include <fmt/format.h>

#include "audit/internal/file_sink.h"
#include "audit/record.h"
#include "delivery/syslog.h"
#include "delivery/webhook.h"

namespace crossrole::audit {
namespace {

using base::Code;
using base::Fail;

delivery::SyslogMessage MessageOf(const std::string& line) {
  const auto stored = ParseLine(line);
  if (!stored) return {.severity = delivery::Severity::kError, .kind = "unreadable", .text = line};
  const Record& record = stored->record;
  const bool went_wrong = record.outcome == Outcome::kRefused || record.outcome == Outcome::kFailed;
  return {.time = record.time,
          .severity = went_wrong ? delivery::Severity::kWarning : delivery::Severity::kNotice,
          .kind = std::string(record.action.name()),
          .text = line};
}

class SyslogSink final : public Sink {
 public:
  explicit SyslogSink(std::unique_ptr<delivery::Syslog> syslog) : syslog_(std::move(syslog)) {}
  base::Status Deliver(std::span<const std::string> lines, base::Deadline deadline) override {
    std::vector<delivery::SyslogMessage> messages;
    for (const std::string& line : lines) messages.push_back(MessageOf(line));
    return syslog_->Send(messages, deadline);
  }
  base::Status Check(base::Deadline deadline) override { return syslog_->Check(deadline); }

 private:
  const std::unique_ptr<delivery::Syslog> syslog_;
};

class WebhookSink final : public Sink {
 public:
  explicit WebhookSink(std::unique_ptr<delivery::Webhook> webhook) : webhook_(std::move(webhook)) {}
  base::Status Deliver(std::span<const std::string> lines, base::Deadline deadline) override {
    if (lines.empty()) return {};
    delivery::WebhookMessage message{.content_type = "application/x-ndjson"};
    for (const std::string& line : lines) message.body += line + "\n";
    const auto first = ParseLine(lines.front());
    message.id = first && first->record.id ? std::string(first->record.id->text()) : "unreadable";
    return webhook_->Post(message, deadline);
  }
  base::Status Check(base::Deadline deadline) override { return webhook_->Check(deadline); }

 private:
  const std::unique_ptr<delivery::Webhook> webhook_;
};

}  // namespace

base::Result<std::unique_ptr<Sink>> MakeSink(SinkSettings settings, const base::Clock& clock) {
  switch (settings.type) {
    case SinkType::kFile:
      if (!settings.path.starts_with('/')) {
        return Fail({.code = Code::kInvalidArgument, .message = "the path of a file sink must be absolute", .field = "path"});
      }
      return std::make_unique<FileSink>(std::move(settings.path));
    case SinkType::kSyslog: {
      TRY_ASSIGN(auto syslog, delivery::Syslog::Create({.address = settings.address,
                                                        .ca_file = settings.ca_file,
                                                        .facility = settings.facility,
                                                        .host = settings.host}));
      return std::make_unique<SyslogSink>(std::move(syslog));
    }
    case SinkType::kWebhook: {
      TRY_ASSIGN(auto webhook, delivery::Webhook::Create({.url = settings.url,
                                                          .secret = std::move(settings.secret),
                                                          .ca_file = settings.ca_file}, clock));
      return std::make_unique<WebhookSink>(std::move(webhook));
    }
  }
  return Fail(Code::kInternal, "an unknown kind of sink");
}

}  // namespace crossrole::audit
