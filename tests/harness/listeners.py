# SPDX-License-Identifier: Apache-2.0
"""What others run and Crossrole delivers to: receivers of webhooks, syslog and mail, all on loopback."""

import hashlib
import hmac
import http.server
import socket
import ssl
import threading
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from . import process


def wait_until(condition, seconds=120):
    """Waits until `condition()` holds; answers what it said."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
    return found


class Webhook:
    """Receives posts. `status` is what it answers; while `hanging` is set it answers nothing."""

    def __init__(self, tls=None):
        self.received, self.status, self.hanging = [], 204, threading.Event()
        self._ended = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                while outer.hanging.is_set() and not outer._ended.is_set():
                    time.sleep(0.02)
                if outer.status == 204:
                    outer.received.append((dict(self.headers), body))
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}/in"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def lines(self):
        """The lines of all bodies."""
        return [line.decode() for _, body in list(self.received) for line in body.splitlines()]

    def close(self):
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()


def check_signature(secret, headers, body):
    """Fails unless the body was signed with this secret a moment ago, as docs/reference/webhooks.md says."""
    parts = dict(part.split("=", 1) for part in headers["Crossrole-Signature"].split(","))
    expected = hmac.new(secret.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(parts["v1"], expected), headers
    assert abs(time.time() - int(parts["t"])) < 300, headers


class Datagrams:
    """Receives datagrams: over UDP, or on a Unix socket of this path."""

    def __init__(self, path=None):
        self.received = []
        self._socket = socket.socket(socket.AF_UNIX if path else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.bind(str(path) if path else ("127.0.0.1", 0))
        self.address = f"unix:{path}" if path else f"udp://127.0.0.1:{self._socket.getsockname()[1]}"
        self._socket.settimeout(0.1)
        self._open = True
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while self._open:
            try:
                self.received.append(self._socket.recv(1 << 17).decode())
            except TimeoutError:
                pass

    def close(self):
        self._open = False
        self._thread.join()
        self._socket.close()


class Stream:
    """Receives syslog framed by length, over TCP or TLS."""

    def __init__(self, tls=None):
        self.received = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.1)
        self._context = None
        if tls:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*tls)
        self.address = f"{'tls' if tls else 'tcp'}://127.0.0.1:{self._socket.getsockname()[1]}"
        self._open = True
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self):
        while self._open:
            try:
                connection, _ = self._socket.accept()
            except TimeoutError:
                continue
            self._threads.append(threading.Thread(target=self._read, args=(connection,), daemon=True))
            self._threads[-1].start()

    def _read(self, connection):
        connection.settimeout(60)
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            stream = connection.makefile("rb")
            while self._open:
                size = b""
                while (digit := stream.read(1)) not in (b" ", b""):
                    size += digit
                if not size:
                    return
                self.received.append(stream.read(int(size)).decode())
        except OSError:
            return
        finally:
            connection.close()

    def close(self):
        self._open = False
        self._threads[0].join()
        self._socket.close()


class MailServer:
    """Takes mail over STARTTLS from whoever signs in as `me` with this password."""

    def __init__(self, certificate, password="a password"):
        self.mails, self.refuse = [], False
        outer = self
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)

        class Handler:
            async def handle_DATA(self, _server, session, envelope):
                if outer.refuse:
                    return "451 later"
                outer.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.content.decode(), session.ssl is not None))
                return "250 queued"

        def authenticate(_server, _session, _envelope, _mechanism, given):
            return AuthResult(success=(given.login, given.password) == (b"me", password.encode()), handled=False)

        class OnTls(Controller):
            def factory(self):
                return SMTP(self.handler, tls_context=context, require_starttls=True, auth_required=True, authenticator=authenticate, hostname="mail")

        self.port = process.free_port()
        self._controller = OnTls(Handler(), hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def close(self):
        self._controller.stop()
