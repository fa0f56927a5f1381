"""The stack's mail process keeps the most recent mails in memory, or forwards each to a real
server."""

import smtplib
from email.message import EmailMessage
from types import SimpleNamespace

import pytest
import requests
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from infra.local.identity.code_mails import CodeMails
from infra.local.identity.code_store import Purpose
from infra.local.mail.mailbox import Mailbox
from infra.local.mail.sender import MailSender
from infra.local.processes.health import wait_until
from infra.local.processes.infrastructure import build_mail
from infra.local.provisioning.generated_secrets import StackSecrets
from tests.servers.ports import find_free_ports
from tests.servers.processes import run_process

#: aiosmtpd in this process warns of passwords in the clear.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")
STATIONERY = CodeMails("Café", "https://films.example", "no-reply@films.example")


def write(address="ann@example.org", code="048213"):
    return STATIONERY.write_code(Purpose.RESET, address=address, code=code)


def test_a_mail_tells_code_site_and_address_in_both_languages():
    text = write().get_content()
    assert text.count("048213") == 2
    assert text.count("https://films.example") == 2
    assert write()["Subject"].startswith("Café: 048213")
    assert write()["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("address", ["ann@example.org\nBcc: all@example.org", "ann@example.org\r\nX: y"])
def test_an_address_cannot_write_headers(address):
    with pytest.raises(ValueError, match="Header values"):
        write(address)


def test_the_last_mails_are_kept_newest_first_and_found_by_address_and_id():
    box = Mailbox(capacity=3)
    for number in range(5):
        box.put(write(f"{number}@example.org"), recipients=[f"{number}@example.org"])
    assert [mail.to[0][0] for mail in box.list_mails()] == ["4", "3", "2"]
    (mail,) = box.list_mails(to="3@EXAMPLE.org")
    assert box.find(mail.id) == mail
    assert box.find("none") is None
    assert "048213" in mail.text
    assert "048213" not in repr(mail)


class World:
    """A real mail server: keeps the mails it gets, and refuses unknown users."""

    def __init__(self):
        self.received = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("unknown@"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.received.append((envelope.rcpt_tos, envelope.content.decode()))
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"site", b"right"))


@pytest.fixture
def world():
    (port,) = find_free_ports(1)
    handler = World()
    options = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False}
    controller = Controller(handler, hostname="127.0.0.1", port=port, **options)
    controller.start()
    yield SimpleNamespace(port=port, received=handler.received)
    controller.stop()


@pytest.fixture
def run_mail(tmp_path):
    """Starts the process with these settings, and returns the ports of SMTP and HTTP and the
    log."""
    keys = StackSecrets()

    def run(**values):
        return run_process(
            lambda settings: build_mail(
                settings.model_validate(settings.model_dump() | values), secrets=keys
            ),
            state_dir=tmp_path,
        )

    run.token = keys.service_tokens
    return run


@pytest.mark.integration
def test_with_a_real_server_mails_go_there_and_none_is_kept(run_mail, world):
    values = {"smtp_host": "127.0.0.1", "smtp_port": world.port, "smtp_security": "none"}
    with run_mail(**values, smtp_user="site", smtp_password="right") as process:
        port, http_port = (item.number for item in process.spec.ports)
        with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as smtp:
            smtp.send_message(write())
            with pytest.raises(smtplib.SMTPDataError, match="550"):
                smtp.send_message(write("unknown@example.org"))
        assert [to for to, _ in world.received] == [["ann@example.org"]]
        headers = {"X-VideoForge-Service-Token": run_mail.token}
        answer = requests.get(f"http://127.0.0.1:{http_port}/mails", headers=headers, timeout=5)
        assert answer.status_code == 410
        log = process.log_path.read_text()
        assert not [word for word in ("right", "048213", "ann@example.org") if word in log]


@pytest.mark.integration
@pytest.mark.parametrize("fault", ["password", "port"])
def test_a_real_server_that_does_not_take_us_is_told_before_a_mail_is_sent(run_mail, world, fault):
    port = world.port if fault == "password" else find_free_ports(1)[0]
    values = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}
    with run_mail(**values, smtp_user="site", smtp_password="wrong") as process:
        post = MailSender(host="127.0.0.1", port=process.spec.ports[0].number, sender="a@films.example")
        assert not post.is_open()
        with (
            smtplib.SMTP("127.0.0.1", process.spec.ports[0].number, local_hostname="localhost") as smtp,
            pytest.raises(smtplib.SMTPSenderRefused, match="451"),
        ):
            smtp.send_message(write())
        assert world.received == []


@pytest.mark.integration
def test_a_mail_that_fails_is_tried_again(monkeypatch):
    monkeypatch.setattr("infra.local.mail.sender._PAUSES_SECONDS", (0.1, 0.1, 5.0))
    (port,) = find_free_ports(1)
    post = MailSender(host="127.0.0.1", port=port, sender="a@films.example")
    assert not post.is_open()
    post.send_later(write())
    handler = World()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        assert wait_until(lambda: len(handler.received) == 1, seconds=10)
        assert post.is_open()
    finally:
        controller.stop()


def test_an_own_text_is_a_mail_too():
    message = STATIONERY.write(address="ann@example.org", subject="Hello", text="Text")
    assert isinstance(message, EmailMessage)
    assert message.get_content().strip() == "Text"
