// SPDX-License-Identifier: Apache-2.0
// States of the simulated AWS as somebody may have made them. One that does not hold together is refused, and nothing changes; one
// that is taken is saved as it was, and the simulation goes on with it: time passes, and somebody asks for everything.
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "aws/cloudformation.h"
#include "aws/iam.h"
#include "aws/identitystore.h"
#include "aws/operation.h"
#include "aws/organizations.h"
#include "aws/sign.h"
#include "aws/sso.h"
#include "base/json.h"
#include "input.h"
#include "sim/cloud.h"
#include "sim_world.h"

using crossrole::fuzz::Require;
using crossrole::fuzz::SimWorld;
namespace aws = crossrole::aws;
namespace base = crossrole::base;
namespace http = crossrole::http;
namespace json = boost::json;
namespace sim = crossrole::sim;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

constexpr base::JsonLimits kLimits{.bytes = std::size_t{1} << 20, .depth = 96};

// Calls `Op` as the administrator of an account, if it has one who is there still.
template <typename Op>
void Call(SimWorld& world, const sim::AccountKeys& account, const typename Op::Input& input) {
  if (account.access_key_id.empty()) return;
  const aws::WireRequest wire = aws::EncodeRequest<Op>(input);
  aws::HttpRequest request{.scheme = "http", .host = "127.0.0.1", .path = wire.path, .body = wire.body};
  request.headers.push_back({"Content-Type", wire.content_type});
  for (const auto& [name, value] : wire.headers) request.headers.push_back({name, value});
  const aws::Credentials keys{.access_key_id = account.access_key_id, .secret_access_key = base::Secret(std::string(account.secret_access_key))};
  const aws::SigningScope scope{.region = "us-east-1", .service = std::string(Op::kFacts.service->signing_name)};
  aws::SignRequest(request, keys, scope, world.clock.Now());
  http::Request received{.method = request.method, .target = request.path, .path = request.path, .body = request.body};
  received.headers.Add("Host", aws::HostHeader(request));
  for (const aws::Header& header : request.headers) received.headers.Add(header.name, header.value);
  int status = 0;
  world.cloud.Handle(received, [&](const sim::Answer& answer) { status = answer.response.status; });
  if (status >= 500) std::fprintf(stderr, "%s: %d\n", Op::kName.data(), status);
  Require(status >= 200 && status < 500);
}

void LiveIn(SimWorld& world) {
  for (int round = 0; round < 2; ++round) {
    world.clock.Advance(std::chrono::seconds(30));
    std::size_t asked = 0;
    for (const sim::AccountKeys& account : world.cloud.Accounts()) {
      if (++asked > 4) break;
      Call<aws::iam::GetAccountAuthorizationDetails>(world, account, {});
      Call<aws::cloudformation::DescribeStacks>(world, account, {});
      Call<aws::cloudformation::ListStackSets>(world, account, {});
      Call<aws::organizations::ListAccounts>(world, account, {});
      Call<aws::organizations::ListRoots>(world, account, {});
      Call<aws::organizations::ListHandshakesForOrganization>(world, account, {});
      Call<aws::sso::ListInstances>(world, account, {});
      Call<aws::iam::GenerateCredentialReport>(world, account, {});
    }
  }
}

// All values in a document.
void Gather(json::value& value, std::vector<json::value*>& values) {
  values.push_back(&value);
  if (value.is_object()) {
    for (auto& member : value.get_object()) Gather(member.value(), values);
  } else if (value.is_array()) {
    for (json::value& each : value.get_array()) Gather(each, values);
  }
}

json::value Another(const json::value& value, std::minstd_rand& random) {
  const std::array<json::value, 9> odd = {nullptr, true, 0, -1, std::int64_t{1} << 62, 1.5, "", json::array(), json::object()};
  if (value.is_int64() && random() % 2 == 0) return value.get_int64() / 2 + static_cast<std::int64_t>(random() % 3) - 1;
  return odd.at(random() % odd.size());
}

// Changes one value: to another of the document, to something odd, or what it holds.
void Change(json::value& root, std::minstd_rand& random) {
  std::vector<json::value*> values;
  Gather(root, values);
  json::value& value = *values[random() % values.size()];
  const auto what = random() % 4;
  if (what == 0) {
    json::value copy = *values[random() % values.size()];
    value = std::move(copy);
  } else if (what == 1 && value.is_object() && !value.get_object().empty()) {
    json::object& object = value.get_object();
    object.erase(object.begin() + static_cast<std::ptrdiff_t>(random() % object.size()));
  } else if (what == 1 && value.is_array() && !value.get_array().empty()) {
    json::array& array = value.get_array();
    const json::value item = array[random() % array.size()];
    if (random() % 2 == 0) array.push_back(item);
    else array.erase(array.begin() + static_cast<std::ptrdiff_t>(random() % array.size()));
  } else {
    value = Another(value, random);
  }
}

}  // namespace

// Bytes that change at random are no JSON; so values change, and only sometimes bytes.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned int seed) {
  std::minstd_rand random(seed);
  auto root = base::ParseJson(crossrole::fuzz::TextOf(data, size), kLimits);
  if (!root || random() % 16 == 0) return LLVMFuzzerMutate(data, size, max_size);
  for (auto count = 1 + random() % 3; count > 0; --count) Change(*root, random);
  const std::string text = base::PrintJson(*root);
  if (text.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::memcpy(data, text.data(), text.size());
  return text.size();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static SimWorld world;
  static const std::string beginning = world.cloud.Save();
  const base::Status loaded = world.cloud.Load(crossrole::fuzz::TextOf(data, size));
  if (!loaded) {
    Require(loaded.error().code == base::Code::kInvalidArgument || loaded.error().code == base::Code::kTooLarge);
    return 0;
  }
  const std::string saved = world.cloud.Save();
  Require(world.cloud.Load(saved).has_value() && world.cloud.Save() == saved);
  LiveIn(world);
  Require(world.cloud.Load(world.cloud.Save()).has_value());
  Require(world.cloud.Load(beginning).has_value());
  return 0;
}
