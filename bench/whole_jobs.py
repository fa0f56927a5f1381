"""Whole jobs on a stack of their own, as a user creates them: how long, how much CPU, how soon
something plays.

The stack is that of `make up`, on free ports and in a temporary folder, with other settings for the
processors where a benchmark asks for them. CPU is that of every process of the stack.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final
from uuid import uuid4

from bench.idle_stack import find_pids, read_all
from demo.api_client import ApiClient
from demo.clips import Clip
from demo.errors import DemoError
from demo.playback import fetch, fetch_playlist, list_files
from demo.workflow import create_job, upload_clip, watch_job
from infra.local.processes.infrastructure import ProcessSpec
from infra.local.processes.services import is_processor
from infra.local.provisioning.generated_secrets import StackSecrets
from infra.local.settings import StackSettings
from infra.local.stack import Stack
from tests.e2e.film import QuietView
from tests.servers.processes import build_test_settings

_PASSWORD: Final = "Canary-Horse-7"
_LOOK_EVERY_SECONDS: Final = 0.5
_JOB_SECONDS: Final = 4 * 3600.0
_FIRST_PLAY_SECONDS: Final = 600.0


@dataclass(frozen=True)
class JobCost:
    """From the request for the job: until it was completed, and until the first segment of a
    rendition could be fetched."""

    wall_seconds: float
    cpu_seconds: float
    playable_seconds: float
    video_id: str


class BenchStack(Stack):
    """A stack whose processors have these settings; with `is_pinned` processor n has CPU n alone."""

    def __init__(
        self, settings: StackSettings, *, processor_settings: Mapping[str, str], is_pinned: bool
    ) -> None:
        super().__init__(settings, say=lambda _line: None, is_bound=True)
        self._own, self._is_pinned = dict(processor_settings), is_pinned

    def read_cpu_seconds(self) -> float:
        return sum(read_all(find_pids(self)).values())

    def _build_specs(self, secrets: StackSecrets) -> list[ProcessSpec]:
        specs = super()._build_specs(secrets)
        return [self._change(spec) if is_processor(spec.name) else spec for spec in specs]

    def _change(self, spec: ProcessSpec) -> ProcessSpec:
        number = int(spec.name.rpartition("-")[2])
        pin = ("taskset", "-c", str(number - 1)) if self._is_pinned else ()
        return replace(spec, command=(*pin, *spec.command), environment={**spec.environment, **self._own})


@contextmanager
def run_stack(
    *,
    processors: int,
    is_pinned: bool = False,
    processor_settings: Mapping[str, int] = MappingProxyType({}),
    kind: type[BenchStack] = BenchStack,
) -> Iterator[BenchStack]:
    """Run a stack of this kind whose processors have these settings, such as `SLOTS`."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        settings = build_test_settings(Path(folder), processors=processors)
        own = {name: str(value) for name, value in processor_settings.items()}
        stack = kind(settings, processor_settings=own, is_pinned=is_pinned)
        try:
            stack.up()
            yield stack
        finally:
            stack.down()


def sign_up(origin: str) -> ApiClient:
    client = ApiClient(origin, waits_when_limited=True)
    client.register(f"{uuid4().hex}@example.com", password=_PASSWORD)
    return client


def time_job(
    client: ApiClient, film: Path, *, formats: list[str], read_cpu_seconds: Callable[[], float]
) -> JobCost:
    """Upload a film and return the cost of its job. Raises DemoError if the job does not
    complete."""
    view = QuietView()
    video = upload_clip(client, Clip(film.stem, film), view=view)
    before, asked = read_cpu_seconds(), time.monotonic()
    watch = _FirstPlay(client, video["id"], asked=asked)
    job = create_job(client, video["id"], formats=formats)
    watch.start()
    watch_job(client, job["id"], title=film.stem, view=view, seconds=_JOB_SECONDS)
    wall_seconds, after = time.monotonic() - asked, read_cpu_seconds()
    watch.join()
    return JobCost(
        wall_seconds=wall_seconds,
        cpu_seconds=after - before,
        playable_seconds=watch.seconds,
        video_id=video["id"],
    )


def time_first_play(client: ApiClient, film: Path, *, formats: list[str]) -> float:
    """Upload a film, and return the seconds from its confirm until it plays; its job is cancelled
    then. Raises DemoError if it does not play in time."""
    video = upload_clip(client, Clip(film.stem, film), view=QuietView())
    watch = _FirstPlay(client, video["id"], asked=time.monotonic())
    job = create_job(client, video["id"], formats=formats)
    watch.start()
    watch.join(timeout=_FIRST_PLAY_SECONDS)
    if watch.is_alive():
        raise DemoError(f"{film.name} does not play after {_FIRST_PLAY_SECONDS:.0f} s")
    with suppress(DemoError):  # a short one is finished by now
        client.post(f"jobs/{job['id']}/cancel")
    return watch.seconds


class _FirstPlay(threading.Thread):
    """Asks for the stream until its first segment can be fetched; `seconds` is when."""

    def __init__(self, client: ApiClient, video_id: str, *, asked: float) -> None:
        super().__init__(daemon=True)
        self._client, self._video_id, self._asked = client, video_id, asked
        self.seconds = 0.0

    def run(self) -> None:
        while not self._plays():
            time.sleep(_LOOK_EVERY_SECONDS)
        self.seconds = time.monotonic() - self._asked

    def _plays(self) -> bool:
        with suppress(DemoError):
            stream = self._client.get(f"stream/{self._video_id}")
            master = fetch_playlist(self._client, self._client.build_url(stream["hls_url"]))
            media = fetch_playlist(self._client, master.playlists[0].absolute_uri)
            return bool(media.segments) and all(fetch(self._client, url) for url in list_files(media)[:2])
        return False
