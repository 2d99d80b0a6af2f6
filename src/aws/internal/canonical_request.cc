// SPDX-License-Identifier: Apache-2.0
#include "aws/internal/canonical_request.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/secret.h"
#include "base/text.h"

namespace crossrole::aws::internal {
namespace {

// Dot segments are removed and repeated slashes folded, as every service but s3 does before it checks.
std::string NormalisedPath(std::string_view path) {
  std::vector<std::string_view> kept;
  for (const std::string_view segment : base::Split(path, '/')) {
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      kept.push_back(segment);
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  std::string normal;
  for (const std::string_view segment : kept) {
    normal += '/';
    normal += segment;
  }
  if (normal.empty() || path.ends_with('/')) normal += '/';
  return normal;
}

bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Blanks at both ends are dropped and runs of them become one space.
void AppendFolded(std::string_view value, std::string& out) {
  bool started = false;
  bool blank = false;
  for (const char c : value) {
    if (IsBlank(c)) {
      blank = true;
      continue;
    }
    if (started && blank) out += ' ';
    out += c;
    started = true;
    blank = false;
  }
}

}  // namespace

std::string CanonicalQuery(std::string_view query, std::string_view skipped_parameter) {
  if (query.empty()) return {};
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const std::string_view pair : base::Split(query, '&')) {
    const std::size_t equals = pair.find('=');
    const std::string name = base::PercentDecode(pair.substr(0, equals));
    if (!skipped_parameter.empty() && name == skipped_parameter) continue;
    const std::string_view value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    parameters.emplace_back(base::PercentEncode(name), base::PercentEncode(base::PercentDecode(value)));
  }
  std::ranges::sort(parameters);
  std::string canonical;
  for (const auto& [name, value] : parameters) {
    if (!canonical.empty()) canonical += '&';
    canonical += name;
    canonical += '=';
    canonical += value;
  }
  return canonical;
}

CanonicalRequest Canonicalise(const CanonicalParts& parts) {
  // Values of a repeated name stay in their order, so the position takes part in the sort.
  struct Signed {
    std::string name;
    std::size_t position;
    std::string_view value;
    auto operator<=>(const Signed&) const = default;
  };
  std::vector<Signed> headers;
  headers.reserve(parts.headers.size());
  for (const HeaderView& header : parts.headers) headers.push_back({base::Lower(header.name), headers.size(), header.value});
  std::ranges::sort(headers);

  CanonicalRequest canonical;
  std::string& text = canonical.text;
  text.reserve(512);
  text += parts.method;
  text += '\n';
  if (parts.service == "s3") {
    text += parts.path.empty() ? std::string_view("/") : parts.path;
  } else {
    text += base::PercentEncode(NormalisedPath(parts.path), base::Slash::kKeep);
  }
  text += '\n';
  text += CanonicalQuery(parts.query, parts.skipped_parameter);
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const bool repeated = i > 0 && headers[i].name == headers[i - 1].name;
    text += repeated ? "," : "\n" + headers[i].name + ":";
    AppendFolded(headers[i].value, text);
    if (!repeated) canonical.signed_headers += (i == 0 ? "" : ";") + headers[i].name;
  }
  text += "\n\n";
  text += canonical.signed_headers;
  text += '\n';
  text += parts.payload_hash;
  return canonical;
}

std::string StringToSign(std::string_view amz_date, std::string_view scope, std::string_view canonical_request) {
  return fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", amz_date, scope,
                     base::HexEncode(base::AsText(base::Sha256(canonical_request))));
}

std::string ScopeText(std::string_view date, std::string_view region, std::string_view service) {
  return fmt::format("{}/{}/{}/aws4_request", date, region, service);
}

base::Digest SigningKey(std::string_view secret, std::string_view date, std::string_view region, std::string_view service) {
  std::string start = "AWS4";
  start += secret;
  const base::Digest of_date = base::HmacSha256(start, date);
  base::Wipe(start);
  const base::Digest of_region = base::HmacSha256(base::AsText(of_date), region);
  const base::Digest of_service = base::HmacSha256(base::AsText(of_region), service);
  return base::HmacSha256(base::AsText(of_service), "aws4_request");
}

}  // namespace crossrole::aws::internal
