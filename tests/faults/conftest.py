"""One whole stack for all fault stories, broken by each and restored after it.

Every story has a `story` mark that says what is broken, how, and what is expected. Afterwards,
anything that the checker finds and did not find before fails the story. If FAULTS_RESULTS names a
file, the results are kept there (harness/report.py).
"""

import os
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from demo.api_client import ApiClient
from demo.clips import SAMPLE, make_4k_clip
from demo.media_tools import make
from infra.local.processes.health import wait_until
from infra.local.provisioning.bootstrap import find_credentials
from tests.faults.harness.broken_stack import BrokenStack
from tests.faults.harness.checker import check
from tests.faults.harness.collect import is_tidy, take_snapshot
from tests.faults.harness.driver import Driver
from tests.faults.harness.proxy import Links
from tests.faults.harness.report import RESULTS_VARIABLE, StoryResult, keep
from tests.servers.processes import build_test_settings
from tests.servers.tools import require_tool

PROCESSORS = 3
PASSWORD = "Canary-Horse-7"
#: from the end of a fault until all work is done: a lease of 90 s, and the work on a slow machine
QUIET_SECONDS = 240
_SEEN = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokenStack]:
    for program in ("redis-server", "caddy", "ffprobe", "rclone"):
        require_tool(program)
    settings = build_test_settings(tmp_path_factory.mktemp("broken"), processors=PROCESSORS)
    with Links() as links:
        running = BrokenStack(settings, links=links, environment={})
        try:
            running.up()
            yield running
        finally:
            running.down()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of 2 s that is quick to transcode."""
    target = tmp_path_factory.mktemp("clips") / "clip.mp4"
    make(["-t", "2", "-i", str(SAMPLE), "-vf", "scale=854:480", "-c:v", "libx264"], target=target)
    return target


@pytest.fixture(scope="session")
def film_4k(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film whose encode takes long enough to be interrupted."""
    target = tmp_path_factory.mktemp("films") / "4k.mp4"
    make_4k_clip(SAMPLE, target=target)
    return target


@pytest.fixture
def driver(stack: BrokenStack, request: pytest.FixtureRequest) -> Iterator[Driver]:
    """A new user who watches all their jobs; afterwards the stack is restored, left to finish, and
    checked."""
    client = ApiClient(stack.settings.origin)
    client.register(f"{uuid4().hex}@example.com", password=PASSWORD)
    known = set(map(str, check(take_snapshot(stack, seen=(), client=None))))
    user = Driver(client)
    with user.watching():
        yield user
        stack.links.restore()
        stack.wait_for(*stack.supervisor.list_processes())
        wait_until(lambda: is_tidy(stack), seconds=QUIET_SECONDS, step_seconds=0.5)
        user.wait_for_all(seconds=10)
    mark = request.node.get_closest_marker("story")
    without = frozenset(mark.kwargs.get("without", ()) if mark else ())
    found = check(take_snapshot(stack, seen=user.watches, client=client), without=without)
    client.close()
    wrong = [str(violation) for violation in found if str(violation) not in known]
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.fixture
def admin(stack: BrokenStack) -> Iterator[ApiClient]:
    credentials = find_credentials(stack.settings)
    assert credentials
    client = ApiClient(stack.settings.origin, waits_when_limited=True)
    client.sign_in(credentials["admin"]["email"], password=credentials["admin"]["password"])
    yield client
    client.close()


@pytest.fixture
def saw(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Keeps a sentence for the report: what was seen, in words that a second run would repeat."""
    seen: list[str] = request.node.stash.setdefault(_SEEN, [])
    return seen.append


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    item.user_properties.append(("began", time.monotonic()))
    return (yield)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note every story before it runs, so that the page also shows those that did not run."""
    if path := os.environ.get(RESULTS_VARIABLE):
        for item in session.items:
            if mark := item.get_closest_marker("story"):
                keep(Path(path), _describe(item, mark))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    mark = item.get_closest_marker("story")
    path = os.environ.get(RESULTS_VARIABLE)
    if report.failed and not any(name == "fault" for name, _ in item.user_properties):
        item.user_properties.append(("fault", _shorten(report.longreprtext)))
    if report.skipped:
        item.user_properties.append(("skipped", True))
    known: dict[str, Any] = dict(item.user_properties)
    seen: list[str] = item.stash.get(_SEEN, [])
    if mark and path and call.when == "teardown" and "skipped" not in known:
        told = replace(
            _describe(item, mark),
            seen=known.get("fault") or "; ".join(seen),
            has_held="fault" not in known,
            seconds=round(time.monotonic() - known["began"], 1),
        )
        keep(Path(path), told)
    return report


def _describe(item: pytest.Item, mark: pytest.Mark) -> StoryResult:
    return StoryResult(
        story=item.nodeid.partition("tests/faults/")[2],
        fault=_name_fault(item, mark),
        how=mark.kwargs["how"],
        wanted=mark.kwargs["wanted"],
        is_short=item.get_closest_marker("faults_long") is None,
    )


def _name_fault(item: pytest.Item, mark: pytest.Mark) -> str:
    """Return the fault, with its parameters if the story has several."""
    callspec = getattr(item, "callspec", None)
    return f"{mark.kwargs['fault']} ({callspec.id})" if callspec else str(mark.kwargs["fault"])


def _shorten(text: str) -> str:
    """Return the first lines of the failure."""
    said = [line[1:].strip() for line in text.splitlines() if line.startswith("E ")]
    return " ".join(said[:3])[:300]
