"""A22: a request inside another, a foreign host name, and responses that a cache must not keep."""

import socket

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.attacks]

JSON = {"Content-Type": "application/json"}
LARGEST_BODY_BYTES = 1024 * 1024


def exchange(stack, text, *, seconds=5.0):
    """Send bytes as they are and return all responses on the connection, until it is closed."""
    with socket.create_connection(("127.0.0.1", stack.settings.edge_port), timeout=seconds) as connection:
        connection.sendall(text.replace(b"\n", b"\r\n"))
        received = b""
        try:
            while block := connection.recv(65_536):
                received += block
        except (TimeoutError, ConnectionResetError):  # reset if it was closed with unread bytes
            pass
    return received


HEAD = b"POST /api/auth/refresh HTTP/1.1\nHost: localhost\nContent-Type: application/json\n"
GET = b"GET /api/admin/stats HTTP/1.1\nHost: localhost\n\n"
SMUGGLED = {
    "a length and chunks": HEAD + b"Content-Length: 4\nTransfer-Encoding: chunked\n\n0\n\n" + GET,
    "two lengths": HEAD + b"Content-Length: 2\nContent-Length: 60\n\n{}" + GET,
    "lengths in one line": HEAD + b"Content-Length: 2, 60\n\n{}" + GET,
    "a negative length": HEAD + b"Content-Length: -1\n\n{}" + GET,
    "a length with a sign": HEAD + b"Content-Length: +2\n\n{}" + GET,
    "a length in hex": HEAD + b"Content-Length: 0x2\n\n{}" + GET,
    "an encoding twice": HEAD + b"Transfer-Encoding: chunked\nTransfer-Encoding: identity\n\n0\n\n" + GET,
    "an encoding with a space": HEAD + b"Transfer-Encoding : chunked\n\n0\n\n" + GET,
    "an encoding that hides": HEAD + b"Transfer-Encoding: xchunked\nContent-Length: 5\n\n0\n\n" + GET,
    "a folded header": HEAD + b"X-A: b\n Transfer-Encoding: chunked\nContent-Length: 2\n\n{}",
    "a chunk of a wrong size": HEAD + b"Transfer-Encoding: chunked\n\nZZ\n{}\n0\n\n" + GET,
    "a chunk beyond all numbers": HEAD + b"Transfer-Encoding: chunked\n\nFFFFFFFFFFFFFFFFF\n{}\n0\n\n",
    "a chunk longer than it says": HEAD + b"Transfer-Encoding: chunked\n\n2\n{}x\n0\n\n" + GET,
    "a chunk with a long extension": HEAD
    + b"Transfer-Encoding: chunked\n\n2;"
    + b"a" * 9000
    + b"\n{}\n0\n\n",
    "no host": b"GET /api/jobs HTTP/1.1\n\n",
    "two hosts": b"GET /api/jobs HTTP/1.1\nHost: a\nHost: b\n\n",
    "a NUL in a header": b"GET /api/jobs HTTP/1.1\nHost: localhost\nX-A: a\0b\n\n",
    "a verb of spaces": b"GET  /api/jobs HTTP/1.1\nHost: localhost\n\n",
    "another protocol": b"GET /api/jobs HTTP/9.9\nHost: localhost\n\n",
    "no protocol": b"GET /api/jobs\n\n",
    "a tunnel": b"CONNECT 127.0.0.1:22 HTTP/1.1\nHost: 127.0.0.1:22\n\n",
    "an upgrade": b"GET /api/jobs HTTP/1.1\nHost: localhost\nConnection: Upgrade\nUpgrade: h2c\n\n",
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_no_request_hides_in_another(stack, name):
    """The second request, if there is one, gets its own response, 401, or none; the first is
    refused with its own error: 501 and 505 are for unsupported requests."""
    received = exchange(stack, SMUGGLED[name], seconds=3)
    lines = [line for line in received.split(b"\r\n") if line.startswith(b"HTTP/1.")]
    statuses = [int(line.split()[1]) for line in lines]
    assert all(400 <= status < 500 or status in {501, 505} for status in statuses), received[:500]
    assert len(statuses) <= 2
    if b"Transfer-Encoding" in SMUGGLED[name] and b"Content-Length" in SMUGGLED[name] and len(statuses) == 2:
        assert statuses[1] == 401


def test_the_connection_of_a_refused_body_serves_the_next_request_of_another_user(nobody, owner):
    """An unread body would be taken for the start of the next request."""
    for _ in range(10):
        answer = nobody.send("POST", "auth/refresh", data=b"x" * (LARGEST_BODY_BYTES + 10), headers=JSON)
        assert answer.status_code == 413
        assert owner.send("GET", "auth/me").status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1:9000", "localhost@evil.example", "x" * 300]
)
def test_a_foreign_host_name_is_in_no_address_that_is_answered(owner, belongings, stack, host):
    answer = owner.send("GET", f"stream/{belongings.video['id']}", headers={"Host": host})
    assert answer.status_code in {200, 400, 404}
    if answer.status_code == 200:
        assert answer.json()["hls_url"].startswith(stack.settings.origin)
    assert "evil.example" not in answer.text


def test_no_private_answer_may_be_kept_by_a_cache(owner, belongings):
    for path in (
        "auth/me",
        "jobs",
        "gallery/my-videos",
        f"gallery/videos/{belongings.video['id']}",
        "storage/uploads",
    ):
        answer = owner.send("GET", f"{path}?" if "?" not in path else path)
        assert answer.headers["Cache-Control"] == "no-store", path


@pytest.mark.parametrize("name", ["X-Forwarded-Scheme", "X-Forwarded-Proto", "X-Host", "X-Original-Host"])
def test_an_unkeyed_header_changes_no_public_answer(nobody, name):
    """Cache poisoning: what a cache does not distinguish must not change the response."""
    plain = nobody.send("GET", "gallery/videos", params={"limit": 1})
    spoofed = nobody.send("GET", "gallery/videos", params={"limit": 1}, headers={name: "evil.example"})
    assert "evil.example" not in spoofed.text + str(spoofed.headers)
    assert plain.status_code == spoofed.status_code == 200
