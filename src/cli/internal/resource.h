// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>

#include "base/result.h"
#include "cli/api_client.h"
#include "cli/command.h"
#include "cli/output.h"

namespace crossrole::cli {

/// A kind of objects that the API has under one path, and how its commands print them.
struct Resource {
  std::string_view collection;       // "spaces": under `/v1/spaces`
  std::span<const Column> row;       // of a list
  std::span<const Column> lines;     // of one object
};

/// `<group> list`: all of them, or `--limit`.
int ListResource(const Context& context, const Arguments& arguments, const Resource& resource, Query query = {});
/// `<group> show NAME`.
int ShowResource(const Context& context, const Arguments& arguments, const Resource& resource);
/// `<group> create`: POST, and the object that was made.
int CreateResource(const Context& context, const Arguments& arguments, const Resource& resource,
                   const base::Result<boost::json::object>& body);
/// `<group> update NAME`: PATCH, with `--if-match` and `--dry-run`.
int UpdateResource(const Context& context, const Arguments& arguments, const Resource& resource,
                   const base::Result<boost::json::object>& body);
/// `<group> delete NAME`: DELETE, with `--if-match`, `--dry-run` and what else the query needs.
int DeleteResource(const Context& context, const Arguments& arguments, const Resource& resource, Query query = {});

}  // namespace crossrole::cli
