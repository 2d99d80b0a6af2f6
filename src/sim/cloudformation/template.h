// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace crossrole::sim::cloudformation {

/// Values of parameters by name.
using Parameters = std::map<std::string, std::string>;

/// A parameter as a template declares it.
struct ParameterDeclaration {
  std::string name;
  std::string type = "String";
  std::optional<std::string> default_value{};
  std::string description{};
  std::string constraint_description{};
  std::string allowed_pattern{};
  std::vector<std::string> allowed_values{};
  std::optional<double> min_length{}, max_length{}, min_value{}, max_value{};
  bool no_echo = false;
};

/// A resource as a template declares it.
struct ResourceDeclaration {
  std::string logical_id;
  std::string type;
  std::string condition{};
  std::string deletion_policy = "Delete";
  std::string replace_policy = "Delete";
  std::vector<std::string> depends_on{};  // what it names, explicitly or in its properties
  boost::json::value properties{};
};

/// A template that has been read: its shape is known to be right.
struct Template {
  std::string body;
  boost::json::object root{};
  std::vector<ParameterDeclaration> parameters{};
  std::vector<ResourceDeclaration> resources{};  // such that what one depends on stands before it

  /// A section such as "Outputs"; empty when the template has none.
  const boost::json::object& Section(std::string_view name) const;
  /// "Description", or "".
  std::string Description() const;
  /// Capabilities that the caller has to acknowledge: CAPABILITY_IAM or CAPABILITY_NAMED_IAM, or none.
  std::vector<std::string> Capabilities() const;
  /// Why, in CloudFormation's words; "" without any.
  std::string CapabilitiesReason() const;
  /// The types of its resources, each once.
  std::vector<std::string> ResourceTypes() const;
  /// The declaration of a resource, or nullptr.
  const ResourceDeclaration* FindResource(std::string_view logical_id) const;
};

/// Reads a template, JSON or YAML. Errors: ValidationError in CloudFormation's words.
base::Result<Template> ReadTemplate(std::string body);

/// Completes given values by defaults and checks all against the declarations. Errors: ValidationError.
base::Result<Parameters> ResolveParameters(const Template& template_, const Parameters& given);

/// The text of a scalar as CloudFormation sees it; nothing for lists and objects.
std::optional<std::string> TextOfScalar(const boost::json::value& value);

}  // namespace crossrole::sim::cloudformation
