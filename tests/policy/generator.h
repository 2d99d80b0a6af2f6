// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace crossrole::policy_tests {

/// For whom questions are made.
enum class Audience : std::uint8_t {
  kReference,  ///< everything that documents may hold
  kSimulator,  ///< what iam-simulate takes: actions, keys and principals that it knows
};

/// Makes questions (question.h) of small vocabularies that documents and requests share, so that matches are frequent. The same
/// seed makes the same questions everywhere.
class Generator {
 public:
  Generator(std::uint64_t seed, Audience audience) : random_(seed), audience_(audience) {}

  boost::json::object Next();

 private:
  struct Scenario;
  struct Key;
  using Words = std::vector<std::string>;

  std::size_t Below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }
  bool Chance(std::size_t percent) { return Below(100) < percent; }
  const std::string& Pick(const Words& words) { return words[Below(words.size())]; }
  bool ForSimulator() const { return audience_ == Audience::kSimulator; }

  const Scenario& PickScenario();
  void AddCaller(boost::json::object& question);
  void AddContext(boost::json::object& question);
  void AddCall(boost::json::object& question);
  void AddPolicies(boost::json::object& question);
  boost::json::value Some(const Words& words, std::size_t most);
  boost::json::object Document(const std::string& layer);
  boost::json::object Statement(const std::string& layer);
  boost::json::value Principal();
  void AddElement(boost::json::object& statement, const std::string& name, const Words& words);
  boost::json::object Conditions();
  std::string Operator(const Key& key);
  static const std::vector<Scenario>& Scenarios();
  static const std::vector<Key>& Keys();

  std::mt19937_64 random_;
  Audience audience_;
  const Scenario* scenario_ = nullptr;
  bool any_caller_ = false;  // the caller has no policies of its own
};

/// The smallest part of `question` for which `fails` still holds, found by leaving members and elements out.
boost::json::object Shrink(boost::json::object question, const std::function<bool(const boost::json::object&)>& fails);

}  // namespace crossrole::policy_tests
