# SPDX-License-Identifier: Apache-2.0
"""schemathesis makes requests from the description, valid and invalid ones: no 500, and no answer that is not described."""

import re
import subprocess

from harness import description, process

CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
          "response_headers_conformance", "unsupported_method", "ignored_auth", "missing_required_header", "negative_data_rejection"]

# What may be answered to a wrong request; a version that is no more the current one is noticed before the body is looked at.
REFUSALS = ["400", "401", "403", "404", "405", "406", "409", "412", "415", "422", "428", "429", "5xx"]


def test_generated_requests_are_answered_as_described(server, sim, is_long, tmp_path):
    # Something for the requests to find.
    for handle in ("prod", "test"):
        server.api.post("/v1/integrations", {"handle": handle, "kind": "account", "account_id": sim.customers[0]["account_id"]}).expect(201)
    # A request may ask to wait for 60 seconds.
    command = [process.tool("schemathesis"), "--config-file", tmp_path / "schemathesis.toml", "run", server.url + "/v1/openapi.json",
               "--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing", "--max-examples", 60 if is_long else 3,
               "--max-time", 600 if is_long else 40, "--seed", 1, "--no-color", "--no-shrink", "--request-timeout", 90,
               "--exclude-path", "/v1/events", "--continue-on-failure", "--warnings", "off", "--output-truncate", "false"]
    # Of the real tenant: a random one would let no request further than to its identity.
    tenant = server.api.get("/v1/whoami").expect(200)["tenant"]["id"]
    (tmp_path / "schemathesis.toml").write_text(f'''
[headers]
Authorization = "Bearer {server.token}"
Crossrole-Tenant = "{tenant}"
[checks.negative_data_rejection]
expected-statuses = {REFUSALS}
''')
    environment = process.clean_environment(tmp_path)
    done = subprocess.run([str(word) for word in command], env=environment, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-20000:] + done.stderr[-2000:]
    # That it did something.
    [tested] = re.findall(r"Tested: (\d+)", done.stdout)
    generated = re.search(r"(\d+) generated", done.stdout)
    assert generated, done.stdout[-5000:]
    routes = description.Description(server.api.get("/v1/openapi.json").expect(200)).routes
    # All but the stream, and the description itself.
    assert int(tested) == len(routes) - 2 and int(generated[1]) > 100, done.stdout[-5000:]
    assert server.api.get("/healthz").status == 200
