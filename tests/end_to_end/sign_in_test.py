# SPDX-License-Identifier: Apache-2.0
"""Ways in: the administrator token that is made on the data directory, and links to the AWS console."""

import html
import json
import os
import re
import signal
import subprocess
import time
import urllib.parse

import pytest
from harness import api, moving_clock, process

TOKEN = re.compile(r"crs_[0-9A-HJKMNP-TV-Z]{26}_[A-Za-z0-9_-]{43}_[A-Za-z0-9_-]+\n")


def bootstrap(server):
    return server.run("token", "bootstrap", "--data", server.data, env=dict(server.env))


def test_a_token_is_made_on_the_data_directory_and_recorded(server):
    server.stop()
    (server.data / "admin-token").unlink()
    made = bootstrap(server).expect()
    assert TOKEN.fullmatch(made.out), "a token and nothing else"
    token = made.out.strip()
    for file in server.data.rglob("*"):
        assert not file.is_file() or token.encode() not in file.read_bytes(), f"the token is in {file}"
    (server.data / "admin-token").write_text(token)
    server.start()
    found = server.run("whoami").expect().json
    assert (found["role"], found["tenant"]["handle"]) == ("administrator", "default")
    server.api.get("/v1/integrations").expect(200)
    server.stop()
    # It is an act on the installation, so that no tenant's record shows it.
    lines = [line for file in (server.data / "audit").rglob("*") if file.is_file()
             for line in file.read_bytes().splitlines() if b'"token.bootstrap"' in line]
    assert [json.loads(line)["phase"] for line in lines] == ["intent", "outcome"]
    server.run("audit", "verify", "--data", server.data).expect()


def test_a_token_is_not_made_while_the_server_runs(server):
    refused = bootstrap(server)
    assert refused.code == 1 and refused.out == "" and "data.locked" in refused.err, refused
    server.api.get("/v1/integrations").expect(200)


def test_a_token_is_not_made_where_no_installation_is(tmp_path, server):
    server.stop()
    absent = tmp_path / "absent"
    refused = server.run("token", "bootstrap", "--data", absent)
    assert refused.code == 3 and refused.out == "" and "absent" in refused.err, refused
    assert not absent.exists()


def test_a_made_token_is_void_after_a_day(tmp_path, sim, start_server):
    clock = moving_clock.MovingClock(tmp_path)
    # AWS's clock moves as well: its answers tell the server the time.
    server = start_server(sim, env=clock.environment)
    server.stop()
    token = bootstrap(server).expect().out.strip()
    server.start()
    mine = server.api.with_token(token)
    mine.get("/v1/integrations").expect(200)
    clock.advance(24 * 3600 - 120)
    mine.get("/v1/integrations").expect(200)
    clock.advance(180)
    assert mine.get("/v1/integrations").status == 401
    refused = server.run("whoami", env={**clock.environment, "CROSSROLE_TOKEN": token})
    assert refused.code == 4 and refused.out == "", refused


@pytest.fixture
def connected(sim, server):
    """A server with the active integration `prod`."""
    customer = sim.customers[0]
    keys = sim.keys(customer)
    server.api.post("/v1/integrations", {"handle": "prod", "kind": "account", "account_id": customer["account_id"]}).expect(201)
    body = {"access_key_id": keys.access_key_id, "secret_access_key": keys.secret_access_key}
    job = server.api.post("/v1/integrations/prod/quickstart", body).expect(202)["job"]
    assert server.api.finish(job)["integration"]["state"] == "active"
    return server


def follow(sim, link):
    """What the federation endpoint answers to a browser."""
    assert link.startswith(sim.url + "/federation?Action=login&"), link
    return api.Api(sim.url).get(link.removeprefix(sim.url))


def leads_to_the_console(sim, link):
    answer = follow(sim, link)
    assert answer.status == 302 and answer.headers["Location"] == "https://console.aws.amazon.com/", answer
    # A link is good once.
    assert follow(sim, link).status == 400


