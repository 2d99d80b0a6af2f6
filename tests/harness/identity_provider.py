# SPDX-License-Identifier: Apache-2.0
"""A real OpenID Connect provider (`oidc-provider` from npm) beside a server, and somebody's browser."""

import html
import http.cookiejar
import json
import re
import secrets
import shutil
import ssl
import urllib.error
import urllib.parse
import urllib.request

from harness import process

JAVASCRIPT = process.ROOT / "tests" / "conformance" / "javascript"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        return None


class Browser:
    """Cookies, redirects one at a time, and forms. `ca_file`: whom it trusts besides."""

    def __init__(self, ca_file=None):
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect(), urllib.request.HTTPCookieProcessor(self.jar),
                                                  urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca_file)))

    def ask(self, url, form=None):
        request = urllib.request.Request(url, data=urllib.parse.urlencode(form).encode() if form else None)
        try:
            with self.opener.open(request, timeout=60) as answer:
                return answer.status, dict(answer.headers), answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read().decode()

    def sign_in(self, server, login, return_to="/console", until=None):
        """Goes to the provider and back; the last answer, or the address `until` which it would be asked for next."""
        url, form = f"{server.url}/v1/auth/oidc/corporate/start?return_to={return_to}", None
        for _ in range(20):
            status, headers, body = self.ask(url, form)
            form = None
            if status in (302, 303):
                url = urllib.parse.urljoin(url, headers["Location"])
                if url == server.url + return_to or (until and until in url):
                    return status, url
                continue
            fields = dict(re.findall(r'<input[^>]*name="(prompt)"[^>]*value="([^"]*)"', body))
            if not fields:
                return status, json.loads(body) if body.startswith("{") else body
            url = urllib.parse.urljoin(url, html.unescape(re.search(r'<form[^>]*action="([^"]*)"', body).group(1)))
            form = {**fields, "login": login, "password": "any"}
        raise AssertionError("too many redirects")

    def session(self):
        """The session's cookie, or None."""
        return next((each.value for each in self.jar if each.name == "crossrole_session"), None)

    def call(self, server, method, path, **headers):
        return server.api.with_token(None, Cookie=f"crossrole_session={self.session() or ''}", **headers).call(method, path)


class Provider:
    """The provider `corporate`. `configuration` is for the server, which starts first; `accounts(**people)` sets who there is."""

    def __init__(self, folder, certificate=None, more=""):
        self.certificate, self.secret = certificate, secrets.token_urlsafe(24)
        self.port, self.folder = process.free_port(), folder
        self.issuer = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"
        self.file, self.secret_file = folder / "accounts.json", folder / "client.secret"
        self.secret_file.touch(0o600)
        self.secret_file.write_text(self.secret + "\n")
        self.configuration = (f'[[sign_in.provider]]\nname = "corporate"\nissuer = "{self.issuer}"\nclient_id = "crossrole"\n'
                              f'client_secret_file = "{self.secret_file}"\n{more}[sign_in.provider.roles]\nplatform = "administrator"\n'
                              'readers = "reader"\nowners = "owner"\n')

    def accounts(self, **people):
        self.file.write_text(json.dumps(people))

    def start(self, processes, server):
        assert (JAVASCRIPT / "node_modules" / "oidc-provider").is_dir(), "the provider is missing: tools/bootstrap.sh test installs it"
        argv = [shutil.which("node"), process.ROOT / "tests" / "end_to_end" / "identity_provider.mjs", self.port,
                f"{server.url}/v1/auth/oidc/corporate/callback", self.secret, self.file, JAVASCRIPT, *(self.certificate or ())]
        running = processes.start("provider", argv)
        running.wait_for(lambda: True if "ready" in running.output() else None)
        return self
