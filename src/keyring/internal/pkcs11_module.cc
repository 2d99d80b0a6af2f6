// SPDX-License-Identifier: Apache-2.0
#include "keyring/internal/pkcs11_module.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <cstring>
#include <vector>

#include "base/text.h"

namespace crossrole::keyring {
namespace {

using base::Code;
using base::Error;
using base::Fail;
using base::Result;
using base::Status;

// Of PKCS#11 2.40, what is used here. Names and values are the standard's.
using Ulong = unsigned long;
using Byte = unsigned char;
constexpr Ulong kOk = 0, kPinIncorrect = 0xA0, kPinLocked = 0xA4, kAlreadyLoggedIn = 0x100, kAlreadyInitialized = 0x191;
constexpr Ulong kSerialSession = 4, kWritableSession = 2, kUser = 1, kOsLocking = 2;
constexpr Ulong kAesKeyGen = 0x1080, kAesGcm = 0x1087, kSecretKey = 4, kAes = 0x1F;
constexpr Ulong kClass = 0, kToken = 1, kPrivate = 2, kLabel = 3, kKeyType = 0x100, kSensitive = 0x103, kEncrypt = 0x104, kDecrypt = 0x105,
                kValueLength = 0x161, kExtractable = 0x162;
constexpr Ulong kTagBits = 128;
constexpr std::size_t kTagBytes = kTagBits / 8;

struct Attribute {
  Ulong type;
  void* value;
  Ulong size;
};
struct Mechanism {
  Ulong mechanism;
  void* parameter;
  Ulong size;
};
struct GcmParameters {
  Byte* nonce;
  Ulong nonce_size;
  Ulong nonce_bits;
  Byte* context;
  Ulong context_size;
  Ulong tag_bits;
};
struct InitializeArguments {
  std::array<void*, 4> mutexes{};
  Ulong flags = kOsLocking;
  void* reserved = nullptr;
};
// Padded with blanks; what follows the label is not read here.
struct TokenInfo {
  std::array<char, 32> label;
  std::array<Ulong, 60> rest;
};

// The standard's list of functions: two bytes of version, then the functions in its order, of which these are the ones used.
struct FunctionList {
  Byte major, minor;
  std::array<void*, 68> functions;
};
enum class Function : std::size_t {
  kInitialize = 0, kFinalize = 1, kGetSlotList = 4, kGetTokenInfo = 6, kOpenSession = 12, kCloseSession = 13, kLogin = 18,
  kFindObjectsInit = 26, kFindObjects = 27, kFindObjectsFinal = 28, kEncryptInit = 29, kEncryptOnce = 30, kDecryptInit = 33,
  kDecryptOnce = 34, kGenerateKey = 58,
};

std::unexpected<Error> Refused(std::string_view what, Ulong code) {
  if (code == kPinIncorrect || code == kPinLocked) {
    return Fail(Error{.code = Code::kFailedPrecondition,
                      .message = code == kPinLocked ? "the PIN of the token is locked" : "the PIN of the token is wrong",
                      .reason = "keyring.pkcs11",
                      .fix = "set the right one by `keyring.pin_file`; tokens lock themselves after a few wrong ones"});
  }
  return Fail(Error{.code = Code::kUnavailable,
                    .message = fmt::format("the token refused to {}: PKCS#11 code {:#x}", what, code),
                    .reason = "keyring.pkcs11",
                    .fix = "see what the token's own tools say"});
}

std::unexpected<Error> Unusable(std::string message, std::string fix) {
  return Fail(Error{.code = Code::kFailedPrecondition, .message = std::move(message), .reason = "keyring.pkcs11", .fix = std::move(fix)});
}

Byte* Bytes(std::string& text) { return reinterpret_cast<Byte*>(text.data()); }

Mechanism GcmOf(GcmParameters& parameters, std::string& nonce, std::string& context) {
  parameters = {.nonce = Bytes(nonce),
                .nonce_size = nonce.size(),
                .nonce_bits = nonce.size() * 8,
                .context = Bytes(context),
                .context_size = context.size(),
                .tag_bits = kTagBits};
  return {.mechanism = kAesGcm, .parameter = &parameters, .size = sizeof parameters};
}

}  // namespace

struct TokenSession::Module {
  FunctionList* list = nullptr;
  Ulong session = 0;
  bool initialized = false;

