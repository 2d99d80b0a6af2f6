# SPDX-License-Identifier: Apache-2.0
"""An issuer of OIDC tokens for workloads: discovery and keys at a listener on loopback, over TLS if there is a certificate."""

import base64
import http.server
import json
import ssl
import threading
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def encoded(data):
    """Base 64 for URLs, of bytes or of what is JSON."""
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """`asked` are the paths that were asked for; `token(sub=…)` is one that it signed."""

    def __init__(self, tls=None):
        self.asked, self._key = [], rsa.generate_private_key(65537, 2048)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(self.path)
                body = json.dumps(outer.documents().get(self.path, {})).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments):
                pass

        class Listener(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_arguments):
                """Whoever does not trust us breaks off."""

        self._server = Listener(("127.0.0.1", 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def documents(self):
        numbers = self._key.public_key().public_numbers()
        key = {"kty": "RSA", "kid": "k1", "use": "sig", "n": encoded(numbers.n.to_bytes(256, "big")), "e": encoded(numbers.e.to_bytes(3, "big"))}
        return {"/.well-known/openid-configuration": {"issuer": self.url, "jwks_uri": self.url + "/keys"}, "/keys": {"keys": [key]}}

    def token(self, header=None, **claims):
        now = int(time.time())
        claims = {"iss": self.url, "aud": "crossrole.test", "sub": "somebody", "iat": now, "exp": now + 600, **claims}
        text = f"{encoded({'alg': 'RS256', 'kid': 'k1', 'typ': 'JWT', **(header or {})})}.{encoded(claims)}"
        return f"{text}.{encoded(self._key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()
