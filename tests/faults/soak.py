"""The storm for any length of time: `python -m tests.faults.soak --minutes 60 --seed 1`

A separate stack with three processors, a user who always has some open jobs, and a blow every few
seconds. When the time is over, everything is restored, the last jobs may finish, and the checker
runs. The exit code is 0 only if every rule held. The same seed gives the same blows. If a rule was
violated, the run's logs, databases and store are kept, and their folder is printed.
"""

import argparse
import sys
import threading
from collections import Counter
from typing import Final
from uuid import uuid4

from demo.api_client import ApiClient
from demo.clips import SAMPLE
from demo.errors import DemoError
from demo.media_tools import make
from infra.local.processes.health import wait_until
from tests.faults.harness.broken_stack import BrokenStack
from tests.faults.harness.checker import FINAL, Violation, check
from tests.faults.harness.collect import is_tidy, take_snapshot
from tests.faults.harness.driver import Driver, is_passing
from tests.faults.harness.separate_run import run_separately
from tests.faults.harness.storm import plan_storm, run_storm

_PROCESSORS: Final = 3
_PASSWORD: Final = "Canary-Horse-7"
_FEED_EVERY_SECONDS: Final = 2.0
#: The longest that the last job may take once everything runs again: five lost attempts in a row, a
#: lease of 90 s each, and the work itself.
_LAST_JOBS_SECONDS: Final = 900


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.soak", description="A storm and its verdict"
    )
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every-seconds", type=float, default=8, help="between two blows, on average")
    parser.add_argument("--open-jobs", type=int, default=4, help="jobs that are open at any time")
    arguments = parser.parse_args()
    return run_separately(
        "soak", lambda stack: soak(stack, arguments), processors=_PROCESSORS, environment={}
    )


def soak(stack: BrokenStack, arguments: argparse.Namespace) -> list[Violation]:
    """Run the storm with jobs active all the time, and return the violations."""
    clip = stack.settings.state_dir / "clip.mp4"
    make(["-t", "3", "-i", str(SAMPLE), "-vf", "scale=1280:720", "-c:v", "libx264"], target=clip)
    client = ApiClient(stack.settings.origin, waits_when_limited=True)
    client.register(f"{uuid4().hex}@example.com", password=_PASSWORD)
    driver = Driver(client)
    blows = plan_storm(
        arguments.seed,
        seconds=arguments.minutes * 60,
        every_seconds=arguments.every_seconds,
        processes=list(stack.supervisor.list_processes()),
        links=[link.name for link in stack.links.list_links()],
    )
    print(f"seed {arguments.seed}: {len(blows)} blows in {arguments.minutes:g} min", flush=True)
    videos = [driver.send_video(clip) for _ in range(3)]
    stop = threading.Event()
    feeder = threading.Thread(target=feed, args=(driver, videos, stop, arguments.open_jobs), daemon=True)
    with driver.watching():
        feeder.start()
        run_storm(stack, blows, say=lambda text: print(text, flush=True))
        stop.set()
        feeder.join(timeout=120)
        wait_until(lambda: is_tidy(stack), seconds=_LAST_JOBS_SECONDS, step_seconds=1)
        driver.wait_for_all(seconds=30)
    violations = check(take_snapshot(stack, seen=driver.watches, client=client))
    client.close()
    ended = Counter(watch.sightings[-1].status for watch in driver.watches if watch.sightings)
    print(f"{len(driver.watches)} jobs: {dict(ended)}; {len(violations)} violations", flush=True)
    return violations


def feed(driver: Driver, videos: list[dict[str, object]], stop: threading.Event, open_jobs: int) -> None:
    """Request a job whenever fewer than this many are open, for each video in turn."""
    while not stop.wait(_FEED_EVERY_SECONDS):
        is_open = [not watch.sightings or watch.sightings[-1].status not in FINAL for watch in driver.watches]
        if sum(is_open) < open_jobs:
            try:
                driver.ask(videos[len(driver.watches) % len(videos)], formats=("720p", "480p"))
            except DemoError as fault:
                if not is_passing(fault):
                    raise


if __name__ == "__main__":
    sys.exit(main())
