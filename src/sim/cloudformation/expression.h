// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <boost/json/value.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sim/cloudformation/template.h"

namespace crossrole::sim::cloudformation {

/// What every template may refer to.
inline constexpr std::array<std::string_view, 8> kPseudoParameters = {
    "AWS::AccountId", "AWS::Partition", "AWS::Region",          "AWS::StackName",
    "AWS::StackId",   "AWS::URLSuffix", "AWS::NotificationARNs", "AWS::NoValue"};

/// What the expressions of a template can see.
struct Scope {
  const Template* template_ = nullptr;
  Parameters parameters{};                       // complete
  std::map<std::string, std::string> pseudo{};   // AWS::AccountId …
  std::map<std::string, bool, std::less<>> conditions{};
  /// What `Ref` of a resource gives.
  std::function<std::optional<std::string>(std::string_view logical_id)> reference{};
  /// What `Fn::GetAtt` gives.
  std::function<std::optional<std::string>(std::string_view logical_id, std::string_view attribute)> attribute{};
};

/// Computes the conditions of the template into `scope`. Errors: ValidationError.
base::Status ComputeConditions(Scope& scope);

/// Checks the template's rules. Errors: ValidationError with the description of the assertion that failed.
base::Status CheckRules(const Scope& scope);

/// The value of an expression with its functions computed; members whose value is AWS::NoValue are left out.
/// Errors: ValidationError.
base::Result<boost::json::value> Compute(const Scope& scope, const boost::json::value& expression);

/// What an expression refers to.
struct Reference {
  std::string name;
  std::string attribute{};  // with Fn::GetAtt, or behind a dot in Fn::Sub; "" for the name alone
};
/// What `Ref`, `Fn::GetAtt` and `Fn::Sub` refer to in an expression.
std::vector<Reference> ReferencesIn(const boost::json::value& expression);

}  // namespace crossrole::sim::cloudformation
