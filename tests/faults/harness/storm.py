"""A storm: blows at a running stack at random moments, all of them decided by one seed.

`plan_storm` is pure: the same seed gives the same blows at the same seconds, so that what one storm found
another can find again. A blow ends by itself, and every process that was hit runs again after it.
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

#: How often each kind falls: most things that die, die of a kill.
_WEIGHTS: Final[dict[BlowKind, int]] = {
    "kill": 10,
    "freeze": 3,
    "cut": 3,
    "hang": 2,
    "purge": 1,
    "flush": 1,
    "kill ffmpeg": 2,
}
#: What is struck where the kind alone says it.
_FIXED: Final[dict[BlowKind, str]] = {"purge": "aws", "flush": "redis", "kill ffmpeg": "ffmpeg"}
#: Kinds that last; a part comes back well before a lease of 90 s is over.
_LASTING: Final = frozenset({"freeze", "cut", "hang"})
LONGEST_SECONDS: Final = 20.0


@dataclass(frozen=True)
class Blow:
    """`target` is a process, or a way such as `relay to postgres`; `seconds` is how long it lasts."""

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
    ways: Sequence[str],
    longest_seconds: float = LONGEST_SECONDS,
) -> list[Blow]:
    """Return the blows in their order, so many seconds from the end of one to the next on average."""
    chance = random.Random(seed)
    processes, ways = sorted(processes), sorted(ways)
    blows, at_seconds = [], chance.uniform(0.2, 1.0) * every_seconds
    while at_seconds < seconds:
        [kind] = chance.choices(list(_WEIGHTS), weights=list(_WEIGHTS.values()))
        target = _FIXED.get(kind) or chance.choice(ways if kind in {"cut", "hang"} else processes)
        lasts_seconds = round(chance.uniform(1, longest_seconds), 1) if kind in _LASTING else 0.0
        blows.append(Blow(round(at_seconds, 2), kind, target, lasts_seconds))
        at_seconds += lasts_seconds + chance.expovariate(1 / every_seconds)
    return blows


def run_storm(stack: BrokenStack, blows: Sequence[Blow], *, say: Callable[[str], None]) -> None:
    """Strike, each blow at its second; return when the last one is over and everything runs again."""
    began = time.monotonic()
    for blow in blows:
        time.sleep(max(0.0, began + blow.at_seconds - time.monotonic()))
        say(f"{time.monotonic() - began:6.1f} s  {blow.kind} {blow.target}")
        strike(stack, blow)
    stack.ways.mend()
    stack.wait_for(*stack.supervisor.list_processes())


def strike(stack: BrokenStack, blow: Blow) -> None:
    """Do one blow and undo what it did. A process that is just being started again is let be."""
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
            held.enter_context(stack.ways[blow.target].broken(REFUSED if blow.kind == "cut" else HANGING))
        time.sleep(blow.seconds)


def purge_queue(stack: BrokenStack) -> None:
    """Throw away all messages; a queue that does not answer keeps them."""
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
            return  # it is down, which flushes it as well


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
