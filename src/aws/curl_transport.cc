// SPDX-License-Identifier: Apache-2.0
#include "aws/curl_transport.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/secret.h"
#include "base/text.h"

namespace crossrole::aws {
namespace {

using base::Code;
using base::Fail;

constexpr std::size_t kHeaderLimit = std::size_t{256} << 10;
constexpr std::size_t kSpareHandles = 64;

// One request under way. It stays where it is, since libcurl holds pointers into it.
struct Exchange {
  HttpRequest request;
  base::Deadline deadline;
  Transport::Callback done;
  HttpResponse response{};
  std::size_t response_limit = 0;
  std::size_t header_bytes = 0;
  bool too_large = false;
  CURL* easy = nullptr;
  curl_slist* header_list = nullptr;
  std::array<char, CURL_ERROR_SIZE> reason{};

  Exchange(HttpRequest r, base::Deadline d, Transport::Callback c) : request(std::move(r)), deadline(d), done(std::move(c)) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() {
    curl_slist_free_all(header_list);
    base::Wipe(request.body);
  }
};

template <typename Value>
void Set(CURL* easy, CURLoption option, Value value) {
  CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK);
}

bool IsPrintable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c != 0x7f; });
}

bool HasLineEnd(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos; }

base::Status CheckRequest(const HttpRequest& request) {
  if (!IsHost(request.host)) return Fail(Code::kInvalidArgument, fmt::format("`{}` is not a host", request.host));
  if (request.scheme != "https" && (request.scheme != "http" || request.plaintext == Plaintext::kRefused)) {
    return Fail(Code::kInvalidArgument, fmt::format("refusing to send a request to `{}` without TLS", request.host));
  }
  if (!request.path.starts_with('/') || !IsPrintable(request.path) || !IsPrintable(request.query) ||
      request.path.find_first_of("?#") != std::string::npos || request.query.contains('#')) {
    return Fail(Code::kInvalidArgument, fmt::format("the path of a request to `{}` is malformed", request.host));
  }
  const bool good_method = !request.method.empty() && std::ranges::all_of(request.method, [](char c) { return c >= 'A' && c <= 'Z'; });
  const bool bad_header = std::ranges::any_of(request.headers, [](const Header& header) {
    return header.name.empty() || !IsPrintable(header.name) || header.name.contains(':') || HasLineEnd(header.value);
  });
  if (!good_method || bad_header) {
    return Fail(Code::kInvalidArgument, fmt::format("the method or a header of a request to `{}` is malformed", request.host));
  }
  return {};
}

std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  const std::size_t bytes = size * count;
  if (exchange.response.body.size() + bytes > exchange.response_limit) {
    exchange.too_large = true;
    return 0;
  }
  exchange.response.body.append(data, bytes);
  return bytes;
}

std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  const std::string_view line(data, size * count);
  exchange.header_bytes += line.size();
  if (exchange.header_bytes > kHeaderLimit) {
    exchange.too_large = true;
    return 0;
  }
  if (line.starts_with("HTTP/")) exchange.response.headers.clear();  // what came before was an interim answer
  if (const std::size_t colon = line.find(':'); colon != std::string_view::npos && !line.starts_with("HTTP/")) {
    exchange.response.headers.push_back(
        {.name = std::string(line.substr(0, colon)), .value = std::string(base::Trim(line.substr(colon + 1)))});
  }
  return line.size();
}

void AppendHeader(Exchange& exchange, const std::string& line) {
  curl_slist* longer = curl_slist_append(exchange.header_list, line.c_str());
  CHECK(longer != nullptr);
  exchange.header_list = longer;
}

