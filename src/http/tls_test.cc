// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "fakes/raw_client.h"
#include "http/client.h"
#include "http/server.h"

namespace crossrole::http {
namespace {

using namespace std::chrono_literals;
using base::Code;
using base::Deadline;

Deadline Soon() { return Deadline::After(20s); }

// Writes a self-signed certificate for 127.0.0.1 and its key.
void MakeCertificate(const std::string& certificate_file, const std::string& key_file, long serial) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  X509* const raw = certificate.get();
  X509_set_version(raw, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(raw), serial);
  X509_gmtime_adj(X509_getm_notBefore(raw), -60);
  X509_gmtime_adj(X509_getm_notAfter(raw), 3600);
  X509_set_pubkey(raw, key.get());
  X509_NAME* const name = X509_get_subject_name(raw);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("crossrole test"), -1, -1, 0);
  X509_set_issuer_name(raw, name);
  X509_EXTENSION* const names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
  X509_add_ext(raw, names, -1);
  X509_EXTENSION_free(names);
  ASSERT_GT(X509_sign(raw, key.get(), EVP_sha256()), 0);
  std::FILE* file = std::fopen(certificate_file.c_str(), "w");
  PEM_write_X509(file, raw);
  std::fclose(file);
  file = std::fopen(key_file.c_str(), "w");
  PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
}

class TlsTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / fmt::format("crossrole_tls_{}", ::getpid());
    std::filesystem::create_directories(folder_);
    MakeCertificate(File("a.pem"), File("a.key"), 1);
    MakeCertificate(File("b.pem"), File("b.key"), 2);
    Use("a");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string File(const std::string& name) const { return (folder_ / name).string(); }
  void Use(const std::string& which) const {
    constexpr auto kReplace = std::filesystem::copy_options::overwrite_existing;
    std::filesystem::copy_file(File(which + ".pem"), File("server.pem"), kReplace);
    std::filesystem::copy_file(File(which + ".key"), File("server.key"), kReplace);
  }
  ServerOptions Options() const {
    ServerOptions options;
    options.tls = TlsFiles{.certificate_file = File("server.pem"), .key_file = File("server.key")};
    options.limits.tick = 5ms;
    options.limits.linger_time = 5s;
    return options;
  }
  std::unique_ptr<Server> StartServer(ServerOptions options) const {
    return Server::Start(std::move(options), [](Request request, const Responder& responder) {
             responder.Send({.headers = {{"Secure", request.secure ? "yes" : "no"}}, .body = std::move(request.body)});
           }).value();
  }
  base::Result<Response> Ask(const Server& server, const std::string& ca, std::string body = "hi") const {
    const auto client = Client::Create({.base_url = server.url(), .ca_file = ca.empty() ? "" : File(ca)}).value();
    return client->Send({.method = "POST", .body = std::move(body)}, Soon());
  }

  std::filesystem::path folder_;
};

TEST_F(TlsTest, ServesWhoTrustsItsCertificate) {
  const auto server = StartServer(Options());
  EXPECT_TRUE(server->url().starts_with("https://127.0.0.1:"));
  const auto answer = Ask(*server, "a.pem");
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->body, "hi");
  EXPECT_EQ(answer->headers.Find("Secure"), "yes");
  std::string large(1'000'000, 'x');
  large += "end";
  EXPECT_EQ(Ask(*server, "a.pem", large)->body, large);
}

TEST_F(TlsTest, ClientsRefuseACertificateThatNobodyVouchesFor) {
  const auto server = StartServer(Options());
  for (const char* ca : {"b.pem", ""}) {
    const auto answer = Ask(*server, ca);
    ASSERT_FALSE(answer.has_value()) << ca;
    EXPECT_EQ(answer.error().code, Code::kUnavailable);
    EXPECT_NE(answer.error().message.find("is not trusted"), std::string::npos) << answer.error().message;
  }
}

