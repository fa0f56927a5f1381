"""A request is whole with its last byte, whatever the pieces it came in, and never before."""

import pytest

from videoforge_web.server.incoming import MAX_HEAD_BYTES, IncomingRequest

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
WHOLE = {
    "no body": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a body": HEAD + b"Content-Length: 5\r\n\r\nhello",
    "an empty body": HEAD + b"content-length:0\r\n\r\n",
    "chunks": CHUNKED + b"5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
    "chunks that look like the end": HEAD
    + b"Transfer-Encoding: chunked\r\n\r\n7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n",
    "a trailer": CHUNKED + b"1\r\na\r\n0\r\nX: y\r\n\r\n",
}
#: gunicorn refuses these; waiting for more of them would be waiting for nothing.
UNREADABLE = {
    "two lengths": HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
    "a length and chunks": HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    "a length in words": HEAD + b"Content-Length: five\r\n\r\n",
    "a coding that nobody knows": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
    "a size in words": CHUNKED + b"five!\r\n",
    "a head without an end": b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_HEAD_BYTES,
}


def read(*pieces, max_body_bytes=1000):
    request = IncomingRequest(max_body_bytes=max_body_bytes)
    for piece in pieces:
        request.feed(piece)
    return request


@pytest.mark.parametrize("data", WHOLE.values(), ids=WHOLE)
def test_a_request_is_whole_with_its_last_byte(data):
    request = IncomingRequest(max_body_bytes=1000)
    for number in range(len(data)):
        assert not request.is_whole, data[:number]
        request.feed(data[number : number + 1])
    assert request.is_whole
    assert not request.is_too_large
    assert bytes(request.data) == data
    assert read(data).is_whole


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_not_waited_for(data):
    assert read(data).is_whole


@pytest.mark.parametrize(
    "data",
    [
        HEAD + b"Content-Length: 1001\r\n\r\n",
        HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n",
        CHUNKED + b"3e9\r\n",
        HEAD
        + b"Transfer-Encoding: chunked\r\n\r\n"
        + b"3e0\r\n"
        + b"x" * 992
        + b"\r\n"
        + b"1\r\na\r\n" * 20_000,
    ],
)
def test_a_body_that_is_too_large_is_known_before_it_is_there(data):
    assert read(data).is_too_large


def test_a_body_of_just_the_limit_is_not_too_large():
    assert not read(HEAD + b"Content-Length: 1000\r\n\r\n").is_too_large


def test_fields_are_found_by_any_case_and_the_last_one_counts():
    request = read(b"GET / HTTP/1.1\r\nx-forwarded-for: a\r\nX-Forwarded-For:  b, c \r\n\r\n")
    assert request.get_field("X-Forwarded-For") == "b, c"
    assert request.get_field("X-Other") == ""
    assert read(b"GET / HTTP/1.1\r\nX: y").get_field("X") == ""


def test_a_client_that_waits_for_leave_to_send_is_known():
    assert read(HEAD + b"Expect: 100-Continue\r\nContent-Length: 5\r\n\r\n").wants_continue
