# SPDX-License-Identifier: Apache-2.0
"""A client of the REST API that adds nothing of its own: the answer is what the server said."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

REQUEST_SECONDS = 90


@dataclass
class Answer:
    """Status, headers and body of one response."""

    status: int
    headers: dict
    text: bytes = field(repr=False)

    @property
    def json(self):
        return json.loads(self.text) if self.text else None

    def __repr__(self):
        return f"{self.status} {self.text[:2000].decode('utf-8', 'replace')}"

    def expect(self, *statuses):
        """The body as JSON, when the status is one of these."""
        assert self.status in statuses, f"expected {statuses}: {self!r}"
        return self.json


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        return None


class Api:
    """`base` is `http://host:port`; paths are as in the documentation, `/v1/…`."""

    def __init__(self, base, token=None, headers=None):
        self.base, self.token, self.headers = base, token, dict(headers or {})
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())

    def with_token(self, token, **headers):
        """The same server for somebody else."""
        return Api(self.base, token, {**self.headers, **headers})

    def call(self, method, path, body=None, headers=None, query=None):
        """One request. `body`: bytes as they are, anything else as JSON."""
        if query:
            path += "?" + urllib.parse.urlencode(query)
        all_headers = dict(self.headers)
        if self.token:
            all_headers["Authorization"] = f"Bearer {self.token}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            all_headers.setdefault("Content-Type", "application/json")
        all_headers.update(headers or {})
        request = urllib.request.Request(self.base + path, data=body, method=method, headers=all_headers)
        try:
            with self._opener.open(request, timeout=REQUEST_SECONDS) as response:
                return Answer(response.status, dict(response.headers), response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read())

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.call("POST", path, {} if body is None else body, **options)

    def put(self, path, body, **options):
        return self.call("PUT", path, body, **options)

    def patch(self, path, body, **options):
        return self.call("PATCH", path, body, **options)

    def delete(self, path, **options):
        return self.call("DELETE", path, **options)

    def items(self, path):
        """All items of a list, page by page."""
        found, query = [], {}
        while True:
            page = self.get(path, query=query).expect(200)
            found += page["items"]
            if page["next_page_token"] is None:
                return found
            query = {"page_token": page["next_page_token"]}

    def wait_for(self, path, condition, seconds=120):
        """The object at `path` as soon as `condition(object)` holds."""
        end = time.monotonic() + seconds
        while True:
            answer = self.get(path)
            if answer.status == 200 and condition(answer.json):
                return answer.json
            assert time.monotonic() < end, f"{path} is still {answer!r} after {seconds} s"
            time.sleep(0.1)

    def finish(self, job, seconds=120):
        """Waits for a job; answers its result, or fails with its error."""
        done = self.wait_for(f"/v1/jobs/{job}", lambda it: it["state"] in ("succeeded", "failed", "canceled"), seconds)
        assert done["state"] == "succeeded", done
        return done["result"]
