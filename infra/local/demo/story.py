"""The way of one video as a user walks it: upload, confirm, ask for formats, watch it grow, play it."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from infra.local.demo.api_client import ApiClient
from infra.local.demo.clips import Clip
from infra.local.demo.faults import DemoFault
from infra.local.demo.job_events import follow_job
from infra.local.demo.playback import Playback, play_video
from infra.local.demo.progress import ProgressView
from infra.local.demo.upload import confirm_upload, upload_file

#: A demo's clip is done in seconds; one's own film may take hours.
_JOB_SECONDS: Final = 6 * 3600.0


@dataclass(frozen=True)
class Told:
    """One clip's whole story: the video and its finished job as the API shows them, and how it played."""

    clip: Clip
    video: dict[str, Any]
    job: dict[str, Any]
    playback: Playback


def tell_stories(
    client: ApiClient, clips: Sequence[Clip], *, formats: list[str], view: ProgressView
) -> list[Told]:
    """Send the clips one after the other, have them made side by side, then play each."""
    with ThreadPoolExecutor(len(clips)) as watchers:
        started = []
        for clip in clips:
            video = send_clip(client, clip, view=view)
            job = ask_for_formats(client, video["id"], formats=formats)
            watch = watchers.submit(watch_job, client, job["id"], title=clip.title, view=view)
            started.append((clip, video, watch))
        finished = [(clip, video, watch.result()) for clip, video, watch in started]
    return [Told(clip, video, job, play_video(client, video)) for clip, video, job in finished]


def send_clip(client: ApiClient, clip: Clip, *, view: ProgressView, **details: Any) -> dict[str, Any]:
    """Upload a clip and return its video."""
    size_bytes, sent_bytes, lock = clip.path.stat().st_size, 0, threading.Lock()

    def count(more_bytes: int) -> None:
        nonlocal sent_bytes
        with lock:
            sent_bytes += more_bytes
            view.show_upload(clip.title, sent_bytes=sent_bytes, size_bytes=size_bytes)

    s3_key = upload_file(client, clip.path, on_bytes=count)
    return confirm_upload(client, s3_key, title=clip.title, **details)


def ask_for_formats(client: ApiClient, video_id: str, *, formats: list[str]) -> dict[str, Any]:
    """Make the job, once: the key makes a repeated request harmless."""
    body = {"video_id": video_id, "output_formats": formats}
    job: dict[str, Any] = client.post("jobs", body, Idempotency_Key=str(uuid4()))
    return job


def watch_job(
    client: ApiClient, job_id: str, *, title: str, view: ProgressView, seconds: float = _JOB_SECONDS
) -> dict[str, Any]:
    """Return the completed job. Raises DemoFault with the job's own words where it ended otherwise."""
    job: dict[str, Any] = {}
    for job in follow_job(client, job_id, seconds=seconds):
        view.show_job(title, job=job)
    if job["status"] != "completed":
        error = job["error"] or {}
        said = " ".join(filter(None, [error.get("message"), error.get("hint")]))
        raise DemoFault(f"The job of {title} {job['status']}: {said or 'no reason was given.'}")
    return job
