"""Many clients that send or read slowly, at the edge and at each port behind it, do not affect
others."""

import socket
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from infra.local.processes.health import wait_until
from infra.local.processes.services import build_aws_access
from infra.local.provisioning.generated_secrets import load_or_make_secrets

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

#: For the median of five, because the test machine has other work too. A request that waits for a
#: thread blocked by a slow client takes 30 s.
AT_ONCE_SECONDS = 1.0
#: Less than the time allowed for a slow client.
_WORK_SECONDS = 20
FEW, MANY = 64, 300
#: The crowd may hit the rate limit, which no other test's address should share for a minute.
_CROWD_ADDRESS = "127.0.0.3"
NOBODY = "00000000-0000-4000-8000-000000000000"
LOGIN = "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
#: What a client has sent before it becomes slow.
SLOW = {
    "silence": "",
    "a head": "GET /api/health HTTP/1.1\r\nHost: x\r\nX: ",
    "a body": LOGIN + 'Content-Length: 1000\r\n\r\n{"email":',
    "chunks": LOGIN + 'Transfer-Encoding: chunked\r\n\r\n9\r\n{"email":\r\n',
    "an answer": "GET /api/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n",
    "a body for no page": "POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx",
    "an upload": "PUT /video-forge-storage/x HTTP/1.1\r\nHost: x\r\nContent-Length: 90000000\r\n\r\nx",
}


class Crowd:
    """Connections to one port; `trickle` sends one more byte on each that is still open."""

    def __init__(self, port: int, *, size: int, data: str) -> None:
        self._stack = ExitStack()
        self._clients = [self._stack.enter_context(closing(self._connect(port, data))) for _ in range(size)]

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @staticmethod
    def _connect(port: int, data: str) -> socket.socket:
        client = socket.socket()
        client.bind((_CROWD_ADDRESS, 0))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(20)
        client.connect(("127.0.0.1", port))
        client.sendall(data.encode())
        return client

    def trickle(self) -> None:
        for client in self._clients:
            try:
                client.sendall(b"x")
            except OSError:
                client.close()


