"""Mail to a real server over TLS, from the first byte or after STARTTLS, and to an impostor."""

import asyncio
import datetime
import ssl
from types import SimpleNamespace

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from infra.local.mail.smtp_handlers import Forwarder, RealServer
from tests.servers.ports import find_free_ports

#: aiosmtpd in this process leaves a transport open if TLS fails.
pytestmark = [
    pytest.mark.integration,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning"),
]
ENVELOPE = SimpleNamespace(
    content=b"Subject: 048213\r\n\r\nText", mail_from="a@films.example", rcpt_tos=["ann@example.org"]
)


class World:
    """A real mail server, called localhost. `seen` are the passwords and mails that it got."""

    def __init__(self):
        self.seen = []

    async def handle_DATA(self, server, session, envelope):
        self.seen.append(("mail", is_encrypted(server), envelope.rcpt_tos))
        return "250 OK"

    def authenticate(self, server, session, envelope, mechanism, data):
        self.seen.append(("password", is_encrypted(server), data.password))
        return AuthResult(success=data.password == b"right")


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Starts a server with a self-signed certificate for a name, trusted by us or not."""
    running = []

    def run(*, security, name="localhost", is_trusted=True):
        certificate, key = make_certificate(tmp_path, name=name)
        if is_trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        by_security = {"tls": {"ssl_context": context}, "starttls": {"tls_context": context}, "none": {}}
        (port,) = find_free_ports(1)
        world = World()
        options = {"authenticator": world.authenticate, "auth_required": True, "auth_require_tls": False}
        controller = Controller(world, hostname="localhost", port=port, **options, **by_security[security])
        controller.start()
        running.append(controller)
        return world, port

    yield run
    for controller in running:
        controller.stop()


def is_encrypted(server):
    return server.transport.get_extra_info("ssl_object") is not None


def send(port, *, security):
    server = RealServer("localhost", port, user="site", password="right", security=security)
    return asyncio.run(Forwarder(server).handle_DATA(None, None, ENVELOPE))


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_and_the_password_go_by_tls_alone(start, security):
    world, port = start(security=security)
    assert send(port, security=security).startswith("250")
    assert world.seen == [("password", True, b"right"), ("mail", True, ["ann@example.org"])]


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize(
    "certificate", [{"is_trusted": False}, {"name": "elsewhere.example"}], ids=["unknown", "another's"]
)
def test_a_server_with_a_wrong_certificate_gets_neither_password_nor_mail(start, security, certificate):
    world, port = start(security=security, **certificate)
    with pytest.raises(ssl.SSLCertVerificationError):
        RealServer("localhost", port, user="site", password="right", security=security).connect()
    assert send(port, security=security).startswith("451")
    assert world.seen == []


@pytest.mark.parametrize(("offered", "wanted"), [("none", "starttls"), ("none", "tls"), ("tls", "starttls")])
def test_a_server_without_the_security_that_is_set_gets_nothing(start, offered, wanted):
    """An attacker on the network who removes STARTTLS from the response gains nothing."""
    world, port = start(security=offered)
    assert send(port, security=wanted).startswith("451")
    assert world.seen == []


def make_certificate(folder, *, name):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_path, key_path = folder / "own.crt", folder / "own.key"
    certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pem, format_ = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key_path.write_bytes(key.private_bytes(pem, format_, plain))
    return certificate_path, key_path
