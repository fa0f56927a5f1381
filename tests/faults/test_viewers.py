"""A viewer in a real browser plays a film while it is encoded, and does not notice what breaks.

Each frame of the film shows its number (harness/numbered_film.py), so that what the browser shows
is compared with where it says it is. Leases are short, so that the story does not wait for 90 s.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest

from infra.local.processes.health import wait_until
from tests.faults.harness.collect import JOBS, query
from tests.faults.harness.numbered_film import FRAME_RATE, make_numbered_film
from tests.faults.harness.proxy import Fault
from tests.faults.stories import LEASED_SECONDS, check_exact, wait_for_task
from tests.servers.tools import require_client

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

#: four chunks of one segment
FILM_SECONDS = 24
SEGMENT_SECONDS = 6
LEASE_SECONDS = 12
#: of the third chunk: it does not get into the store until its processor is killed
HELD_SEGMENT = 2
START_SECONDS = 60
END_SECONDS = 120
#: what no viewer notices, and a busy machine's clocks may differ by
TOLERANCE_SECONDS = 0.5
#: between a frame and its place: the clock of the frame callback is rounded
FRAME_TOLERANCE_SECONDS = 0.1


@pytest.fixture(scope="module", autouse=True)
def _short_leases(stack):
    settings = {"LEASE_SECONDS": str(LEASE_SECONDS), "REAP_GRACE_SECONDS": "2"}
    with stack.changed("task-api", "relay", **settings):
        yield


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return make_numbered_film(tmp_path_factory.mktemp("films") / "numbered.mp4", seconds=FILM_SECONDS)


class Viewer:
    """A browser that plays a video's page; see client/e2e/watch-film.mjs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def wait_until_playing(self) -> None:
        assert self._process.stdout
        assert self._process.stdout.readline() == "playing\n", self._process.communicate()

    def find_seen(self) -> dict[str, Any]:
        """Return what was seen, when the film has been played to its end."""
        out, errors = self._process.communicate(timeout=END_SECONDS + START_SECONDS)
        assert self._process.returncode == 0, errors[-2000:]
        seen: dict[str, Any] = json.loads(out)
        return seen


@contextmanager
def watching_in_browser(stack, video_id) -> Iterator[Viewer]:
    process = subprocess.Popen(
        ["node", "e2e/watch-film.mjs", f"/videos/{video_id}"],
        cwd=require_client(),
        env=os.environ | {"PUBLIC_URL": stack.settings.origin},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Viewer(process)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def check_smooth(seen: dict[str, Any]) -> None:
    """Check that the film was played once from start to end, at one address and without a fault."""
    assert seen["hasEnded"], (seen["samples"][-1], seen["faults"], seen["refused"])
    assert (seen["faults"], seen["refused"]) == ([], [])
    assert seen["playlists"] == seen["firstPlaylists"], "an address changed"
    samples = seen["samples"]
    durations = [duration for _, _, duration in samples]
    assert max(abs(duration - FILM_SECONDS) for duration in durations) < TOLERANCE_SECONDS, durations
    assert samples[0][1] < TOLERANCE_SECONDS
    assert samples[-1][1] > FILM_SECONDS - TOLERANCE_SECONDS
    for (before, start, _), (after, end, _) in pairwise(samples):
        assert 0 <= end - start < after - before + TOLERANCE_SECONDS, f"from {start} s to {end} s"
    wrong = [
        (seconds, number)
        for seconds, number in seen["pictures"]
        if abs(seconds - number / FRAME_RATE) > FRAME_TOLERANCE_SECONDS
    ]
    assert len(seen["pictures"]) > FILM_SECONDS, "hardly a frame was looked at"
    assert not wrong, f"{len(wrong)} frames were out of place: {wrong[:5]}"


@pytest.mark.story(
    fault="A processor is killed while somebody watches the film that it encodes",
    how="kill -9 in the third of four chunks, while Chromium plays the video's page",
    wanted="playback goes on with the next attempt's segments, through publication, to the end: no error,"
    " no jump, the length known from the start, one address",
)
def test_a_viewer_plays_through_a_kill_and_through_publication(stack, driver, film, saw):
    require_client()
    for link in stack.links_to("store", of="processor-"):
        link.set_fault(Fault(hanging_path=rf"^/.*/480p/{HELD_SEGMENT:05}\.m4s"))
    watch = driver.make(film)

    def find_playable():
        return driver.client.get(f"gallery/videos/{watch.video_id}")["playable_seconds"]

    reach = HELD_SEGMENT * SEGMENT_SECONDS
    assert wait_until(lambda: find_playable() >= reach, seconds=START_SECONDS, step_seconds=0.2)
    with watching_in_browser(stack, watch.video_id) as viewer:
        viewer.wait_until_playing()
        assert find_playable() == reach
        held = wait_for_task(stack, lambda task: task["kind"] == "encode", watch=watch)
        stack.kill(held["processor_id"])
        stack.links.restore()
        seen = viewer.find_seen()
    assert not driver.wait_for_all(seconds=LEASED_SECONDS)
    [again] = query(stack, JOBS, "select attempt, status from tasks where id = %s", held["id"])
    assert (again["attempt"] > held["attempt"], again["status"]) == (True, "done")
    check_smooth(seen)
    check_exact(driver, watch, frames=FILM_SECONDS * FRAME_RATE)
    saw("played to the end without an error or a jump; every frame in its place")
