# SPDX-License-Identifier: Apache-2.0
"""`crossrole login` by an operator's password: asked for on a terminal without echo, or read from standard input."""

import json
import os
import pty
import select
import subprocess
import termios
import time

import pytest
from harness import process

PASSWORD, EMAIL = "correct horse battery", "ann@example.com"


@pytest.fixture
def ann(server):
    person = server.api.post("/v1/operators", {"name": "Ann", "email": EMAIL, "password": PASSWORD}).expect(201)
    server.api.post("/v1/role-bindings", {"operator": person["id"], "role": "reader"}).expect(201)
    return person


@pytest.fixture
def profile(processes):
    return processes.folder / "home" / ".config" / "crossrole" / "default.json"


def without_token(server):
    environment = server.command_environment()
    del environment["CROSSROLE_TOKEN"]
    return environment


def run(server, *words, stdin=None):
    done = subprocess.run([process.executable(), *words], env=without_token(server), input=stdin, capture_output=True, text=True, timeout=120,
                          check=False)
    return done.returncode, done.stdout, done.stderr


class Terminal:
    """A command whose standard input and error are a terminal."""

    def __init__(self, server, *words):
        self.master, slave = pty.openpty()
        self.popen = subprocess.Popen([process.executable(), *words], env=without_token(server), stdin=slave, stderr=slave, stdout=subprocess.PIPE,
                                      start_new_session=True)
        os.close(slave)
        self.shown = b""

    def read_until(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while not condition(self.shown):
            assert time.monotonic() < end, self.shown
            if not select.select([self.master], [], [], 0.2)[0]:
                continue
            try:
                part = os.read(self.master, 4096)
            except OSError:  # the other side is closed
                part = b""
            if not part:
                break
            self.shown += part
        return self.shown.decode()

    def wait_for_silence(self, seconds=60):
        """Until what is typed is shown no more."""
        end = time.monotonic() + seconds
        while termios.tcgetattr(self.master)[3] & termios.ECHO:
            assert time.monotonic() < end, "the terminal still shows what is typed"
            time.sleep(0.01)

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self):
        self.read_until(lambda _: False)
        out = self.popen.stdout.read().decode()
        self.popen.stdout.close()
        code = self.popen.wait(60)
        os.close(self.master)
        return code, out


def test_a_password_is_asked_for_without_being_shown_and_later_commands_use_what_it_gave(server, ann, profile):
    terminal = Terminal(server, "login", "--server", server.url, "--email", EMAIL)
    asked = terminal.read_until(lambda shown: b": " in shown)
    assert f"password of {EMAIL} for {server.url}" in asked
    terminal.wait_for_silence()
    terminal.type(PASSWORD + "\n")
    code, out = terminal.end()
    shown = terminal.shown.decode()
    assert code == 0, shown
    assert PASSWORD not in shown and "signed in to" in shown
    kept = json.loads(profile.read_text())
    assert profile.stat().st_mode & 0o777 == 0o600 and PASSWORD not in profile.read_text()
    assert kept["token"] not in shown + out
    code, out, _ = run(server, "whoami")
    who = json.loads(out)
    assert code == 0 and who["role"] == "reader", who
    [token] = [each for each in server.api.items("/v1/tokens") if each["id"] == who["id"]]
    assert token["operator"] == ann["id"] and token["expires_at"]


def test_a_password_comes_from_standard_input_and_logout_ends_the_token(server, ann, profile):
    code, _, err = run(server, "login", "--server", server.url, "--email", EMAIL, "--password-stdin", stdin=PASSWORD + "\n")
    assert code == 0, err
    token = json.loads(profile.read_text())["token"]
    server.api.with_token(token).get("/v1/whoami").expect(200)
    assert run(server, "logout")[0] == 0
    assert not profile.exists()
    server.api.with_token(token).get("/v1/whoami").expect(401)
    assert ann["email"] not in err


def test_a_wrong_password_is_said_like_the_server_says_it_and_nothing_is_kept(server, ann, profile):
    code, out, err = run(server, "login", "--server", server.url, "--email", ann["email"], "--password-stdin", stdin="wrong horse battery")
    assert code == 4 and out == "" and "the address or the password is wrong" in err
    assert not profile.exists()


def test_without_a_terminal_and_without_a_password_it_says_what_to_give(server, profile):
    code, _, err = run(server, "login", "--server", server.url, "--email", EMAIL, stdin="")
    assert code == 2 and "--password-stdin" in err
    assert not profile.exists()


def test_an_empty_answer_is_refused(server, profile):
    terminal = Terminal(server, "login", "--server", server.url, "--email", EMAIL)
    terminal.read_until(lambda shown: b": " in shown)
    terminal.wait_for_silence()
    terminal.type("\n")
    code, _ = terminal.end()
    assert code == 2 and "there is no password" in terminal.shown.decode()
    assert not profile.exists()
