// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "integration/artefact.h"
#include "integration/internal/blueprint.h"

namespace crossrole::integration {

/// The CloudFormation template as a tree, to be printed as YAML or JSON.
boost::json::value CloudformationTemplate(const Blueprint& plan);
/// The template `tree` as YAML or JSON, with the warnings of `plan`, and one for a template that is too long for a file, in its
/// metadata. Errors: kInvalidArgument for another format.
base::Result<Artefact> PrintTemplate(const Blueprint& plan, const ArtefactQuery& query, boost::json::value tree);
/// A Terraform root module for the AWS provider.
std::string TerraformModule(const Blueprint& plan);
/// A POSIX shell script on the AWS CLI; its last line of output is the ARN of the role.
std::string ShellScript(const Blueprint& plan);
/// The same script as one line, for terminals in a browser.
std::string ShellOneLiner(const Blueprint& plan);
/// Markdown steps for the console of AWS; `plan` has been made without a path.
std::string ConsoleSteps(const Blueprint& plan);
/// The console's link that opens "Quick create stack" with everything filled in; "" where there is no console.
std::string QuickCreateUrl(const Blueprint& plan, std::string_view template_url);

}  // namespace crossrole::integration
