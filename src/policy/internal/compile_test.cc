// SPDX-License-Identifier: Apache-2.0
#include "policy/compile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "fakes/policy_documents.h"
#include "policy/evaluate.h"
#include "policy/internal/prepared.h"
#include "policy/print.h"

namespace {

// What this thread has asked the heap for.
thread_local std::size_t allocations = 0;

}  // namespace

// ThreadSanitizer brings an allocator of its own that cannot be replaced: allocations are counted in all other builds.
#if !__has_feature(thread_sanitizer)
#define COUNTS_ALLOCATIONS

namespace {

void* Allocate(std::size_t size) {
  ++allocations;
  // NOLINTNEXTLINE(cppcoreguidelines-no-malloc): this is the allocator.
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

// Counted in this test program only.
void* operator new(std::size_t size) { return Allocate(size); }
void* operator new[](std::size_t size) { return Allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
#endif  // COUNTS_ALLOCATIONS

namespace crossrole::policy {
namespace {

constexpr const char* kRole = "arn:aws:iam::444455556666:role/crossrole/Crossrole-8R5T6W9XYA";

const std::string kTrust = R"({"Version":"2012-10-17","Statement":[{"Sid":"Assume","Effect":"Allow",
  "Principal":{"AWS":"arn:aws:iam::111122223333:role/platform/Server"},"Action":"sts:AssumeRole",
  "Condition":{"StringEquals":{"sts:ExternalId":"t_01JD3E9ZK4M7Q2V8R5T6W9XYAC:abcdefghijklmnopqrstuvwxyz"}}}]})";
const std::string kFull = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";
const std::string kGuard = R"({"Version":"2012-10-17","Statement":[
  {"Effect":"Deny","Action":["organizations:LeaveOrganization","iam:CreateUser"],"Resource":"*"},
  {"Effect":"Deny","NotAction":["iam:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["us-east-1"]},
   "NotIpAddress":{"aws:SourceIp":["192.0.2.0/24","2001:db8::/32"]},"DateGreaterThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"},
   "ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/platform/*"},"NumericLessThan":{"aws:EpochTime":"5"},
   "ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-1/*"},"Bool":{"aws:SecureTransport":"false"}}}]})";
const std::string kOwn = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",
  "Resource":"arn:aws:iam::*:role/crossrole/${aws:PrincipalTag/product}-*"}]})";

Request AssumeRole() {
  Request request{.principal = {.kind = CallerKind::kRole,
                                .account = "111122223333",
                                .arn = "arn:aws:iam::111122223333:role/platform/Server",
                                .session_arn = "arn:aws:sts::111122223333:assumed-role/Server/i-1",
                                .unique_id = "AROAEXAMPLEEXAMPLE123"},
                  .action = "sts:AssumeRole",
                  .resource = kRole,
                  .context = {{"aws:RequestedRegion", "us-east-1"},
                              {"aws:SourceIp", "2001:db8:0000:0000:0000:0000:0000:0001"},
                              {"aws:CurrentTime", "2026-01-02T03:04:05Z"},
                              {"aws:EpochTime", "1767323045"},
                              {"aws:SecureTransport", "true"},
                              {"aws:PrincipalTag/product", "Crossrole"},
                              {"sts:ExternalId", "t_01JD3E9ZK4M7Q2V8R5T6W9XYAC:abcdefghijklmnopqrstuvwxyz"}}};
  AddPrincipalKeys(request.context, request.principal);
  return request;
}

Compiled Compile(const std::string& text, DocumentKind kind = DocumentKind::kIdentity) { return Compiled(MustParse(text, kind)); }

TEST(CompileTest, ADecisionAllocatesNothing) {
  const Compiled trust = Compile(kTrust, DocumentKind::kTrust);
  const Compiled full = Compile(kFull);
  const Compiled guard = Compile(kGuard);
  const Compiled own = Compile(kOwn);
  PolicySets sets{.identity = {{.name = "own", .compiled = &own}}, .resource = {{.name = "trust", .compiled = &trust}}};
  sets.boundary = PolicyRef{.name = "boundary", .compiled = &full};
  sets.session = {{.name = "session", .compiled = &full}};
  for (const char* level : {"root", "unit", "account"}) {
    sets.scp.push_back({.name = level, .policies = {{.name = "full", .compiled = &full}, {.name = "guard", .compiled = &guard}}});
  }
  const Request request = AssumeRole();
  const std::size_t before = allocations;
  const Answer answer = Evaluate(request, sets, {.detail = Detail::kAnswerOnly}).answer;
  EXPECT_EQ(allocations - before, 0U);
  EXPECT_EQ(answer, Answer::kAllowed);
}

#ifdef COUNTS_ALLOCATIONS
TEST(CompileTest, AllocationsAreCounted) {
  const std::size_t before = allocations;
  const std::string text(1000, 'x');
  EXPECT_EQ(allocations - before, 1U) << text.size();
}
#endif

TEST(CompileTest, NoAllocationEitherWhenDocumentsWereNotCompiled) {
  const Document trust = MustParse(kTrust, DocumentKind::kTrust);
  const Document guard = Identity(kGuard);
  const Document full = Identity(kFull);
  const PolicySets sets{.identity = {{"own", &full}}, .resource = {{"trust", &trust}}, .scp = {{"root", {{"full", &full}, {"guard", &guard}}}}};
  const Request request = AssumeRole();
  const std::size_t before = allocations;
  const Answer answer = Evaluate(request, sets, {.detail = Detail::kAnswerOnly}).answer;
  EXPECT_EQ(allocations - before, 0U);
  EXPECT_EQ(answer, Answer::kAllowed);
}

