"""A storm: faults in a running stack at random moments, all determined by one seed.

`plan_storm` is pure: the same seed gives the same blows at the same seconds, so that a finding can
be reproduced. A blow ends by itself, and every process that it hit runs again afterwards.
"""

import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final, Literal

import redis
from botocore.exceptions import BotoCoreError, ClientError

from tests.faults.harness.broken_stack import BrokenStack
from tests.faults.harness.collect import list_media_processes
from tests.faults.harness.proxy import HANGING, REFUSED

BlowKind = Literal["kill", "freeze", "purge", "flush", "cut", "hang", "kill ffmpeg"]

#: How often each kind occurs: most processes that die are killed.
_WEIGHTS: Final[dict[BlowKind, int]] = {
    "kill": 10,
    "freeze": 3,
    "cut": 3,
    "hang": 2,
    "purge": 1,
    "flush": 1,
    "kill ffmpeg": 2,
}
#: The target, where the kind determines it.
_FIXED: Final[dict[BlowKind, str]] = {"purge": "aws", "flush": "redis", "kill ffmpeg": "ffmpeg"}
#: Kinds with a duration; a part returns well before a lease of 90 s expires.
_LASTING: Final = frozenset({"freeze", "cut", "hang"})
LONGEST_SECONDS: Final = 20.0


@dataclass(frozen=True)
class Blow:
    """`target` is a process, or a link such as `relay to postgres`; `seconds` is the duration."""

    at_seconds: float
    kind: BlowKind
    target: str
    seconds: float = 0.0


def plan_storm(
    seed: int,
    *,
    seconds: float,
    every_seconds: float,
    processes: Sequence[str],
    links: Sequence[str],
    longest_seconds: float = LONGEST_SECONDS,
) -> list[Blow]:
    """Return the blows in order, with this many seconds between two on average."""
    chance = random.Random(seed)
    processes, links = sorted(processes), sorted(links)
    blows, at_seconds = [], chance.uniform(0.2, 1.0) * every_seconds
    while at_seconds < seconds:
        [kind] = chance.choices(list(_WEIGHTS), weights=list(_WEIGHTS.values()))
        target = _FIXED.get(kind) or chance.choice(links if kind in {"cut", "hang"} else processes)
        lasts_seconds = round(chance.uniform(1, longest_seconds), 1) if kind in _LASTING else 0.0
        blows.append(Blow(round(at_seconds, 2), kind, target, lasts_seconds))
        at_seconds += lasts_seconds + chance.expovariate(1 / every_seconds)
    return blows


def run_storm(stack: BrokenStack, blows: Sequence[Blow], *, say: Callable[[str], None]) -> None:
    """Execute each blow at its second; return when the last one is over and everything runs
    again."""
    began = time.monotonic()
    for blow in blows:
        time.sleep(max(0.0, began + blow.at_seconds - time.monotonic()))
        say(f"{time.monotonic() - began:6.1f} s  {blow.kind} {blow.target}")
        strike(stack, blow)
    stack.links.restore()
    stack.wait_for(*stack.supervisor.list_processes())


def strike(stack: BrokenStack, blow: Blow) -> None:
    """Execute one blow and undo it. A process that is just being restarted is left alone."""
    if blow.kind == "kill":
        stack.kill(blow.target)
    elif blow.kind == "kill ffmpeg":
        for pid in list_media_processes(stack):
            _kill(pid)
    elif blow.kind == "purge":
        purge_queue(stack)
    elif blow.kind == "flush":
        flush_redis(stack)
    else:
        _hold(stack, blow)


def _hold(stack: BrokenStack, blow: Blow) -> None:
    with ExitStack() as held:
        if blow.kind == "freeze":
            held.enter_context(stack.frozen(blow.target))
        else:
            held.enter_context(stack.links[blow.target].broken(REFUSED if blow.kind == "cut" else HANGING))
        time.sleep(blow.seconds)


def purge_queue(stack: BrokenStack) -> None:
    """Delete all messages; a queue that does not answer keeps them."""
    sqs = stack.build_aws_client("sqs")
    try:
        sqs.purge_queue(QueueUrl=stack.find_queue_url(sqs))
    except (BotoCoreError, ClientError):
        return
    finally:
        sqs.close()


def flush_redis(stack: BrokenStack) -> None:
    with redis.Redis(port=stack.settings.redis_port, socket_timeout=3) as server:
        try:
            server.flushall()
        except redis.ConnectionError:
            return  # it is down, which empties it too


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
