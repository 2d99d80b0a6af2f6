# SPDX-License-Identifier: Apache-2.0
"""Something that stands between a server and its cloud: it sees each call, may act before it is answered, and may answer itself."""

import copy
import http.client
import http.server
import threading
import urllib.parse


class Meddler:
    """`cloud` is what a server is started on. Calls are named by operation, e.g. "ListAccounts"; those of query protocols by "".

    `before` and `after` are functions: `before(operation, body)` may answer `(status, body)` in the place of the cloud,
    `after(operation, body)` may answer the body that takes the place of the cloud's. `headers` are those of the call that `before`
    is asked about.
    """

    def __init__(self, cloud):
        self.before = lambda operation, body: None
        self.after = lambda operation, body: body
        self.cloud = copy.copy(cloud)
        self.headers = {}
        self._lock = threading.Lock()
        self._behind = urllib.parse.urlsplit(cloud.url).netloc
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.cloud.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def hold(self, until, seconds=90):
        """For `before`: keeps its call back until an event is set, while others go on."""
        self._lock.release()
        until.wait(seconds)
        self._lock.acquire()

    def _answer(self, headers, path, body):
        operation = headers.get("X-Amz-Target", "").rpartition(".")[2]
        with self._lock:
            self.headers = headers
            own = self.before(operation, body)
        if own is not None:
            return own[0], [("Content-Type", "application/x-amz-json-1.1")], own[1]
        connection = http.client.HTTPConnection(self._behind, timeout=60)
        try:
            # The header `Host` is what was signed.
            connection.request("POST", path, body, dict(headers))
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        dropped = ("content-length", "transfer-encoding", "connection")
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in dropped]
        with self._lock:
            return answer.status, kept, self.after(operation, text)

    def _handler(self):
        meddler = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                status, headers, text = meddler._answer(self.headers, self.path, body)
                self.send_response_only(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_arguments):
                """The tests' own output is enough."""

        return Handler
