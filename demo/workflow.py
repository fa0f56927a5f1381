"""One video's way through VideoForge, as a user goes it: upload, confirm, create a job, watch it, play it."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from demo.api_client import ApiClient
from demo.clips import Clip
from demo.errors import DemoError
from demo.job_events import follow_job
from demo.playback import Playback, play_video
from demo.progress import ProgressView
from demo.upload import confirm_upload, upload_file

#: The demo's own clips take seconds; a user's film may take hours.
_JOB_SECONDS: Final = 6 * 3600.0


@dataclass(frozen=True)
class FinishedClip:
    """A clip with its video and its completed job, both as the API shows them, and how it played."""

    clip: Clip
    video: dict[str, Any]
    job: dict[str, Any]
    playback: Playback


def process_clips(
    client: ApiClient, clips: Sequence[Clip], *, formats: list[str], view: ProgressView
) -> list[FinishedClip]:
    """Upload the clips one after the other, transcode them in parallel, then play each."""
    with ThreadPoolExecutor(len(clips)) as watchers:
        started = []
        for clip in clips:
            video = upload_clip(client, clip, view=view)
            job = create_job(client, video["id"], formats=formats)
            watch = watchers.submit(watch_job, client, job["id"], title=clip.title, view=view)
            started.append((clip, video, watch))
        finished = [(clip, video, watch.result()) for clip, video, watch in started]
    return [FinishedClip(clip, video, job, play_video(client, video)) for clip, video, job in finished]


def upload_clip(client: ApiClient, clip: Clip, *, view: ProgressView, **details: Any) -> dict[str, Any]:
    """Upload a clip and return its video."""
    size_bytes, sent_bytes, lock = clip.path.stat().st_size, 0, threading.Lock()

    def count(more_bytes: int) -> None:
        nonlocal sent_bytes
        with lock:
            sent_bytes += more_bytes
            view.show_upload(clip.title, sent_bytes=sent_bytes, size_bytes=size_bytes)

    s3_key = upload_file(client, clip.path, on_bytes=count)
    return confirm_upload(client, s3_key, title=clip.title, **details)


def create_job(client: ApiClient, video_id: str, *, formats: list[str]) -> dict[str, Any]:
    """Create the job, once: the Idempotency-Key makes a repeated request harmless."""
    body = {"video_id": video_id, "output_formats": formats}
    job: dict[str, Any] = client.post("jobs", body, Idempotency_Key=str(uuid4()))
    return job


def watch_job(
    client: ApiClient, job_id: str, *, title: str, view: ProgressView, seconds: float = _JOB_SECONDS
) -> dict[str, Any]:
    """Return the completed job. Raises DemoError with the job's own error where it ended otherwise."""
    job: dict[str, Any] = {}
    for job in follow_job(client, job_id, seconds=seconds):
        view.show_job(title, job=job)
    if job["status"] != "completed":
        error = job["error"] or {}
        reason = " ".join(filter(None, [error.get("message"), error.get("hint")]))
        raise DemoError(f"The job of {title} {job['status']}: {reason or 'no reason was given.'}")
    return job