TEST_F(TlsTest, ClientsRefuseTheCertificateOfAnotherHost) {
  const auto server = StartServer(Options());
  const auto client = Client::Create({.base_url = fmt::format("https://localhost:{}", server->port()), .ca_file = File("a.pem")}).value();
  const auto answer = client->Send({}, Soon());
  ASSERT_FALSE(answer.has_value());
  EXPECT_NE(answer.error().message.find("is not trusted"), std::string::npos) << answer.error().message;
}

TEST_F(TlsTest, AReloadedCertificateIsForNewConnections) {
  const auto server = StartServer(Options());
  const auto kept = Client::Create({.base_url = server->url(), .ca_file = File("a.pem")}).value();
  ASSERT_TRUE(kept->Send({}, Soon()).has_value());
  Use("b");
  ASSERT_TRUE(server->ReloadCertificates().has_value());
  EXPECT_TRUE(kept->Send({}, Soon()).has_value());
  EXPECT_EQ(server->Stats().accepted, 1U);
  EXPECT_FALSE(Ask(*server, "a.pem").has_value());
  EXPECT_TRUE(Ask(*server, "b.pem").has_value());
}

TEST_F(TlsTest, AReloadThatFailsKeepsTheOldCertificate) {
  const auto server = StartServer(Options());
  std::ofstream(File("server.pem")) << "not a certificate";
  const auto reloaded = server->ReloadCertificates();
  ASSERT_FALSE(reloaded.has_value());
  EXPECT_EQ(reloaded.error().field, "certificate_file");
  EXPECT_TRUE(Ask(*server, "a.pem").has_value());
}

TEST_F(TlsTest, AKeyOfAnotherCertificateIsRefusedAtTheStart) {
  ServerOptions options = Options();
  options.tls->key_file = File("b.key");
  const auto server = Server::Start(options, [](const Request&, const Responder&) {});
  ASSERT_FALSE(server.has_value());
  EXPECT_EQ(server.error().code, Code::kInvalidArgument);
  EXPECT_EQ(server.error().field, "key_file");
}

TEST_F(TlsTest, AClientThatDoesNotFinishItsHandshakeIsCutOff) {
  ServerOptions options = Options();
  options.limits.tls_handshake_time = 1s;  // enough for a client that does finish it on a machine that is busy
  const auto server = StartServer(options);
  fakes::RawClient silent(server->port());
  EXPECT_TRUE(silent.ReadToEnd());
  fakes::RawClient plain(server->port());
  ASSERT_TRUE(plain.Send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_TRUE(plain.ReadToEnd());
  EXPECT_TRUE(Ask(*server, "a.pem").has_value());
}

TEST_F(TlsTest, DrainingEndsIdleTlsConnections) {
  const auto server = StartServer(Options());
  const auto client = Client::Create({.base_url = server->url(), .ca_file = File("a.pem")}).value();
  ASSERT_TRUE(client->Send({}, Soon()).has_value());
  EXPECT_TRUE(server->Drain(Soon()));
}

TEST_F(TlsTest, StreamsPassThroughTls) {
  std::promise<std::shared_ptr<EventStream>> started;
  const auto server = Server::Start(Options(), [&](const Request&, const Responder& responder) {
                        auto stream = responder.StartStream(EventStreamHead());
                        EXPECT_TRUE(stream->Write("data: 1\n\n"));
                        started.set_value(std::move(stream));
                      }).value();
  const auto client = Client::Create({.base_url = server->url(), .ca_file = File("a.pem")}).value();
  std::vector<std::string> lines;
  const auto answer = client->Stream({}, Soon(), [&](std::string_view line) {
    lines.emplace_back(line);
    return false;
  });
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(lines, std::vector<std::string>{"data: 1"});
  const auto stream = started.get_future().get();
  while (!stream->Closed()) std::this_thread::sleep_for(1ms);
}

}  // namespace
}  // namespace crossrole::http
