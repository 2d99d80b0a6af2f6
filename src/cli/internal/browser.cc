// SPDX-License-Identifier: Apache-2.0
#include "cli/internal/browser.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>

#include "cli/internal/child.h"

namespace crossrole::cli {
namespace {

using base::Code;

// A browser that runs already reads the page after `xdg-open` has ended.
constexpr ::timespec kReading{.tv_sec = 5, .tv_nsec = 0};

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&#39;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

std::string PageTo(const base::Secret& url) {
  std::string target = EscapeHtml(url.Reveal());
  std::string page = "<!doctype html><meta charset=\"utf-8\"><meta name=\"referrer\" content=\"no-referrer\">"
                     "<meta http-equiv=\"refresh\" content=\"0;url=" + target + "\"><title>AWS console</title>\n";
  base::Wipe(target);
  return page;
}

// A folder that only this user enters, with one file; both go when it dies.
class Page {
 public:
  explicit Page(const base::Environment& environment) {
    std::string_view place = base::Get(environment, "XDG_RUNTIME_DIR");
    if (place.empty()) place = base::Get(environment, "TMPDIR");
    std::string pattern = std::string(place.empty() ? "/tmp" : place) + "/crossrole-XXXXXX";
    if (::mkdtemp(pattern.data()) != nullptr) folder_ = pattern;
  }
  ~Page() {
    if (folder_.empty()) return;
    std::error_code none;
    std::filesystem::remove_all(folder_, none);
  }
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  std::string path() const { return folder_ + "/console.html"; }
  bool Write(std::string text) const {
    if (folder_.empty()) return false;
    const int fd = ::open(path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (fd < 0) return false;
    const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    base::Wipe(text);
    return ::close(fd) == 0 && written;
  }

 private:
  std::string folder_;
};

}  // namespace

base::Status OpenInBrowser(const base::Secret& url, const base::Environment& environment) {
  const BlockedSignals signals;  // so that the page never stays behind
  const Page page(environment);
  if (!page.Write(PageTo(url))) {
    return base::Fail({.code = Code::kUnavailable,
                       .message = "no page for the browser can be written",
                       .fix = "leave --open out and open the printed link"});
  }
  if (RunChild({"xdg-open", page.path()}, environment, signals, [](const std::string&) {}) != 0) {
    return base::Fail({.code = Code::kFailedPrecondition,
                       .message = "`xdg-open` did not open the link",
                       .fix = "leave --open out and open the printed link"});
  }
  sigset_t ends;
  sigemptyset(&ends);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&ends, signal);
  ::sigtimedwait(&ends, nullptr, &kReading);
  return {};
}

}  // namespace crossrole::cli
