"""Playing a video while it is encoded: what of its running jobs can be watched.

Media playlists have the address `{job_id}/{format}/index.m3u8` below the playback token. They grow
(type EVENT) and end when the job is published: each line that a player has read stays. Sound and
picture may be listed up to different points; all renditions of the picture up to the same one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from job_service.jobs.job import Job
from job_service.jobs.ports import TrackReach
from job_service.playback.published import load_published
from job_service.videos.assets import PublishedMedia
from job_service.videos.ports import VideoPorts
from videoforge.keys import AUDIO_FOLDER, build_early_playlist_key
from videoforge.media_playlist import build_media_playlist
from videoforge.messages import AssembleResult, FinishedAudio, FinishedRendition, Plan

#: of all renditions (the design of the ladder)
_AUDIO_BPS: Final = 128_000
#: A format is never a number, as the attempts of stored playlists are.
_PATH: Final = re.compile(r"(?P<job_id>[0-9a-f-]{36})/(?P<format>(?![0-9]+/)[A-Za-z0-9]{1,32})/index\.m3u8")


@dataclass(frozen=True, kw_only=True)
class EarlyPath:
    job_id: str
    format: str

    @property
    def key(self) -> str:
        return build_early_playlist_key(self.job_id, folder=self.format)


def parse_early_path(path: str) -> EarlyPath | None:
    """Return the job and the format of the address of a playlist that grows."""
    match = _PATH.fullmatch(path)
    return EarlyPath(job_id=match["job_id"], format=match["format"]) if match else None


@dataclass(frozen=True, kw_only=True)
class EarlyMedia:
    """What the master playlist of an unfinished video lists."""

    duration_seconds: float
    playable_seconds: float
    renditions: Sequence[FinishedRendition]
    audio: FinishedAudio | None


def find_watchable(ports: VideoPorts, video_id: str) -> tuple[PublishedMedia, EarlyMedia | None]:
    """Return what is published of a video, and only if that is nothing, what can be watched of a
    running job. A job that is published between the two looks is found by a third."""
    published = load_published(ports, video_id)
    if published.is_watchable:
        return published, None
    early = find_early(ports, video_id)
    return (published, early) if early else (load_published(ports, video_id), None)


def find_early(ports: VideoPorts, video_id: str) -> EarlyMedia | None:
    """Return what can be watched of the oldest running job of a video; None if nothing can."""
    with ports.database.read() as tx:
        for job in tx.jobs.list_playable([video_id]):
            plan = job.known_plan
            if plan is not None:
                return _build_early(job, plan=plan, reach=tx.listed.find_reach(job.id))
    return None


def read_growing(ports: VideoPorts, path: EarlyPath, *, video_id: str) -> str | None:
    """Return the media playlist as it is now, or None if the job's video cannot be watched."""
    with ports.database.read() as tx:
        job = next((job for job in tx.jobs.list_playable([video_id]) if job.id == path.job_id), None)
        if job is None or job.known_plan is None:
            return None
        reach = tx.listed.find_reach(job.id)
        count = _count_segments(path.format, plan=job.known_plan, reach=reach)
        if not count:
            return None
        (track,) = tx.listed.list_tracks(job.id, formats=[path.format], end=count)
    return build_media_playlist(
        track.segments,
        playlist_key=path.key,
        init_key=track.init_key or "",
        kind="EVENT",
        is_complete=False,
    )


def find_published_key(ports: VideoPorts, published: PublishedMedia, path: EarlyPath) -> str | None:
    """Return the key of the stored playlist that ends the one at this address, also if a later job
    has replaced it: whoever began before that may ask for it until the token ends."""
    if path.job_id not in published.job_ids:
        return None
    with ports.database.read() as tx:
        results = tx.assets.list_results(path.job_id)
    made = [result for result in results if isinstance(result, AssembleResult)]
    tracks = [(item.format, item.playlist_key) for result in made for item in result.renditions]
    tracks += [(AUDIO_FOLDER, result.audio.playlist_key) for result in made if result.audio]
    return dict(tracks).get(path.format)


def _count_segments(name: str, *, plan: Plan, reach: Mapping[str, TrackReach]) -> int:
    formats = [rung.format for rung in plan.ladder]
    if name in formats:
        return min(reach[rung].segments if rung in reach else 0 for rung in formats)
    return reach[name].segments if name == AUDIO_FOLDER and name in reach else 0


def _build_early(job: Job, *, plan: Plan, reach: Mapping[str, TrackReach]) -> EarlyMedia:
    """The rates are those aimed for: nobody knows the real ones before the end."""
    sound = reach.get(AUDIO_FOLDER)
    return EarlyMedia(
        duration_seconds=plan.duration_seconds,
        playable_seconds=job.playable_seconds,
        renditions=[
            FinishedRendition(
                **rung.model_dump(),
                frame_rate=plan.frame_rate,
                codecs=reach[rung.format].codecs,
                peak_bitrate_bps=rung.bitrate_bps,
                duration_seconds=plan.duration_seconds,
                size_bytes=0,
                playlist_key=build_early_playlist_key(job.id, folder=rung.format),
                mp4_key="",
                mp4_size_bytes=0,
            )
            for rung in plan.ladder
        ],
        audio=FinishedAudio(
            codecs=sound.codecs,
            bitrate_bps=_AUDIO_BPS,
            size_bytes=0,
            playlist_key=build_early_playlist_key(job.id, folder=AUDIO_FOLDER),
        )
        if sound
        else None,
    )
