// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "aws/operation.h"

namespace crossrole::aws::internal {

/// The parameters of a request of the Query protocol.
class Form {
 public:
  /// Reads `application/x-www-form-urlencoded` text. Errors: kInvalidArgument with AWS's code and words.
  static base::Result<Form> Parse(std::string_view body);

  /// The value of `name`, or nullptr.
  const std::string* Find(std::string_view name) const;
  /// Whether a parameter is called `name` or lies below it (`name.…`).
  bool Has(const std::string& name) const;
  /// Whether everything below `prefix` is called `prefix.1…` to `prefix.COUNT…`.
  bool HasOnly(const std::string& prefix, std::size_t count) const;

 private:
  std::map<std::string, std::string, std::less<>> parameters_;
};

/// The body of a request of the Query protocol.
std::string EncodeForm(const Operation& operation, const void* input);

/// Fills `input` from the parameters and checks the model's constraints.
/// Errors: kInvalidArgument with AWS's code and words.
base::Status DecodeForm(const Operation& operation, const Form& form, void* input);

}  // namespace crossrole::aws::internal
