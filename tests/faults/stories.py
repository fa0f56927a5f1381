"""What several stories read from a stack: attempts used, the tasks of a job, the queue's depth."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from demo.playback import play_video
from infra.local.processes.health import wait_until
from infra.local.provisioning.generated_secrets import load_or_make_secrets
from tests.e2e.film import count_frames, measure_ssim
from tests.faults.harness.broken_stack import BrokenStack
from tests.faults.harness.collect import JOBS, query
from tests.faults.harness.driver import Driver
from tests.faults.harness.snapshot import JobWatch

#: how long jobs may take after recovery: the longest pause between two attempts, and the work
BACK_SECONDS: Final = 150
#: the same if a lease of 90 s must expire first
LEASED_SECONDS: Final = 240


def count_losses(stack: BrokenStack, watches: Sequence[JobWatch]) -> dict[str, int]:
    """Return the number of lost attempts of these jobs, by kind."""
    columns = ("failures", "crashes", "interruptions")
    sums = ", ".join(f"coalesce(sum({column}), 0)::int as {column}" for column in columns)
    [row] = query(stack, JOBS, f"select {sums} from tasks where job_id = any(%s)", list_ids(watches))
    return dict(row)


def check_no_loss(stack: BrokenStack, watches: Sequence[JobWatch]) -> None:
    """Check that no attempt of these jobs was used up; interruptions do not count."""
    losses = count_losses(stack, watches)
    assert (losses["failures"], losses["crashes"]) == (0, 0)


def list_ids(watches: Sequence[JobWatch]) -> list[str]:
    return [watch.job_id for watch in watches]


def find_tasks(stack: BrokenStack, watch: JobWatch, *, status: str) -> list[Any]:
    text = "select * from tasks where job_id = %s and status = %s"
    return query(stack, JOBS, text, watch.job_id, status)


def find_worker(stack: BrokenStack, watch: JobWatch) -> str:
    """Return the name of the processor that works on the job."""
    assert wait_until(lambda: bool(find_tasks(stack, watch, status="running")), seconds=30)
    return str(find_tasks(stack, watch, status="running")[0]["processor_id"])


def begin_encode(driver: Driver, film: Path, *, formats: Sequence[str] = ("4K",)) -> JobWatch:
    """Return a job whose encode has progressed, and is far from its end."""
    watch = driver.make(film, formats=formats)
    driver.wait_for(watch, percent=10, seconds=120)
    return watch


def check_whole(driver: Driver, watch: JobWatch, film: Path) -> None:
    """Check that the best rendition of a film has every frame and looks like the film."""
    video = driver.client.get(f"gallery/videos/{watch.video_id}")
    best = max(play_video(driver.client, video).renditions, key=lambda rendition: rendition.mp4.width)
    assert best.frames == count_frames(film)
    assert measure_ssim(best.mp4_url, film, width=1280, height=720) > 0.95


@contextmanager
def held_back(stack: BrokenStack) -> Iterator[None]:
    """Let no processor take anything during the block: new tasks wait in the queue."""
    with stack.frozen(*stack.processors):
        yield


def ask_repeatedly(ask: Any, *, seconds: float, every_seconds: float = 1.0) -> list[Any]:
    """Return the responses to a request that is repeated for this long."""
    answers, deadline = [], time.monotonic() + seconds
    while time.monotonic() < deadline:
        answers.append(ask())
        time.sleep(every_seconds)
    return answers


def build_service_headers(stack: BrokenStack) -> dict[str, str]:
    """Return the token that a processor sends to the task API."""
    tokens = load_or_make_secrets(stack.settings.state_dir).service_tokens
    return {"Authorization": f"Bearer {tokens.split(',')[0]}"}
