# SPDX-License-Identifier: Apache-2.0
"""A reverse proxy as people put before a server: TLS towards browsers, plain HTTP behind, and the two headers that say so."""

import http.client
import http.server
import ssl
import threading


class TlsProxy:
    """Forwards to a port of this machine. `url` is where browsers go."""

    def __init__(self, port, certificate):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {**dict(self.headers), "X-Forwarded-For": self.client_address[0], "X-Forwarded-Proto": "https", "Connection": "close"}
                behind = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                try:
                    behind.request(self.command, self.path, body, headers)
                    answer = behind.getresponse()
                    text = answer.read()
                finally:
                    behind.close()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_POST = do_GET

            def log_message(self, *_arguments):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
