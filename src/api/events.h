// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "http/responder.h"
#include "model/ids.h"

namespace crossrole::api {

/// Passes what happens on to the open event streams of the same tenant. In this process only: with several replicas
/// each one sees its own events until a shared bus is there.
class EventFanOut {
 public:
  /// Adds a stream of `tenant`.
  void Subscribe(const model::TenantId& tenant, std::shared_ptr<http::EventStream> stream);
  /// Sends `data` (one JSON object) as an event named `name` to all streams of `tenant`; slow ones are dropped.
  void Publish(const model::TenantId& tenant, std::string_view name, std::string_view data);
  /// Ends all streams.
  void Close();

 private:
  struct Subscriber {
    model::TenantId tenant;
    std::shared_ptr<http::EventStream> stream;
  };
  base::Guarded<std::vector<Subscriber>> subscribers_;
};

}  // namespace crossrole::api
