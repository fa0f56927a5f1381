"""Sources with wrong headers, changes or a missing end, processed completely; the output is decoded
and measured.

Each test states with `hold` what its source is, what must come out and what came out: `make
media-support` writes docs/media-support.md from it.
"""

import itertools
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from kit.outcome import Outcome, confirm, run_tasks

from tests.chunk_report import RESULTS_VARIABLE, FramesRow, JointsRow, keep
from video_processor.testing.job_api import MemoryJobApi
from video_processor.testing.object_store import MemoryObjectStore
from video_processor.use_cases.context import Tools
from videoforge.encode_options import EncodeOptions, RateControl

#: file for the rows, one JSON object per line; several processes may append
_RESULTS = "MEDIA_RESULTS"


@pytest.fixture
def transcode(
    real_tools: Callable[..., Tools], run_task: Any, tmp_path: Path
) -> Callable[..., Awaitable[Outcome]]:
    """Return a function that takes a file through confirm and a job for these formats (480p by
    default), in chunks if they have a length."""
    numbers = itertools.count()

    async def run(path: Path, *formats: str, chunk_seconds: int = 0) -> Outcome:
        folder = tmp_path / f"outcome-{next(numbers)}"
        folder.mkdir()
        outcome = confirm(path, folder=folder)
        if outcome.refusal:
            return outcome
        store = MemoryObjectStore()
        source = store.put_source("users/u/uploads/x/source", path.read_bytes())
        tools = real_tools(store=store, api=MemoryJobApi(), chunk_seconds=chunk_seconds)
        return await run_tasks(
            outcome,
            source,
            tools=tools,
            run_task=run_task,
            formats=formats or ("480p",),
        )

    return run


@pytest.fixture
def encode_both(real_tools: Any, run_task: Any, tmp_path: Path) -> Callable[..., Any]:
    """Return a function that takes a file through a job in one piece and one in chunks of 6 s."""

    async def run(path: Path, *, rate_control: RateControl = "quality") -> tuple[Outcome, Outcome]:
        outcomes = []
        for chunk_seconds in (0, 6):
            folder = tmp_path / f"chunks-of-{chunk_seconds}"
            store = MemoryObjectStore()
            put = store.put_source("users/u/uploads/x/source", path.read_bytes())
            tools = real_tools(store=store, api=MemoryJobApi(), chunk_seconds=chunk_seconds)
            outcome = Outcome(folder=folder)
            await run_tasks(
                outcome,
                put,
                tools=tools,
                run_task=run_task,
                formats=("480p",),
                options=EncodeOptions(rate_control=rate_control),
            )
            assert outcome.refusal is None, outcome.failure
            outcomes.append(outcome)
        return outcomes[0], outcomes[1]

    return run


@pytest.fixture
def keep_row() -> Callable[..., None]:
    """Return a function that writes a row of docs/chunks.md, if this is the run that makes it."""

    def write(row: FramesRow | JointsRow, *, order: int = 0) -> None:
        if target := os.environ.get(RESULTS_VARIABLE):
            keep(Path(target), row, order=order)

    return write


@pytest.fixture
def hold(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Return a function that compares what came out with what must come out: it writes the row of
    docs/media-support.md and fails with the row's words unless `is_right`. `detail` is only for the
    failure."""

    def write(
        name: str, *, source: str, expected: str, seen: str, is_right: bool, detail: object = None
    ) -> None:
        __tracebackhide__ = True
        line = {
            "file": request.path.name,
            "test": request.node.name,
            "name": name,
            "source": source,
            "expected": expected,
            "seen": seen,
            "is_right": bool(is_right),
        }
        if target := os.environ.get(_RESULTS):
            with Path(target).open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        if not is_right:
            more = "" if detail is None else f" ({detail})"
            pytest.fail(f"{name}, {source}: expected {expected}; seen {seen}{more}")

    return write


@pytest.fixture
def find_found(find_sample: Callable[[str], Path]) -> Callable[[str], Path]:
    """Return the path of one of the inputs that once failed; skips if they are not on this
    machine."""
    return lambda name: find_sample(f"found/{name}")
