"""Films in chunks while processors are killed: `python -m tests.faults.kills --seed 1`

A separate stack with three processors and short leases; a user orders many films at once, and every
few seconds one processor is killed with kill -9, until all films are published or the time is over.
The same seed kills the same processors in the same order. Afterwards each film is played and its
frames are counted, and the checker runs. The exit code is 0 only if every film is there and every
rule held; otherwise what the run left is kept, and its folder is printed.

A chunk needs time to be done between two kills of its processor: a task whose processor died five
times fails its job, and on a slow machine that is no fault.
"""

import argparse
import random
import sys
import time
from collections import Counter
from typing import Final
from uuid import uuid4

from demo.api_client import ApiClient
from infra.local.processes.health import wait_until
from tests.faults.harness.broken_stack import BrokenStack
from tests.faults.harness.checker import FINAL, check
from tests.faults.harness.collect import is_tidy, take_snapshot
from tests.faults.harness.driver import Driver
from tests.faults.harness.numbered_film import FRAME_RATE, make_numbered_film
from tests.faults.harness.separate_run import run_separately
from tests.faults.stories import check_exact, count_losses

_PASSWORD: Final = "Canary-Horse-7"
_SETTINGS: Final = {"LEASE_SECONDS": "24", "REAP_GRACE_SECONDS": "5"}
#: eight chunks
_FILM_SECONDS: Final = 48
#: from the last kill until the last film is there: a lease, the pause after a crash, and the work
_LAST_FILMS_SECONDS: Final = 300


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.kills", description="Films in chunks while processors are killed"
    )
    parser.add_argument("--films", type=int, default=20)
    parser.add_argument("--processors", type=int, default=3)
    parser.add_argument("--every-seconds", type=float, default=10, help="between two kills")
    parser.add_argument("--minutes", type=float, default=20, help="after which nothing is killed any more")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    return run_separately(
        "kills",
        lambda stack: run(stack, arguments),
        processors=arguments.processors,
        environment=_SETTINGS,
    )


def run(stack: BrokenStack, arguments: argparse.Namespace) -> list[str]:
    """Order the films, kill processors until they are published, and return what is wrong."""
    film = make_numbered_film(stack.settings.state_dir / "numbered.mp4", seconds=_FILM_SECONDS)
    client = ApiClient(stack.settings.origin, waits_when_limited=True)
    client.register(f"{uuid4().hex}@example.com", password=_PASSWORD)
    driver = Driver(client)
    print(f"seed {arguments.seed}: {arguments.films} films of {_FILM_SECONDS} s", flush=True)
    with driver.watching():
        for _ in range(arguments.films):
            driver.make(film)
        kill_processors(stack, driver, arguments)
        wait_until(lambda: is_tidy(stack), seconds=_LAST_FILMS_SECONDS, step_seconds=1)
        driver.wait_for_all(seconds=30)
    wrong = [str(violation) for violation in check(take_snapshot(stack, seen=driver.watches, client=client))]
    for watch in driver.watches:
        try:
            check_exact(driver, watch, frames=_FILM_SECONDS * FRAME_RATE)
        except Exception as fault:  # each film gets its own line
            wrong.append(f"video {watch.video_id}: {fault}")
    client.close()
    ended = Counter(watch.sightings[-1].status for watch in driver.watches if watch.sightings)
    losses = count_losses(stack, driver.watches)
    print(f"{len(driver.watches)} films: {dict(ended)}; {losses}; {len(wrong)} wrong", flush=True)
    return wrong


def kill_processors(stack: BrokenStack, driver: Driver, arguments: argparse.Namespace) -> None:
    """Kill one processor every so often until every film has ended, or the time is over."""
    chance, began, kills = random.Random(arguments.seed), time.monotonic(), 0
    while time.monotonic() - began < arguments.minutes * 60:
        if not driver.wait_for_all(seconds=arguments.every_seconds):
            break
        name = chance.choice(stack.processors)
        is_hit = bool(stack.kill(name))
        kills += is_hit
        ended = sum(watch.sightings[-1].status in FINAL for watch in driver.watches if watch.sightings)
        state = "" if is_hit else ", which is starting"
        print(f"{time.monotonic() - began:6.1f} s  kill {name}{state}; {ended} films ended", flush=True)
    print(f"{kills} processors killed in {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
