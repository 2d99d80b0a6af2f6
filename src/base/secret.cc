// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <openssl/crypto.h>

namespace crossrole::base {

void Wipe(std::string& text) {
  // Growing to capacity first: the tail behind size() may hold older secret bytes.
  text.resize(text.capacity());
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

Secret::Secret(std::string text) : text_(text) { Wipe(text); }

Secret::Secret(Secret&& other) noexcept : text_(other.text_) { Wipe(other.text_); }

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    Wipe(text_);
    text_ = other.text_;
    Wipe(other.text_);
  }
  return *this;
}

Secret::~Secret() { Wipe(text_); }

}  // namespace crossrole::base
