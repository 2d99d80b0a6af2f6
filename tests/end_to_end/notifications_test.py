# SPDX-License-Identifier: Apache-2.0
"""Notifications at a real mail server (aiosmtpd, with STARTTLS and sign-in) and a real receiver of webhooks."""

import base64
import email.header
import json
import subprocess
from contextlib import closing

import pytest
from harness import process
from harness.journey import connect, create, state_of, verify
from harness.listeners import MailServer, Webhook, check_signature, wait_until

FAST = {"CROSSROLE_AWS_RATE_SCALE": "1000"}
OPEN = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]}]}


@pytest.fixture
def sim(start_sim):
    return start_sim("--throttle", "off")


@pytest.fixture
def start_with(start_server, sim, tmp_path):
    def start(text):
        file = tmp_path / "crossrole.toml"
        file.write_text('[server]\npublic_url = "https://crossrole.example.com"\n' + text)
        return start_server(sim, "--config", file, env=FAST)

    return start


def mail_section(server, certificate, tmp_path):
    password = tmp_path / "mail.password"
    password.write_text("a password\n")
    return (f'[mail]\nurl = "smtp://127.0.0.1:{server.port}"\nfrom = "crossrole@example.com"\nusername = "me"\n'
            f'password_file = "{password}"\nca_file = "{certificate[0]}"\n')


def operator(server, name):
    """A new person with a mail address."""
    return server.api.post("/v1/operators", {"name": name, "email": f"{name}@example.com"}).expect(201)


def quarantine(server, sim, integration):
    """Opens the trust to everybody, until the server has noticed twice."""
    customer = sim.customers[0]
    sim.client("iam", sim.keys(customer)).update_assume_role_policy(RoleName=integration["role_name"], PolicyDocument=json.dumps(OPEN))
    wait_until(lambda: verify(server, integration) and state_of(server, integration) == "quarantined")


def text_of(mail):
    """(subject, text) of a mail."""
    head, body = mail.split("\r\n\r\n", 1)
    [subject] = [line.removeprefix("Subject: ") for line in head.splitlines() if line.startswith("Subject: ")]
    return str(email.header.make_header(email.header.decode_header(subject))), base64.b64decode(body).decode()


def test_owners_get_mail_when_they_are_made_and_when_trust_breaks_and_is_mended(start_with, sim, certificate, tmp_path):
    with closing(MailServer(certificate)) as mail:
        server = start_with(mail_section(mail, certificate, tmp_path))
        ann, bob = operator(server, "ann"), operator(server, "bob")
        integration = connect(server, sim, sim.customers[0])
        answer = server.api.patch(f"/v1/integrations/{integration['id']}", {"owners": [ann["id"], bob["id"]]}).expect(200)
        assert "notice" not in answer
        wait_until(lambda: len(mail.mails) == 2)
        assert [to for _, to, _, _ in mail.mails] == [["ann@example.com"], ["bob@example.com"]]
        for sender, _, content, secure in mail.mails:
            subject, text = text_of(content)
            assert sender == "crossrole@example.com" and secure
            assert subject == "You own the integration prod" and f"https://crossrole.example.com/integrations/{integration['id']}" in text
        # The mail server is away for a while; nothing is lost.
        mail.refuse = True
        trust = server.api.get("/v1/integrations/prod/setup/trust-policy").text.decode()
        quarantine(server, sim, integration)
        server.kill()
        mail.refuse = False
        server.start()
        wait_until(lambda: len(mail.mails) >= 4)
        assert {text_of(content)[0] for _, _, content, _ in mail.mails[2:]} == {"The integration prod is quarantined"}
        iam = sim.client("iam", sim.keys(sim.customers[0]))
        iam.update_assume_role_policy(RoleName=integration["role_name"], PolicyDocument=trust)
        wait_until(lambda: verify(server, integration) and state_of(server, integration) == "active")
        wait_until(lambda: [text_of(content)[0] for _, _, content, _ in mail.mails].count("The integration prod is active again") == 2)
        assert "a password" not in server.process.output()


def test_a_webhook_is_told_and_signed(start_with, sim, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("a shared secret\n")
    with closing(Webhook()) as webhook:
        server = start_with(f'[notification]\nwebhook_url = "{webhook.url}"\nwebhook_secret_file = "{secret}"\n')
        integration = connect(server, sim, sim.customers[0])
        quarantine(server, sim, integration)
        wait_until(lambda: webhook.received)
        [(headers, body)] = webhook.received
        check_signature("a shared secret", headers, body)
        told = json.loads(body)
        assert (told["kind"], told["integration"]["id"]) == ("integration.quarantined", integration["id"])
        assert told["link"] == f"https://crossrole.example.com/integrations/{integration['id']}"
        assert headers["Crossrole-Delivery"] == told["id"]


def test_without_mail_whoever_names_an_owner_gets_the_link_to_hand_on(start_with, sim):
    server = start_with("")
    ann = operator(server, "ann")
    integration = create(server, sim.customers[0])
    assert "notice" not in integration
    answer = server.api.patch(f"/v1/integrations/{integration['id']}", {"owners": [ann["id"]]}).expect(200)
    assert "no mail is sent" in answer["notice"] and f"https://crossrole.example.com/integrations/{integration['id']}" in answer["notice"]
    assert "notice" not in server.api.get(f"/v1/integrations/{integration['id']}").expect(200)


@pytest.mark.parametrize(("text", "words"), [
    ('[mail]\nurl = "smtp://mail.example.com:25"\nfrom = "nobody"', "not a mail address"),
    ('[mail]\nurl = "smtp://mail.example.com:25"\nfrom = "a@example.com"\nstarttls = "off"', "loopback only"),
    ('[mail]\nurl = "mail.example.com"\nfrom = "a@example.com"', "begins with smtp://"),
    ('[mail]\nurl = "smtp://mail.example.com:25"\nfrom = "a@example.com"\nusername = "me"', "belong together"),
    ('[notification]\nwebhook_url = "http://example.com/"\nwebhook_secret_file = "/etc/hostname"', "must be https"),
    ('[notification]\nwebhook_url = "https://example.com/"', "cannot be read or is empty"),
])
def test_what_is_wrongly_configured_is_a_clear_refusal_to_start(executable, tmp_path, text, words):
    file = tmp_path / "crossrole.toml"
    file.write_text(text)
    done = subprocess.run([str(executable), "server", "--listen", "127.0.0.1:0", "--data", str(tmp_path / "data"), "--config", str(file)],
                          env=process.clean_environment(tmp_path), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and words in done.stderr, done.stderr
