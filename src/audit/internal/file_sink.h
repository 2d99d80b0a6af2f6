// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "audit/sink.h"

namespace crossrole::audit {

/// Appends lines to a file, or to a pipe.
class FileSink final : public Sink {
 public:
  explicit FileSink(std::string path) : path_(std::move(path)) {}
  ~FileSink() override { Close(); }
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;

  base::Status Deliver(std::span<const std::string> lines, base::Deadline deadline) override;
  base::Status Check(base::Deadline deadline) override;

 private:
  base::Status Open();
  base::Status Write(std::string_view text, base::Deadline deadline);
  bool WasMoved() const;
  bool EndsInsideALine() const;
  std::unexpected<base::Error> Failed(std::string_view what);
  void Close();

  const std::string path_;
  int descriptor_ = -1;
};

}  // namespace crossrole::audit