  template <typename... Arguments>
  Ulong Call(Function function, Arguments... arguments) const {
    void* const address = list->functions.at(static_cast<std::size_t>(function));
    return reinterpret_cast<Ulong (*)(Arguments...)>(address)(arguments...);
  }
  Result<Ulong> FindSlot(const std::string& label) const;
};

Result<Ulong> TokenSession::Module::FindSlot(const std::string& label) const {
  Ulong count = 0;
  if (const Ulong code = Call(Function::kGetSlotList, Byte{1}, static_cast<Ulong*>(nullptr), &count); code != kOk) return Refused("list slots", code);
  std::vector<Ulong> slots(count);
  if (const Ulong code = Call(Function::kGetSlotList, Byte{1}, slots.data(), &count); code != kOk) return Refused("list slots", code);
  for (const Ulong slot : slots) {
    TokenInfo info{};
    if (Call(Function::kGetTokenInfo, slot, &info) != kOk) continue;
    if (base::Trim(std::string_view(info.label.data(), info.label.size())) == label) return slot;
  }
  return Unusable(fmt::format("the PKCS#11 module has no token `{}`", base::Shortened(label, 32)), "correct `keyring.pkcs11_token`");
}

TokenSession::TokenSession(std::unique_ptr<Module> module) : module_(std::move(module)) {}

TokenSession::~TokenSession() {
  if (module_->session != 0) module_->Call(Function::kCloseSession, module_->session);
  if (module_->initialized) module_->Call(Function::kFinalize, static_cast<void*>(nullptr));
}

Result<std::unique_ptr<TokenSession>> TokenSession::Open(const Options& options, const base::Secret& pin) {
  // It stays loaded: modules leave threads and handlers behind that must not lose their code.
  void* const library = ::dlopen(options.module.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    return Unusable(fmt::format("the PKCS#11 module `{}` cannot be loaded", options.module), "correct `keyring.pkcs11_module`");
  }
  using GetFunctionList = Ulong (*)(FunctionList**);
  const auto get = reinterpret_cast<GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
  if (get == nullptr) return Unusable(fmt::format("`{}` is not a PKCS#11 module", options.module), "correct `keyring.pkcs11_module`");
  std::unique_ptr<TokenSession> token(new TokenSession(std::make_unique<Module>()));
  Module& module = *token->module_;
  if (const Ulong code = get(&module.list); code != kOk) return Refused("say what it can do", code);
  InitializeArguments arguments;
  const Ulong begun = module.Call(Function::kInitialize, static_cast<void*>(&arguments));
  if (begun != kOk && begun != kAlreadyInitialized) return Refused("begin", begun);
  module.initialized = begun == kOk;
  TRY_ASSIGN(const Ulong slot, module.FindSlot(options.token));
  const Ulong opened = module.Call(Function::kOpenSession, slot, kSerialSession | kWritableSession, static_cast<void*>(nullptr),
                                   static_cast<void*>(nullptr), &module.session);
  if (opened != kOk) return Refused("open a session", opened);
  std::string text(pin.Reveal());
  const Ulong logged_in = module.Call(Function::kLogin, module.session, kUser, Bytes(text), static_cast<Ulong>(text.size()));
  base::Wipe(text);
  if (logged_in != kOk && logged_in != kAlreadyLoggedIn) return Refused("log in", logged_in);
  return token;
}

Result<Ulong> TokenSession::FindKey(const std::string& label) {
  std::string name = label;
  Ulong object_class = kSecretKey;
  Ulong key_type = kAes;
  std::array<Attribute, 3> wanted = {{{kClass, &object_class, sizeof object_class},
                                      {kKeyType, &key_type, sizeof key_type},
                                      {kLabel, name.data(), name.size()}}};
  if (const Ulong code = module_->Call(Function::kFindObjectsInit, module_->session, wanted.data(), Ulong{wanted.size()}); code != kOk) {
    return Refused("look for the key", code);
  }
  std::array<Ulong, 2> found{};
  Ulong count = 0;
  const Ulong code = module_->Call(Function::kFindObjects, module_->session, found.data(), Ulong{found.size()}, &count);
  module_->Call(Function::kFindObjectsFinal, module_->session);
  if (code != kOk) return Refused("look for the key", code);
  if (count > 1) return Unusable(fmt::format("the token has several keys `{}`", label), "give the one to use a label of its own");
  return count == 0 ? Ulong{0} : found[0];
}

Result<Ulong> TokenSession::MakeKey(const std::string& label) {
  std::string name = label;
  Byte yes = 1;
  Byte no = 0;
  Ulong length = 32;
  std::array<Attribute, 8> wanted = {{{kToken, &yes, 1},
                                      {kPrivate, &yes, 1},
                                      {kSensitive, &yes, 1},
                                      {kExtractable, &no, 1},
                                      {kEncrypt, &yes, 1},
                                      {kDecrypt, &yes, 1},
                                      {kValueLength, &length, sizeof length},
                                      {kLabel, name.data(), name.size()}}};
  Mechanism mechanism{.mechanism = kAesKeyGen, .parameter = nullptr, .size = 0};
  Ulong key = 0;
  const Ulong code = module_->Call(Function::kGenerateKey, module_->session, &mechanism, wanted.data(), Ulong{wanted.size()}, &key);
  if (code != kOk) return Refused("make a key", code);
  return key;
}

Result<std::string> TokenSession::Encrypt(Ulong key, std::string_view nonce, std::string_view context, std::string_view text) {
  std::string nonce_bytes(nonce);
  std::string context_bytes(context);
  GcmParameters parameters{};
  Mechanism mechanism = GcmOf(parameters, nonce_bytes, context_bytes);
  if (const Ulong code = module_->Call(Function::kEncryptInit, module_->session, &mechanism, key); code != kOk) return Refused("encrypt", code);
  std::string plain(text);
  std::string sealed(text.size() + kTagBytes, '\0');
  Ulong size = sealed.size();
  const Ulong code = module_->Call(Function::kEncryptOnce, module_->session, Bytes(plain), static_cast<Ulong>(plain.size()), Bytes(sealed), &size);
  base::Wipe(plain);
  if (code != kOk) return Refused("encrypt", code);
  sealed.resize(size);
  return sealed;
}

Result<base::Secret> TokenSession::Decrypt(Ulong key, std::string_view nonce, std::string_view context, std::string_view sealed) {
  std::string nonce_bytes(nonce);
  std::string context_bytes(context);
  GcmParameters parameters{};
  Mechanism mechanism = GcmOf(parameters, nonce_bytes, context_bytes);
  if (const Ulong code = module_->Call(Function::kDecryptInit, module_->session, &mechanism, key); code != kOk) return Refused("decrypt", code);
  std::string body(sealed);
  std::string plain(sealed.size() + kTagBytes, '\0');
  Ulong size = plain.size();
  const Ulong code = module_->Call(Function::kDecryptOnce, module_->session, Bytes(body), static_cast<Ulong>(body.size()), Bytes(plain), &size);
  if (code != kOk) {
    base::Wipe(plain);
    return Fail(Error{.code = Code::kFailedPrecondition,
                      .message = fmt::format("the token's key does not open the master key: PKCS#11 code {:#x}", code),
                      .reason = "keyring.wrong_key",
                      .fix = "use the token, and the key in it, that the master key was sealed with"});
  }
  plain.resize(size);
  return base::Secret(std::move(plain));
}

}  // namespace crossrole::keyring