void SetHeaders(Exchange& exchange) {
  for (const Header& header : exchange.request.headers) {
    AppendHeader(exchange, header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  // What libcurl would add on its own was not signed and is not wanted.
  for (const char* name : {"Accept", "Content-Type", "Expect"}) {
    if (FindHeader(exchange.request.headers, name).empty()) AppendHeader(exchange, std::string(name) + ":");
  }
  Set(exchange.easy, CURLOPT_HTTPHEADER, exchange.header_list);
}

void SetMethod(Exchange& exchange) {
  const HttpRequest& request = exchange.request;
  if (request.method == "HEAD") {
    Set(exchange.easy, CURLOPT_NOBODY, 1L);
    return;
  }
  if (request.method == "POST" || request.method == "PUT" || !request.body.empty()) {
    Set(exchange.easy, CURLOPT_POST, 1L);
    Set(exchange.easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    Set(exchange.easy, CURLOPT_POSTFIELDS, request.body.data());
  } else {
    Set(exchange.easy, CURLOPT_HTTPGET, 1L);
  }
  if (request.method != "POST" && request.method != "GET") Set(exchange.easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void SetTrust(CURL* easy, const CurlOptions& options) {
  Set(easy, CURLOPT_CAINFO, options.ca_file.c_str());
  Set(easy, CURLOPT_PROXY_CAINFO, options.ca_file.c_str());
  // With a directory of certificates libcurl cannot share what it parsed: 22 ms of CPU for every new connection.
  Set(easy, CURLOPT_CAPATH, static_cast<char*>(nullptr));
  Set(easy, CURLOPT_PROXY_CAPATH, static_cast<char*>(nullptr));
  Set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
}

void SetProxy(Exchange& exchange, const ProxySettings& proxies) {
  const bool direct = exchange.request.route == Route::kDirect;
  // Empty values are set on purpose: left out, libcurl would look into the environment.
  const std::string& proxy = exchange.request.scheme == "https" ? proxies.https : proxies.http;
  Set(exchange.easy, CURLOPT_PROXY, direct ? "" : proxy.c_str());
  Set(exchange.easy, CURLOPT_NOPROXY, direct ? "*" : proxies.no_proxy.c_str());
  Set(exchange.easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  Set(exchange.easy, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
}

void Prepare(Exchange& exchange, const CurlOptions& options) {
  CURL* easy = exchange.easy;
  exchange.response_limit = options.response_limit;
  Set(easy, CURLOPT_URL, UrlOf(exchange.request).c_str());
  Set(easy, CURLOPT_PATH_AS_IS, 1L);
  Set(easy, CURLOPT_PROTOCOLS_STR, exchange.request.scheme.c_str());
  Set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  Set(easy, CURLOPT_NOSIGNAL, 1L);
  Set(easy, CURLOPT_QUICK_EXIT, 1L);  // a name server that hangs must not hold up the thread
  Set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  Set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_limit.count()));
  // On a reused connection that has died libcurl repeats the request by itself, a POST too.
  Set(easy, CURLOPT_FRESH_CONNECT, exchange.request.repeat == Repeat::kOnce ? 1L : 0L);
  Set(easy, CURLOPT_PRIVATE, static_cast<void*>(&exchange));
  Set(easy, CURLOPT_ERRORBUFFER, exchange.reason.data());
  Set(easy, CURLOPT_WRITEFUNCTION, &OnBody);
  Set(easy, CURLOPT_WRITEDATA, static_cast<void*>(&exchange));
  Set(easy, CURLOPT_HEADERFUNCTION, &OnHeader);
  Set(easy, CURLOPT_HEADERDATA, static_cast<void*>(&exchange));
  SetTrust(easy, options);
  SetProxy(exchange, options.proxies);
  SetMethod(exchange);
  SetHeaders(exchange);
}

Sent HowMuchWasSent(CURL* easy) {
  long bytes = 0;
  if (easy != nullptr) curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &bytes);
  return bytes == 0 ? Sent::kNothing : Sent::kMaybe;
}

base::Error ErrorOf(const Exchange& exchange, CURLcode code) {
  std::string why = exchange.reason[0] != '\0' ? exchange.reason.data() : curl_easy_strerror(code);
  if (why.size() > 1 && why[1] >= 'a' && why[1] <= 'z') why[0] = base::Lower(why.substr(0, 1))[0];
  while (why.ends_with('.') || why.ends_with('\n')) why.pop_back();
  if (exchange.too_large) {
    return {.code = Code::kUnavailable,
            .message = fmt::format("the answer of `{}` is larger than allowed", exchange.request.host),
            .reason = "aws.answer_too_large"};
  }
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return TimeoutError(fmt::format("`{}` did not answer in time: {}", exchange.request.host, why), HowMuchWasSent(exchange.easy));
  }
  return UnreachableError(fmt::format("cannot reach `{}`: {}", exchange.request.host, why), HowMuchWasSent(exchange.easy));
}

}  // namespace

class CurlTransport::Loop {
 public:
  explicit Loop(CurlOptions options) : options_(std::move(options)) {
    CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    multi_ = curl_multi_init();
    share_ = curl_share_init();
    CHECK(multi_ != nullptr && share_ != nullptr);
    // Not CURLMOPT_MAX_HOST_CONNECTIONS: libcurl 7.88 now and then forgets to wake those who wait for a connection,
    // and knows no deadline for them.
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, options_.idle_connections);
    curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &OnSocket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &OnTimer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    epoll_event event{.events = EPOLLIN, .data = {.fd = bell_}};
    CHECK(epoll_ >= 0 && bell_ >= 0 && ::epoll_ctl(epoll_, EPOLL_CTL_ADD, bell_, &event) == 0);
    thread_ = std::thread([this] { Run(); });
  }

  ~Loop() {
    Stop();
    thread_.join();
    for (CURL* easy : spare_) curl_easy_cleanup(easy);
    curl_multi_cleanup(multi_);
    curl_share_cleanup(share_);
    ::close(epoll_);
    ::close(bell_);
  }

  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void Stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    Ring();
  }

  void Submit(std::unique_ptr<Exchange> exchange) {
    bool asleep = false;
    {
      std::lock_guard lock(mutex_);
      if (!stopping_) incoming_.push_back(std::move(exchange));
      asleep = std::exchange(asleep_, false);
    }
    if (exchange != nullptr) return exchange->done(Fail(StoppedError()));
    if (asleep) Ring();
  }

  void RunAfter(std::chrono::microseconds delay, std::function<void()> task) {
    bool asleep = false;
    {
      std::lock_guard lock(mutex_);
      if (!stopping_) {
        timers_.emplace(std::chrono::steady_clock::now() + delay, std::move(task));
        task = nullptr;
      }
      asleep = std::exchange(asleep_, false);
    }
    if (task) return task();
    if (asleep) Ring();
  }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  // The connections to one server, as far as they are in use.
  struct Origin {
    long running = 0;
    std::deque<Exchange*> waiting{};
  };

  static std::string OriginOf(const HttpRequest& request) { return request.scheme + "://" + HostHeader(request); }

  // Which sockets libcurl waits for, and until when. Its own loop asks the kernel about every transfer at every turn.
  static int OnSocket(CURL*, curl_socket_t socket, int what, void* context, void* known) {
    auto& loop = *static_cast<Loop*>(context);
    epoll_event event{.events = 0, .data = {.fd = socket}};
    if (what == CURL_POLL_REMOVE) {
      ::epoll_ctl(loop.epoll_, EPOLL_CTL_DEL, socket, &event);
      return 0;
    }
    if ((what & CURL_POLL_IN) != 0) event.events |= EPOLLIN;
    if ((what & CURL_POLL_OUT) != 0) event.events |= EPOLLOUT;
    const int change = known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    const int other = known == nullptr ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    CHECK(::epoll_ctl(loop.epoll_, change, socket, &event) == 0 || ::epoll_ctl(loop.epoll_, other, socket, &event) == 0);
    if (known == nullptr) curl_multi_assign(loop.multi_, socket, &loop);
    return 0;
  }

  static int OnTimer(CURLM*, long milliseconds, void* context) {
    auto& at = static_cast<Loop*>(context)->curl_at_;
    at = milliseconds < 0 ? TimePoint::max() : std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
    return 0;
  }

  void Run() {
    while (Take()) {
      Act(CURL_SOCKET_TIMEOUT, 0);
      Collect();
      Expire(std::chrono::steady_clock::now());
      Wait();
    }
    Abandon();
  }

  void Act(curl_socket_t socket, int ready) {
    int running = 0;
    if (socket != CURL_SOCKET_TIMEOUT) {
      curl_multi_socket_action(multi_, socket, ready, &running);
    } else if (curl_at_ <= std::chrono::steady_clock::now()) {
      curl_at_ = TimePoint::max();
      curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
      // Called a fraction of a millisecond early, libcurl does nothing and does not say again when it wants to be called.
      long left = -1;
      curl_multi_timeout(multi_, &left);
      if (left >= 0) curl_at_ = std::min(curl_at_, std::chrono::steady_clock::now() + std::chrono::milliseconds(std::max(left, 1L)));
    }
  }

  void Wait() {
    std::array<epoll_event, 64> events{};
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), MillisecondsToWait());
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.fd == bell_) {
        eventfd_t rung = 0;
        ::eventfd_read(bell_, &rung);
        continue;
      }
      int ready = 0;
      if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) ready |= CURL_CSELECT_IN;
      if ((event.events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) ready |= CURL_CSELECT_OUT;
      if ((event.events & EPOLLERR) != 0) ready |= CURL_CSELECT_ERR;
      Act(event.data.fd, ready);
    }
  }

  void Ring() const { ::eventfd_write(bell_, 1); }

  // Starts what was submitted and runs timers that are due; false when it is time to stop.
  bool Take() {
    std::vector<std::unique_ptr<Exchange>> fresh;
    std::vector<std::function<void()>> due;
    {
      std::lock_guard lock(mutex_);
      asleep_ = false;
      if (stopping_) return false;
      fresh.swap(incoming_);
      const auto end = timers_.upper_bound(std::chrono::steady_clock::now());
      for (auto timer = timers_.begin(); timer != end; ++timer) due.push_back(std::move(timer->second));
      timers_.erase(timers_.begin(), end);
    }
    for (auto& exchange : fresh) Start(std::move(exchange));
    for (const auto& task : due) task();
    return true;
  }

  // Sends `exchange`, or lets it wait behind others of the same origin.
  void Start(std::unique_ptr<Exchange> owned) {
    Exchange* exchange = owned.get();
    if (exchange->deadline.Passed()) {
      const auto error = TimeoutError(fmt::format("there was no time left to ask `{}`", exchange->request.host), Sent::kNothing);
      return exchange->done(Fail(error));
    }
    deadlines_.emplace(exchange->deadline.at(), exchange);
    exchanges_.emplace(exchange, std::move(owned));
    Origin& origin = origins_[OriginOf(exchange->request)];
    if (origin.running < options_.connections_per_host) {
      Launch(*exchange, origin);
    } else {
      origin.waiting.push_back(exchange);
    }
  }

  void Launch(Exchange& exchange, Origin& origin) {
    ++origin.running;
    exchange.easy = NewHandle();
    Prepare(exchange, options_);
    CHECK(curl_multi_add_handle(multi_, exchange.easy) == CURLM_OK);
  }

  CURL* NewHandle() {
    if (!spare_.empty()) {
      CURL* easy = spare_.back();
      spare_.pop_back();
      return easy;
    }
    CURL* easy = curl_easy_init();
    CHECK(easy != nullptr);
    Set(easy, CURLOPT_SHARE, share_);
    return easy;
  }

  void Collect() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;  // the message dies with the handle
      void* exchange = nullptr;
      CHECK(curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange) == CURLE_OK);
      Finish(static_cast<Exchange*>(exchange), code);
    }
  }

  void Expire(TimePoint now) {
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) Finish(deadlines_.begin()->second, CURLE_OPERATION_TIMEDOUT);
  }

  void Finish(Exchange* which, CURLcode code) {
    auto node = exchanges_.extract(which);
    CHECK(!node.empty());
    const std::unique_ptr<Exchange> exchange = std::move(node.mapped());
    deadlines_.erase({exchange->deadline.at(), which});
    base::Result<HttpResponse> answer = std::move(exchange->response);
    if (code == CURLE_OK) {
      long status = 0;
      curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
      answer->status = static_cast<int>(status);
    } else {
      base::Wipe(answer->body);
      answer = Fail(ErrorOf(*exchange, code));
    }
    Leave(*exchange);
    exchange->done(std::move(answer));
  }

  // Gives back the place and the handle; the next in line takes the place.
  void Leave(Exchange& exchange) {
    const auto found = origins_.find(OriginOf(exchange.request));
    Origin& origin = found->second;
    if (exchange.easy == nullptr) {
      std::erase(origin.waiting, &exchange);
      return;
    }
    curl_multi_remove_handle(multi_, exchange.easy);
    curl_easy_reset(exchange.easy);
    if (spare_.size() < kSpareHandles) {
      spare_.push_back(exchange.easy);
    } else {
      curl_easy_cleanup(exchange.easy);
    }
    --origin.running;
    if (!origin.waiting.empty()) {
      Exchange* next = origin.waiting.front();
      origin.waiting.pop_front();
      Launch(*next, origin);
    } else if (origin.running == 0) {
      origins_.erase(found);
    }
  }

  int MillisecondsToWait() {
    TimePoint next = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    if (!deadlines_.empty()) next = std::min(next, deadlines_.begin()->first);
    next = std::min(next, curl_at_);
    {
      std::lock_guard lock(mutex_);
      if (!incoming_.empty() || stopping_) return 0;
      if (!timers_.empty()) next = std::min(next, timers_.begin()->first);
      asleep_ = true;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - std::chrono::steady_clock::now());
    return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
  }

  // The thread is about to end: everybody gets an answer, and tasks run so that they can notice.
  void Abandon() {
    std::vector<std::unique_ptr<Exchange>> waiting;
    std::multimap<TimePoint, std::function<void()>> timers;
    {
      std::lock_guard lock(mutex_);
      waiting.swap(incoming_);
      timers.swap(timers_);
    }
    for (auto& [which, exchange] : exchanges_) {
      if (exchange->easy != nullptr) {
        curl_multi_remove_handle(multi_, exchange->easy);
        curl_easy_cleanup(exchange->easy);
      }
      waiting.push_back(std::move(exchange));
    }
    exchanges_.clear();
    for (const auto& exchange : waiting) exchange->done(Fail(StoppedError()));
    for (const auto& [at, task] : timers) task();
  }

  const CurlOptions options_;
  CURLM* multi_ = nullptr;
  CURLSH* share_ = nullptr;
  const int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  const int bell_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  TimePoint curl_at_ = TimePoint::max();  // when libcurl wants to be called without a socket
  std::mutex mutex_;
  std::vector<std::unique_ptr<Exchange>> incoming_;            // under mutex_
  std::multimap<TimePoint, std::function<void()>> timers_;     // under mutex_
  bool stopping_ = false;                                      // under mutex_
  bool asleep_ = false;                                        // under mutex_; whether the bell must be rung
  std::unordered_map<Exchange*, std::unique_ptr<Exchange>> exchanges_;
  std::set<std::pair<TimePoint, Exchange*>> deadlines_;
  std::map<std::string, Origin, std::less<>> origins_;
  std::vector<CURL*> spare_;
  std::thread thread_;
};

CurlTransport::CurlTransport(CurlOptions options) : loop_(std::make_unique<Loop>(std::move(options))) {}

CurlTransport::~CurlTransport() = default;

void CurlTransport::Submit(HttpRequest request, base::Deadline deadline, Callback done) {
  if (auto good = CheckRequest(request); !good.has_value()) return done(std::unexpected(std::move(good).error()));
  loop_->Submit(std::make_unique<Exchange>(std::move(request), deadline, std::move(done)));
}

void CurlTransport::RunAfter(std::chrono::microseconds delay, std::function<void()> task) {
  loop_->RunAfter(delay, std::move(task));
}

void CurlTransport::Stop() { loop_->Stop(); }

}  // namespace crossrole::aws
