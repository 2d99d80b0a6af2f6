// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "aws/internal/path.h"
#include "aws/operation.h"

namespace crossrole::aws::internal {

/// What a request violates, collected while it is read, and reported at once as AWS does.
class Violations {
 public:
  explicit Violations(Protocol protocol) : protocol_(protocol) {}

  /// A required member is missing.
  void AddNull(const Path& path);
  /// The value at `place` is checked against the constraints of `shape` itself, not of what it contains.
  void Check(const Shape& shape, const void* place, const Path& path);
  /// Success, or all violations as one error in AWS's words. Errors: kInvalidArgument.
  base::Status ToStatus() const;

 private:
  void Add(const Path& path, std::string_view value, std::string_view constraint);

  Protocol protocol_;
  std::vector<std::string> found_;
};

/// Checks everything in the struct at `object`.
void CheckAll(const Shape& structure, const void* object, Path& path, Violations& violations);

/// An error in AWS's words for a request that cannot be read.
base::Error RefuseRequest(std::string_view aws_code, std::string message);

}  // namespace crossrole::aws::internal