def test_a_console_link_leads_to_the_console_once_and_is_recorded(connected, sim):
    link = connected.run("credentials", "console", "prod", "--reason", "look").expect().json
    assert set(link) == {"url", "link_expires_at", "session_expires_at"} and link["link_expires_at"] < link["session_expires_at"]
    leads_to_the_console(sim, link["url"])
    printed = connected.run("credentials", "console", "--connection", "prod", "--output", "table").expect()
    leads_to_the_console(sim, printed.out.strip())
    assert "secret" in printed.err
    records = [item["action"] for item in connected.api.items("/v1/audit") if item["action"] in ("session.console", "session.mint")]
    assert records.count("session.console") == 2 and records.count("session.mint") >= 2
    token = urllib.parse.parse_qs(urllib.parse.urlsplit(link["url"]).query)["SigninToken"][0]
    assert token not in connected.process.output()


class Browser:
    """A folder for PATH with an `xdg-open` that notes what it was given."""

    def __init__(self, folder, end="exit 0"):
        self.folder, self.seen, self.runtime = folder / "bin", folder / "seen", folder / "runtime"
        for each in (self.folder, self.seen, self.runtime):
            each.mkdir()
        self.program = self.folder / "xdg-open"
        self.program.write_text(f"""#!/bin/sh
            tr '\\0' '\\n' < /proc/$$/cmdline > '{self.seen}/words'
            tr '\\0' '\\n' < /proc/$PPID/cmdline >> '{self.seen}/words'
            stat -c %a "$1" "$(dirname "$1")" > '{self.seen}/modes'
            cp "$1" '{self.seen}/page.part' && mv '{self.seen}/page.part' '{self.seen}/page'
            {end}
            """)
        self.program.chmod(0o755)

    def environment(self):
        return {"PATH": f"{self.folder}:{os.environ['PATH']}", "XDG_RUNTIME_DIR": str(self.runtime)}

    @property
    def words(self):
        return (self.seen / "words").read_text()

    @property
    def link(self):
        return html.unescape(re.search(r'content="0;url=([^"]*)"', (self.seen / "page").read_text())[1])


def test_the_browser_gets_the_link_by_a_page_that_nobody_else_reads(connected, sim, tmp_path):
    browser = Browser(tmp_path)
    opened = connected.run("credentials", "console", "prod", "--open", env=browser.environment()).expect()
    assert opened.out == "" and "opened" in opened.err
    # Command lines are visible to every user of the machine.
    assert "SigninToken" not in browser.words and sim.url not in browser.words and str(browser.runtime) in browser.words
    assert (browser.seen / "modes").read_text().split() == ["600", "700"]
    assert list(browser.runtime.iterdir()) == [], "the page is gone"
    leads_to_the_console(sim, browser.link)


@pytest.mark.parametrize("program", ["fails", "absent"])
def test_a_browser_that_does_not_open_is_an_error_and_leaves_nothing(connected, tmp_path, program):
    browser = Browser(tmp_path, "exit 3")
    environment = browser.environment()
    if program == "absent":
        browser.program.unlink()
        environment["PATH"] = str(browser.folder)
    refused = connected.run("credentials", "console", "prod", "--open", env=environment)
    assert refused.code == 1 and refused.out == "" and "xdg-open" in refused.err and "--open" in refused.err, refused
    assert list(browser.runtime.iterdir()) == []


def test_an_interrupted_command_leaves_no_page(connected, tmp_path):
    browser = Browser(tmp_path)
    command = subprocess.Popen([process.executable(), "credentials", "console", "prod", "--open"], stdin=subprocess.DEVNULL,
                               env=connected.command_environment(browser.environment()), stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while not (browser.seen / "page").exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert list(browser.runtime.iterdir()) != []
    command.send_signal(signal.SIGINT)
    command.wait(60)
    assert list(browser.runtime.iterdir()) == []
