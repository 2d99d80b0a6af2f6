# SPDX-License-Identifier: Apache-2.0
"""Whom our transport trusts, against servers that Python makes."""

import datetime
import http.server
import ipaddress
import json
import os
import pathlib
import socket
import ssl
import subprocess
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = pathlib.Path(os.environ.get("CROSSROLE_BUILD", ROOT / "build" / "dev")) / "tests" / "fetch_tool"
DAY = datetime.timedelta(days=1)


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._sign(name, self.key.public_key(), self.key, name, authority=True)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def _sign(self, subject, public_key, key, issuer, *, authority=False, hosts=(), until=DAY):
        now = datetime.datetime.now(datetime.timezone.utc)
        names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in (subject, issuer)]
        builder = (x509.CertificateBuilder().subject_name(names[0]).issuer_name(names[1]).public_key(public_key)
                   .serial_number(x509.random_serial_number()).not_valid_before(now - 3 * DAY).not_valid_after(now + until)
                   .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True))
        if hosts:
            builder = builder.add_extension(x509.SubjectAlternativeName(list(hosts)), critical=False)
        return builder.sign(key, hashes.SHA256())

    def context(self, *, hosts=(x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))), until=DAY):
        """A server's TLS context with a certificate of this authority."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign("server", key.public_key(), self.key, self.name, hosts=hosts, until=until)
        file = self.folder / f"server-{certificate.serial_number}.pem"
        file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
                         + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


class Tunnel(http.server.BaseHTTPRequestHandler):
    """A proxy that knows CONNECT only."""

    def do_CONNECT(self):
        self.server.seen.append(self.path)
        host, port = self.path.rsplit(":", 1)
        with socket.create_connection((host, int(port))) as upstream:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=self._copy, args=(upstream, self.connection), daemon=True)
            back.start()
            self._copy(self.connection, upstream)
            back.join()

    @staticmethod
    def _copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def log_message(self, *_):
        pass


@pytest.fixture
def serve():
    """`serve(handler, context=None)`: a server on a free port of loopback, until the test ends."""
    servers = []

    def start(handler, context=None):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads, server.seen = True, []
        server.handle_error = lambda *_: None  # a client that turns away is what these tests are about
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def fetch(url, authority, **more):
    assert TOOL.exists(), f"{TOOL} is not built: build the target fetch_tool"
    line = json.dumps({"url": url, "ca_file": str(authority.file), **more})
    ran = subprocess.run([TOOL], input=line, capture_output=True, text=True, timeout=60, check=True, env={"HOME": "/nonexistent"})
    return json.loads(ran.stdout)


def test_a_certificate_of_the_named_authority_is_trusted(tmp_path, serve):
    ours = Authority(tmp_path, "ours")
    server = serve(Answers, ours.context())
    assert fetch(f"https://localhost:{server.server_port}/x", ours) == {"status": 200, "body": "ok"}
    assert fetch(f"https://127.0.0.1:{server.server_port}/y", ours) == {"status": 200, "body": "ok"}


@pytest.mark.parametrize("case", ["another authority", "another host", "expired"])
def test_nothing_is_sent_to_whom_is_not_trusted(tmp_path, serve, case):
    ours, other = Authority(tmp_path, "ours"), Authority(tmp_path, "other")
    context = {
        "another authority": lambda: other.context(),
        "another host": lambda: ours.context(hosts=[x509.DNSName("elsewhere.example")]),
        "expired": lambda: ours.context(until=-DAY),
    }[case]()
    server = serve(Answers, context)
    answer = fetch(f"https://localhost:{server.server_port}/", ours)
    assert answer["reason"] == "aws.unreachable", answer
    assert answer["nothing_sent"] is True, answer
    assert server.seen == []


def test_a_missing_authority_file_is_an_error(tmp_path, serve):
    ours = Authority(tmp_path, "ours")
    server = serve(Answers, ours.context())
    ours.file.unlink()
    assert fetch(f"https://localhost:{server.server_port}/", ours)["reason"] == "aws.unreachable"
    assert server.seen == []


def test_a_proxy_sees_only_the_name_of_the_host(tmp_path, serve):
    ours = Authority(tmp_path, "ours")
    server, proxy = serve(Answers, ours.context()), serve(Tunnel)
    url = f"https://localhost:{server.server_port}/secret"
    assert fetch(url, ours, https_proxy=f"http://127.0.0.1:{proxy.server_port}") == {"status": 200, "body": "ok"}
    assert proxy.seen == [f"localhost:{server.server_port}"]
    assert server.seen == ["/secret"]
