// SPDX-License-Identifier: Apache-2.0
#include "cli/profile.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/json.h"
#include "base/text.h"
#include "cli/input.h"
#include "cli/output.h"

namespace crossrole::cli {
namespace {

using base::Code;
using base::Error;

base::Error SystemError(std::string_view what) {
  return {.code = Code::kFailedPrecondition, .message = fmt::format("{}: {}", what, base::Lower(std::strerror(errno)))};
}

bool IsProfileName(std::string_view name) {
  const auto fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= 64 && name.front() != '.' && std::ranges::all_of(name, fine);
}

base::Status MakeFolder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder.parent_path(), error);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return base::Fail(SystemError(fmt::format("the folder `{}` cannot be made", folder.string())));
  }
  return {};
}

base::Status WriteWhole(const std::string& path, std::string_view text) {
  const std::string draft = fmt::format("{}.{}", path, ::getpid());
  ::unlink(draft.c_str());
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return base::Fail(SystemError(fmt::format("`{}` cannot be written", path)));
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  const int failed = errno;
  ::close(fd);
  if (written && ::rename(draft.c_str(), path.c_str()) == 0) return {};
  if (!written) errno = failed;
  const Error error = SystemError(fmt::format("`{}` cannot be written", path));
  ::unlink(draft.c_str());
  return base::Fail(error);
}

}  // namespace

base::Result<std::string> ProfilePath(const base::Environment& environment, std::string_view name) {
  if (!IsProfileName(name)) {
    return base::Fail(Code::kInvalidArgument, fmt::format("`{}` is not a name for a profile", base::Shortened(name, 80)));
  }
  std::string folder(base::Get(environment, "XDG_CONFIG_HOME"));
  if (!folder.starts_with('/')) {
    const auto home = base::Get(environment, "HOME");
    if (home.empty()) return base::Fail(Code::kInvalidArgument, "there is no home for profiles: HOME is not set");
    folder = fmt::format("{}/.config", home);
  }
  return fmt::format("{}/crossrole/{}.json", folder, name);
}

base::Result<std::optional<Profile>> LoadProfile(const base::Environment& environment, std::string_view name) {
  TRY_ASSIGN(const std::string path, ProfilePath(environment, name));
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) return std::optional<Profile>();
  if ((facts.st_mode & 077U) != 0) {
    return base::Fail(Error{.code = Code::kFailedPrecondition,
                            .message = fmt::format("others can read the token in `{}`", path),
                            .fix = fmt::format("run `chmod 600 {}`; if others use this machine, sign in with a new token", path)});
  }
  TRY_ASSIGN(std::string text, ReadInput(path));
  const auto json = base::ParseJson(text);
  base::Wipe(text);
  if (!json || TextOf(*json, "server").empty()) {
    return base::Fail(Error{.code = Code::kInvalidArgument,
                            .message = fmt::format("`{}` is damaged", path),
                            .fix = "run `crossrole login` again"});
  }
  return Profile{.server = TextOf(*json, "server"),
                 .token = base::Secret(TextOf(*json, "token")),
                 .ca_file = TextOf(*json, "ca_file"),
                 .signed_in = json->is_object() && json->get_object().contains("signed_in")};
}

base::Result<std::string> SaveProfile(const base::Environment& environment, std::string_view name, const Profile& profile) {
  TRY_ASSIGN(const std::string path, ProfilePath(environment, name));
  TRY(MakeFolder(std::filesystem::path(path).parent_path()));
  boost::json::object object{{"server", profile.server}, {"token", profile.token.Reveal()}};
  if (!profile.ca_file.empty()) object["ca_file"] = profile.ca_file;
  if (profile.signed_in) object["signed_in"] = true;
  const base::Secret text(base::PrintJsonPretty(object) + "\n");
  TRY(WriteWhole(path, text.Reveal()));
  return path;
}

base::Result<bool> RemoveProfile(const base::Environment& environment, std::string_view name) {
  TRY_ASSIGN(const std::string path, ProfilePath(environment, name));
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return base::Fail(SystemError(fmt::format("`{}` cannot be removed", path)));
}

}  // namespace crossrole::cli
