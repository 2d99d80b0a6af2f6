// SPDX-License-Identifier: Apache-2.0
#include "aws/aws_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <optional>

#include "aws/internal/xml.h"
#include "base/json.h"
#include "base/text.h"

namespace crossrole::aws {
namespace {

constexpr std::size_t kMaxErrorBody = std::size_t{1} << 20;
constexpr std::size_t kMaxMessage = 4096;

constexpr std::array<std::string_view, 14> kThrottlingCodes = {"BandwidthLimitExceeded",
                                                               "EC2ThrottledException",
                                                               "LimitExceededException",
                                                               "PriorRequestNotComplete",
                                                               "ProvisionedThroughputExceededException",
                                                               "RequestLimitExceeded",
                                                               "RequestThrottled",
                                                               "RequestThrottledException",
                                                               "SlowDown",
                                                               "ThrottledException",
                                                               "Throttling",
                                                               "ThrottlingException",
                                                               "TooManyRequestsException",
                                                               "TransactionInProgressException"};

constexpr std::array<std::string_view, 2> kTransientCodes = {"RequestTimeout", "RequestTimeoutException"};

struct Said {
  std::string code{};
  std::string message{};
  std::string request_id{};
};

// "com.amazonaws.x#Code:http://…" and all its shorter forms.
std::string BareCode(std::string_view text) {
  text = text.substr(0, text.find(':'));
  return std::string(text.substr(text.rfind('#') + 1));
}

std::string StringIn(const boost::json::object& object, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const boost::json::value* value = object.if_contains(boost::json::string_view(name.data(), name.size()));
    if (value != nullptr && value->is_string()) return std::string(value->get_string());
  }
  return {};
}

void ReadJson(std::string_view body, Said& said) {
  const auto parsed = base::ParseJson(body, {.bytes = kMaxErrorBody});
  if (!parsed || !parsed->is_object()) return;
  const boost::json::object& object = parsed->get_object();
  said.code = BareCode(StringIn(object, {"__type", "code", "Code"}));
  said.message = StringIn(object, {"message", "Message", "errorMessage"});
  // Some services answer the shape of the Query protocol in JSON.
  if (const boost::json::value* inner = object.if_contains("Error");
      said.code.empty() && inner != nullptr && inner->is_object()) {
    said.code = BareCode(StringIn(inner->get_object(), {"Code"}));
    said.message = StringIn(inner->get_object(), {"Message"});
  }
}

Said Read(const HttpResponse& response) {
  Said said;
  const std::string_view body = base::Trim(response.body);
  if (body.size() <= kMaxErrorBody && body.starts_with('{')) {
    ReadJson(body, said);
  } else if (body.size() <= kMaxErrorBody && body.starts_with('<')) {
    internal::XmlError error;
    if (internal::ParseXmlError(body, error)) said = {error.code, error.message, error.request_id};
  }
  if (const std::string_view type = FindHeader(response.headers, "x-amzn-errortype"); !type.empty()) {
    said.code = BareCode(type);
  }
  if (const std::string_view id = RequestIdOf(response.headers); !id.empty()) said.request_id = id;
  return said;
}

// What AWS says goes into logs and terminals.
std::string Printable(std::string text) {
  if (!base::IsUtf8(text)) return "";
  if (text.size() > kMaxMessage) {
    std::size_t end = kMaxMessage;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
    text.resize(end);
    text += "...";
  }
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return text;
}

base::Code CodeOf(int status, std::string_view aws_code) {
  if (IsThrottlingCode(aws_code) || status == 429) return base::Code::kThrottled;
  if (status >= 500 || std::ranges::find(kTransientCodes, aws_code) != kTransientCodes.end()) {
    return base::Code::kUnavailable;
  }
  return base::Code::kAwsRefused;
}

std::optional<std::chrono::seconds> RetryAfter(const Headers& headers) {
  const std::string_view text = FindHeader(headers, "retry-after");
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < 0 || value > 86400) return {};
  return std::chrono::seconds(value);
}

// What a model's constraints forbid is a ValidationException, but in services that have an error of their own for it.
std::string CodeIn(const Service& service, const std::string& code) {
  const auto declares = [&](std::string_view wanted) {
    return std::ranges::find(service.errors, wanted, &DeclaredError::code) != service.errors.end();
  };
  return code == "ValidationException" && !declares(code) && declares("InvalidInputException") ? "InvalidInputException" : code;
}

// An error may quote what a client sent, which may be any bytes; JSON is UTF-8.
std::string AsUtf8(std::string text) {
  if (!base::IsUtf8(text)) std::ranges::replace_if(text, [](char c) { return (c & 0x80) != 0; }, '?');
  return text;
}

}  // namespace

base::Error ParseAwsError(const HttpResponse& response) {
  const Said said = Read(response);
  const std::string code = Printable(said.code);
  const std::string message = Printable(said.message);
  base::Error error{.code = CodeOf(response.status, code), .aws_code = code};
  if (code.empty()) {
    error.message = fmt::format("aws answered with status {}", response.status);
  } else {
    error.message =
        message.empty() ? fmt::format("aws answered {}", code) : fmt::format("aws answered {}: {}", code, message);
  }
  error.retry_after = RetryAfter(response.headers);
  if (std::string id = Printable(said.request_id); !id.empty()) error.details["aws_request_id"] = {std::move(id)};
  return error;
}

bool IsThrottlingCode(std::string_view aws_code) { return std::ranges::binary_search(kThrottlingCodes, aws_code); }

bool IsDenied(const base::Error& error) { return error.aws_code == "AccessDenied" || error.aws_code == "AccessDeniedException"; }

std::string_view RequestIdOf(const Headers& headers) {
  const std::string_view id = FindHeader(headers, "x-amzn-requestid");
  return id.empty() ? FindHeader(headers, "x-amz-request-id") : id;
}

ServedError ToServed(const Service& service, const base::Error& error) {
  if (error.aws_code.empty()) {
    return {.http_status = 500,
            .code = service.protocol == Protocol::kQuery ? "InternalFailure" : "InternalServerError",
            .message = "An internal error occurred"};
  }
  const std::string code = CodeIn(service, error.aws_code);
  return {.http_status = StatusOfError(service, code), .code = code, .message = error.message};
}

std::string PrintError(const Service& service, const ServedError& error, std::string_view request_id) {
  if (service.protocol != Protocol::kQuery) {
    return fmt::format(R"({{"__type":{},"message":{}}})", base::JsonQuote(error.code), base::JsonQuote(AsUtf8(error.message)));
  }
  std::string xml = fmt::format("<ErrorResponse xmlns=\"{}\"><Error><Type>{}</Type><Code>", service.xml_namespace,
                                error.http_status >= 500 ? "Receiver" : "Sender");
  internal::AppendXmlText(xml, error.code);
  xml += "</Code><Message>";
  internal::AppendXmlText(xml, error.message);
  xml += "</Message></Error><RequestId>";
  internal::AppendXmlText(xml, request_id);
  xml += "</RequestId></ErrorResponse>";
  return xml;
}

}  // namespace crossrole::aws