TEST(CompileTest, MeaningsAreKeptOnceHoweverTheyAreWritten) {
  Interner interner;
  const auto a = interner.Intern(
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","iam:GetRole"],"Resource":"*"}]})", DocumentKind::kIdentity);
  const auto b = interner.Intern(
      R"({"Statement":{"Resource":["*"],"Action":["IAM:getrole","s3:get*"],"Effect":"Allow"},"Version":"2012-10-17"})", DocumentKind::kIdentity);
  ASSERT_TRUE(a.has_value());
  ASSERT_TRUE(b.has_value());
  EXPECT_EQ((*a)->address(), (*b)->address());
  EXPECT_EQ((*a)->address().size(), 64U);
  EXPECT_EQ(&(*a)->core(), &(*b)->core());
  EXPECT_EQ(interner.size().texts, 2U);
  EXPECT_EQ(interner.size().meanings, 1U);
}

TEST(CompileTest, AnotherVersionIsAnotherMeaning) {
  EXPECT_NE(Compile(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})").address(),
            Compile(R"({"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})").address());
}

TEST(CompileTest, TheSameTextIsCompiledOnceForEachKind) {
  Interner interner;
  const auto first = interner.Intern(kFull, DocumentKind::kIdentity);
  const auto second = interner.Intern(kFull, DocumentKind::kIdentity);
  const auto session = interner.Intern(kFull, DocumentKind::kSession);
  ASSERT_TRUE(first.has_value() && second.has_value() && session.has_value());
  EXPECT_EQ(first->get(), second->get());
  EXPECT_NE(first->get(), session->get());
  EXPECT_EQ(&(*first)->core(), &(*session)->core());
  EXPECT_FALSE(interner.Intern(kFull, DocumentKind::kTrust).has_value());
}

TEST(CompileTest, WhatNobodyHoldsIsForgotten) {
  Interner interner;
  for (int i = 0; i < 300; ++i) {
    const auto policy = interner.Intern(
        R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b)" + std::to_string(i) + R"("}})",
        DocumentKind::kIdentity);
    ASSERT_TRUE(policy.has_value());
  }
  EXPECT_EQ(interner.size().texts, 0U);
  EXPECT_EQ(interner.size().meanings, 0U);
  EXPECT_LE(interner.entries(), 128U);
}

TEST(CompileTest, TheLastTextsMayBeKept) {
  Interner interner(2);
  const auto address = [&](const char* action) {
    const auto policy = interner.Intern(std::string(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Resource":"*","Action":")") + action + R"("}})",
                                        DocumentKind::kSession);
    return policy.has_value() ? policy->get() : nullptr;
  };
  const Compiled* first = address("s3:GetObject");
  EXPECT_EQ(address("s3:GetObject"), first);
  EXPECT_EQ(interner.size().texts, 1U);
  address("s3:PutObject");
  address("s3:ListBucket");
  EXPECT_EQ(interner.size().texts, 2U);
  EXPECT_EQ(address("not an action"), nullptr);
  EXPECT_EQ(interner.size().texts, 2U);
}

TEST(CompileTest, ExplanationsNameStatementsAsWritten) {
  const Document written = Identity(R"({"Version":"2012-10-17","Statement":[
    {"Sid":"Z","Effect":"Allow","Action":"s3:*","Resource":"*"},
    {"Effect":"Allow","Action":"s3:GetObject","Resource":"*"},
    {"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"},
    {"Effect":"Allow","Action":["s3:getobject"],"Resource":["*"]}]})");
  const Compiled compiled(written);
  EXPECT_EQ(compiled.document().statements.size(), 3U);
  Request request = AssumeRole();
  request.action = "s3:GetObject";
  request.resource = "arn:aws:s3:::b/x";
  request.resource_account = "111122223333";
  const Decision a = Evaluate(request, {.identity = {{.name = "p", .document = &written}}});
  const Decision b = Evaluate(request, {.identity = {{.name = "p", .compiled = &compiled}}});
  ASSERT_EQ(a.statements.size(), 4U);
  EXPECT_EQ(a.statements, b.statements);
  EXPECT_EQ(a.layers, b.layers);
}

TEST(CompileTest, StatementsAreFoundByService) {
  const Compiled compiled = Compile(R"({"Version":"2012-10-17","Statement":[
    {"Sid":"A","Effect":"Allow","Action":"s3:*","Resource":"*"},
    {"Sid":"B","Effect":"Allow","Action":["IAM:Get*","sqs:*"],"Resource":"*"},
    {"Sid":"C","Effect":"Allow","NotAction":"iam:*","Resource":"*"},
    {"Sid":"D","Effect":"Allow","Action":"*:Get*","Resource":"*"},
    {"Sid":"E","Effect":"Allow","Action":"*","Resource":"*"}]})");
  const auto sids = [&](std::string_view service) {
    std::string text;
    for (const std::uint32_t i : compiled.core().Candidates(service)) text += compiled.document().statements[i].sid;
    std::ranges::sort(text);
    return text;
  };
  EXPECT_EQ(sids("S3"), "ACDE");
  EXPECT_EQ(sids("iam"), "BCDE");
  EXPECT_EQ(sids("sqs"), "BCDE");
  EXPECT_EQ(sids("kms"), "CDE");
  EXPECT_EQ(sids(""), "CDE");
}

}  // namespace
}  // namespace crossrole::policy
