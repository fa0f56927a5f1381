"""A Redis that is down or hangs costs its callers one time-out and then nothing."""

import time

import pytest

from tests.servers.processes import LocalProcess
from videoforge_clients.quiet_redis import OPEN_SECONDS, QuietRedis, build_redis

pytestmark = pytest.mark.integration

TIMEOUT_SECONDS = 0.3


def test_a_redis_that_hangs_is_waited_for_once_and_asked_again_later(redis_process: LocalProcess) -> None:
    clock = [0.0]
    client = build_redis(
        "127.0.0.1", port=redis_process.spec.ports[0].number, timeout_seconds=TIMEOUT_SECONDS
    )
    quiet = QuietRedis(client, clock=lambda: clock[0])
    assert quiet.ask(lambda redis: redis.set("key", "value"))
    with redis_process.frozen():
        began = time.monotonic()
        for _ in range(50):
            assert quiet.ask(lambda redis: redis.get("key")) is None
        assert time.monotonic() - began < 5 * TIMEOUT_SECONDS
    assert quiet.ask(lambda redis: redis.get("key")) is None, "it is left alone"
    clock[0] += OPEN_SECONDS
    assert quiet.ask(lambda redis: redis.get("key")) == "value"
    client.close()
