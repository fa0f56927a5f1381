"""What several stories read from a stack: attempts used, the tasks of a job, the queue's depth."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import requests
from pydantic import SecretStr

from demo.playback import play_video
from infra.local.processes.health import wait_until
from infra.local.provisioning.generated_secrets import load_or_make_secrets
from tests.e2e.film import count_frames, measure_ssim
from tests.faults.harness.broken_stack import BrokenStack
from tests.faults.harness.collect import JOBS, list_media_processes, query
from tests.faults.harness.driver import Driver
from tests.faults.harness.numbered_film import find_wrong_frames, find_wrong_times, read_numbers
from tests.faults.harness.snapshot import JobWatch
from videoforge.service_tokens import ServiceTokens

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


def wait_for_task(
    stack: BrokenStack, is_wanted: Callable[[Any], bool], *, watch: JobWatch, seconds: float = 60
) -> Any:
    """Return the first running task of the job that is as wanted; looks often, since a chunk takes
    seconds."""
    found: list[Any] = []

    def is_there() -> bool:
        found[:] = [task for task in find_tasks(stack, watch, status="running") if is_wanted(task)]
        return bool(found)

    assert wait_until(is_there, seconds=seconds, step_seconds=0.05), "no task was in that state"
    return found[0]


def find_attempt_folder(stack: BrokenStack, task: Any) -> Path | None:
    """Return where the task's processor works on it, if it has begun."""
    folders = (stack.scratch_dir / task["processor_id"]).glob(f"*/{task['id']}-{task['attempt']}")
    return next(iter(folders), None)


def find_phase(stack: BrokenStack, task: Any) -> str:
    """Return what a running attempt of a chunk does, by its files and processes: `download`,
    `encode` or `upload`; empty if it has not begun."""
    folder = find_attempt_folder(stack, task)
    if folder is None:
        return ""
    if not any(folder.glob("out*")):
        return "download"
    return "encode" if list_media_processes(stack, folder=folder) else "upload"


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


def check_exact(driver: Driver, watch: JobWatch, *, frames: int) -> None:
    """Check that each rendition of a numbered film, as MP4 and as a stream, has each frame once, in
    order and evenly spaced, and sound without a gap."""
    video = driver.client.get(f"gallery/videos/{watch.video_id}")
    played = play_video(driver.client, video)
    urls = [played.hls_url, *(rendition.mp4_url for rendition in played.renditions)]
    wrong = [find_wrong_frames(read_numbers(url), frames=frames) for url in urls]
    wrong += [find_wrong_times(url, stream=stream) for url in urls for stream in ("v:0", "a:0")]
    assert not any(wrong), [text for text in wrong if text]


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


def post_as_processor(stack: BrokenStack, path: str, body: dict[str, Any]) -> int:
    """Post to the task API, past all links, and return the status."""
    tokens = load_or_make_secrets(stack.settings.state_dir).service_tokens
    url = f"http://127.0.0.1:{stack.settings.task_api_port}/internal/{path}"
    with requests.Session() as session:
        session.trust_env = False  # no proxy for this machine's own ports
        headers = ServiceTokens(SecretStr(tokens)).build_headers()
        return session.post(url, json=body, headers=headers, timeout=10).status_code