class _OtherAddress(HTTPAdapter):
    """Calls from another address than the crowd, which may hit the rate limit."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, source_address=("127.0.0.2", 0), **options)


def measure(*asks: str) -> float:
    """Return the median of five times, in seconds, that all of these requests take, one after
    another; infinite if one fails."""
    seconds = []
    for _ in range(5):
        with requests.Session() as session:
            session.mount("http://", _OtherAddress())
            began = time.monotonic()
            for url in asks:
                answer = session.get(url, timeout=30)
                if answer.status_code not in {200, 401, 405}:
                    return float("inf")
            seconds.append(time.monotonic() - began)
    return statistics.median(seconds)


def are_answered_at_once(asks: tuple[str, ...]) -> bool:
    """The crowd's own requests are work too and come first; after that, nobody waits for the
    crowd."""
    return wait_until(lambda: measure(*asks) < AT_ONCE_SECONDS, seconds=_WORK_SECONDS, step_seconds=0.5)


def list_ports(stack):
    settings = stack.settings
    return {
        "edge": settings.edge_port,
        "job-service": settings.job_service_port,
        "task-api": settings.task_api_port,
        "events": settings.events_port,
        "gallery": settings.gallery_port,
        "job-service, private": settings.job_service_private_port,
        "gallery, private": settings.gallery_private_port,
        "relay, private": settings.relay_private_port,
        "processor, private": settings.processor_port,
    }


@pytest.fixture
def asks(stack):
    """What must be fast: a page, the API, and the path of a heartbeat."""
    origin, settings = f"http://127.0.0.1:{stack.settings.edge_port}", stack.settings
    return (
        f"{origin}/config.json",
        f"{origin}/api/health",
        f"{origin}/api/gallery/videos",
        f"http://127.0.0.1:{settings.task_api_port}/internal/tasks/{NOBODY}/heartbeat",
        f"http://127.0.0.1:{settings.processor_port}/health",
    )


@pytest.mark.parametrize("kind", SLOW)
def test_slow_clients_of_the_edge_hold_up_nobody(stack, asks, kind):
    for size in (FEW, MANY):
        with Crowd(stack.settings.edge_port, size=size, data=SLOW[kind]) as crowd:
            crowd.trickle()
            assert are_answered_at_once(asks), f"{size} clients, {kind}"


@pytest.mark.parametrize("kind", ["silence", "a head", "a body", "chunks", "an answer"])
def test_slow_clients_of_a_services_own_port_hold_up_nobody(stack, asks, kind):
    for name, port in list_ports(stack).items():
        with Crowd(port, size=FEW, data=SLOW[kind]) as crowd:
            crowd.trickle()
            assert are_answered_at_once(asks), f"{name}, {kind}"
    with Crowd(stack.settings.job_service_port, size=MANY, data=SLOW[kind]) as crowd:
        crowd.trickle()
        assert are_answered_at_once(asks), f"job-service, {kind}"


#: Longer than any API request may take, in pieces with pauses between them.
PIECES = [bytes([number]) * 10_000 for number in range(35)]


def upload_slowly(stack):
    """Return the response to an upload over a slow connection, and what is stored afterwards."""
    settings = stack.settings
    access = build_aws_access(settings, secrets=load_or_make_secrets(settings.state_dir))
    with closing(access.client("s3")) as s3:
        place = {"Bucket": settings.s3_bucket_name, "Key": "slow/part.bin"}
        inside = s3.generate_presigned_url("put_object", place, 600)

        def send_slowly():
            for piece in PIECES:
                time.sleep(1)
                yield piece

        # the store checks the signed host name; the edge forwards the one from the request
        host = inside.split("/")[2]
        url = inside.replace(host, f"127.0.0.1:{settings.edge_port}")
        body = SizedBody(send_slowly(), len(b"".join(PIECES)))
        answer = requests.put(url, data=body, headers={"Host": host}, timeout=120)
        return answer, s3.get_object(**place)["Body"].read() if answer.ok else b""


def send_half_a_body(stack):
    """Return the response to an endless body, its seconds, and whether the connection is closed
    afterwards."""
    with closing(Crowd._connect(stack.settings.edge_port, SLOW["a body"])) as client:
        client.settimeout(60)
        began = time.monotonic()
        answer = client.recv(65536).decode()
        seconds = time.monotonic() - began
        return answer, seconds, wait_until(lambda: client.recv(65536) == b"", seconds=5)


@pytest.fixture(scope="module")
def slow_answers(stack):
    """Both at once: they wait for half a minute each."""
    with ThreadPoolExecutor(2) as people:
        yield people.submit(upload_slowly, stack), people.submit(send_half_a_body, stack)


def test_the_api_tells_a_slow_body_that_it_is_late_through_the_edge(slow_answers):
    answer, seconds, is_closed = slow_answers[1].result()
    assert 25 < seconds < 45
    assert answer.startswith("HTTP/1.1 408 ")
    assert '"request_timeout"' in answer
    assert is_closed


def test_an_upload_over_a_slow_line_is_stored_whole(slow_answers):
    answer, stored = slow_answers[0].result()
    assert answer.status_code == 200, answer.text
    assert stored == b"".join(PIECES)


class SizedBody:
    """An iterable with a known length, so that it is sent with Content-Length and not in chunks."""

    def __init__(self, pieces, size):
        self._pieces, self._size = pieces, size

    def __iter__(self):
        return self._pieces

    def __len__(self):
        return self._size


def test_connections_at_the_edge_cost_little_memory(stack):
    pid = stack.supervisor.list_processes()["edge"].pid

    def read_resident_bytes():
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * 4096

    before = read_resident_bytes()
    with Crowd(stack.settings.edge_port, size=1000, data=SLOW["a head"]):
        each = (read_resident_bytes() - before) / 1000
    assert each < 60_000, f"{each:.0f} bytes for each connection"
