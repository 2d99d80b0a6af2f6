// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "integration/credentials_file.h"
#include "integration/internal/keys/key_file.h"

namespace crossrole::integration {
namespace {

using Row = std::vector<std::string_view>;

constexpr std::size_t kMostColumns = 64;

// The separator that the first line has most of, outside quotes.
char SeparatorOf(std::string_view text) {
  constexpr std::array<char, 3> kSeparators = {',', ';', '\t'};
  std::array<std::size_t, 3> counts{};
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '\n' || c == '\r')) break;
    for (std::size_t i = 0; i < kSeparators.size(); ++i) counts[i] += !quoted && c == kSeparators[i] ? 1U : 0U;
  }
  const auto most = std::ranges::max_element(counts);
  return kSeparators[static_cast<std::size_t>(most - counts.begin())];
}

// RFC 4180 over changeable text: a doubled quote becomes one where it stands, which only ever shortens.
class RowReader {
 public:
  RowReader(std::string& text, char separator) : text_(text), separator_(separator) {}

  bool AtEnd() const { return at_ >= text_.size(); }
  base::Result<Row> Next();

 private:
  base::Result<std::string_view> Cell();
  base::Result<std::string_view> QuotedCell();
  bool AtLineEnd() const { return text_[at_] == '\n' || text_[at_] == '\r'; }

  std::string& text_;
  char separator_;
  std::size_t at_ = 0;
};

base::Result<std::string_view> RowReader::QuotedCell() {
  const std::size_t begin = ++at_;
  std::size_t end = begin;
  while (true) {
    if (AtEnd()) return Unreadable("a quote in the file is not closed");
    if (text_[at_] == '"') {
      if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
      ++at_;
    }
    text_[end++] = text_[at_++];
  }
  ++at_;
  while (!AtEnd() && !AtLineEnd() && text_[at_] == ' ') ++at_;
  if (!AtEnd() && !AtLineEnd() && text_[at_] != separator_) return Unreadable("there is text behind a closing quote");
  return std::string_view(text_).substr(begin, end - begin);
}

base::Result<std::string_view> RowReader::Cell() {
  while (!AtEnd() && text_[at_] == ' ') ++at_;
  if (!AtEnd() && text_[at_] == '"') return QuotedCell();
  const std::size_t begin = at_;
  while (!AtEnd() && !AtLineEnd() && text_[at_] != separator_) ++at_;
  return base::Trim(std::string_view(text_).substr(begin, at_ - begin));
}

base::Result<Row> RowReader::Next() {
  Row row;
  while (true) {
    TRY_ASSIGN(const std::string_view cell, Cell());
    row.push_back(cell);
    if (row.size() > kMostColumns) return Unreadable("a line of the file has more than 64 columns");
    if (AtEnd() || AtLineEnd()) break;
    ++at_;
  }
  if (!AtEnd() && text_[at_] == '\r') ++at_;
  if (!AtEnd() && text_[at_] == '\n') ++at_;
  return row;
}

bool IsKeyIdShaped(std::string_view cell) {
  const auto allowed = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return cell.size() >= 12 && cell.size() <= 128 && (cell.starts_with("AKIA") || cell.starts_with("ASIA")) &&
         std::ranges::all_of(cell, allowed);
}

bool IsSecretShaped(std::string_view cell) {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '+';
  };
  return cell.size() == 40 && std::ranges::all_of(cell, allowed);
}

// A row with a key in it is none, whatever its user is called.
bool IsHeader(const Row& row) {
  return std::ranges::none_of(row, IsKeyIdShaped) &&
         std::ranges::any_of(row, [](std::string_view cell) { return ReadKeyPart(cell) != KeyPart::kNone; });
}

FoundKey ByHeader(const Row& header, const Row& row) {
  FoundKey key;
  for (std::size_t i = 0; i < std::min(header.size(), row.size()); ++i) {
    switch (ReadKeyPart(header[i])) {
      case KeyPart::kAccessKeyId:
        key.access_key_id = row[i];
        break;
      case KeyPart::kSecret:
        key.secret = row[i];
        break;
      case KeyPart::kSessionToken:
        key.session_token = row[i];
        break;
      case KeyPart::kUser:
        key.user = row[i];
        break;
      case KeyPart::kPassword:
      case KeyPart::kNone:
        break;
    }
  }
  return key;
}

FoundKey ByShape(const Row& row) {
  FoundKey key;
  for (const std::string_view cell : row) {
    if (key.access_key_id.empty() && IsKeyIdShaped(cell)) {
      key.access_key_id = cell;
    } else if (key.secret.empty() && IsSecretShaped(cell)) {
      key.secret = cell;
    } else if (key.session_token.empty() && cell.size() > 100) {
      key.session_token = cell;
    } else if (key.user.empty() && key.access_key_id.empty()) {
      key.user = cell;
    }
  }
  return key;
}

base::Status CheckWhole(const FoundKey& key, std::size_t line) {
  if (key.access_key_id.empty() != key.secret.empty()) {
    return Unreadable(fmt::format("line {} has {} but no {}", line,
                                  key.secret.empty() ? "an access key ID" : "a secret access key",
                                  key.secret.empty() ? "secret access key" : "access key ID"));
  }
  return {};
}

}  // namespace

base::Result<FoundKeys> ReadKeyTable(std::string& text) {
  FoundKeys found;
  RowReader reader(text, SeparatorOf(base::Trim(text)));
  Row header;
  std::size_t rows = 0;
  for (std::size_t line = 1; !reader.AtEnd(); ++line) {
    TRY_ASSIGN(const Row row, reader.Next());
    if (std::ranges::all_of(row, [](std::string_view cell) { return cell.empty(); })) continue;
    if (++rows > kCredentialsFileRows + 1) {
      return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                    .message = fmt::format("the file has more than {} rows", kCredentialsFileRows),
                                    .reason = "csv.too_large",
                                    .fix = "give the row of one user with its header"});
    }
    if (rows == 1 && IsHeader(row)) {
      header = row;
      found.has_passwords = std::ranges::find(header, KeyPart::kPassword, ReadKeyPart) != header.end();
      continue;
    }
    const FoundKey key = header.empty() ? ByShape(row) : ByHeader(header, row);
    // A row of words in a file without header is no key with a half missing.
    if (header.empty() && (key.access_key_id.empty() || key.secret.empty())) continue;
    TRY(CheckWhole(key, line));
    if (!key.access_key_id.empty()) found.keys.push_back(key);
  }
  return found;
}

}  // namespace crossrole::integration
