"""Fakes of ffmpeg and ffprobe that read no media: the files they write have the right names and a
few bytes."""

import asyncio
import math
import struct
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from video_processor.domain.encode_job import CLOCK_BASE_SECONDS, INIT_NAME, PLAYLIST_NAME, EncodeJob
from video_processor.domain.gop import SEGMENT_SECONDS, count_segment_frames
from video_processor.domain.progress import FfmpegReport
from video_processor.domain.storyboard import StoryboardLayout, build_sheet_name
from video_processor.ports import FfmpegRun, HeardSound
from videoforge.keys import AUDIO_FOLDER, build_segment_name
from videoforge_media.combing import FieldOrder
from videoforge_media.probe import Probe
from videoforge_media.sound_tracks import AudioTrack

#: of all tracks
INIT = b"....avcC\x01\x64\x00\x1f...."
_RUN = FfmpegRun(wall_seconds=1, cpu_seconds=2, last_report=None, stderr_tail="")


def build_probe(**changes: object) -> Probe:
    """Return the Probe of a plain 1080p clip of 20 s with sound, with `changes` applied."""
    track = AudioTrack(
        index=1,
        codec="aac",
        channels=2,
        channel_layout="stereo",
        sample_rate_hz=48000,
        language=None,
        title=None,
        is_default=True,
        frame_count=937,
    )
    plain = Probe(
        container="mp4",
        duration_seconds=20.0,
        file_size_bytes=1000,
        bit_rate_bps=400,
        video_stream=0,
        video_codec="h264",
        video_duration_seconds=20.0,
        width=1920,
        height=1080,
        coded_width=1920,
        coded_height=1080,
        pixel_aspect=Fraction(1),
        rotation_degrees=0,
        is_rotation_odd=False,
        frame_rate=Fraction(25),
        is_variable_frame_rate=False,
        is_interlaced=False,
        pixel_format="yuv420p",
        bit_depth=8,
        has_alpha=False,
        color_range="tv",
        color_matrix="bt709",
        color_transfer="bt709",
        color_primaries="bt709",
        hdr=None,
        audio_stream=1,
        audio_codec="aac",
        audio_tracks=(track,),
        subtitle_tracks=(),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


class MemoryInspector:
    """Answers by file name with the Probes it was given; `failure` is raised instead. Every track
    has sound unless `heard` says otherwise for its index. `changes` are applied by
    `follow_changes`."""

    def __init__(self, **probes: Probe) -> None:
        self.probes = {"source": build_probe(), **probes}
        self.heard: dict[int, HeardSound | None] = {}
        self.failure: Exception | None = None
        self.changes: dict[str, Any] = {}
        self.hidden_fields: FieldOrder | None = None
        self.sound_gap = 0
        self.key_gap = 2.0
        self.thumbnail_failure: Exception | None = None

    async def probe(self, path: Path) -> Probe:
        if self.failure:
            raise self.failure
        return self.probes[path.stem]

    async def follow_changes(self, path: Path, probe: Probe) -> Probe:
        return replace(probe, **self.changes)

    async def find_hidden_fields(self, path: Path, probe: Probe) -> FieldOrder | None:
        return self.hidden_fields

    async def take_thumbnail(self, path: Path, probe: Probe, target: Path) -> None:
        if self.thumbnail_failure:
            raise self.thumbnail_failure
        target.write_bytes(b"jpeg")

    async def find_sound_gap(self, path: Path, probe: Probe, *, track: int) -> int:
        return self.sound_gap

    async def find_key_gap(self, path: Path, probe: Probe) -> float:
        return self.key_gap

    async def hear_track(self, path: Path, track: AudioTrack) -> HeardSound | None:
        return self.heard.get(track.index, HeardSound(0.0))


class MemoryFfmpeg:
    """Encodes at once unless `may_go_on` is cleared; then it waits halfway. `was_ended` tells that
    it was cancelled. `encoded_seconds` shortens the result, as a broken source does, which ends at
    `ends_at_seconds`. `sound_failure` is raised if there is sound. `seeks` lists where each encode
    began to read; a seek loses the first `frames_lost_by_seek` frames."""

    def __init__(self) -> None:
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.has_begun = asyncio.Event()
        self.was_ended = False
        self.encoded_seconds: float | None = None
        self.ends_at_seconds = float("inf")
        self.frames_lost_by_seek = 0
        self.seeks: list[float] = []
        self.failure: Exception | None = None
        self.sound_failure: Exception | None = None

    async def encode(
        self, job: EncodeJob, *, on_report: Callable[[FfmpegReport], None] | None = None
    ) -> FfmpegRun:
        seconds = self.encoded_seconds or job.chunk.duration_seconds
        seconds = min(seconds, self.ends_at_seconds - job.chunk.start_seconds)
        self.seeks.append(job.seek_seconds)
        lost = self.frames_lost_by_seek if job.seek_seconds else 0
        if on_report:
            on_report(FfmpegReport(out_seconds=seconds / 2, speed=2.0, frame=1, is_last=False))
        self.has_begun.set()
        try:
            await self.may_go_on.wait()
        except asyncio.CancelledError:
            self.was_ended = True
            raise
        if self.failure and not job.is_silent:
            raise self.failure
        if self.sound_failure and job.has_audio and not job.is_silent:
            raise self.sound_failure
        for rung in job.plan.ladder:
            _write_video(job.target / rung.format, job=job, seconds=seconds, lost_frames=lost)
        if job.has_audio:
            _write_sound(job.target / AUDIO_FOLDER, seconds=seconds)
        return _RUN

    async def copy_to_mp4(self, video: Path, *, audio: Path | None, target: Path) -> FfmpegRun:
        target.write_bytes(video.read_bytes())
        return _RUN

    async def make_sheets(self, video: Path, *, layout: StoryboardLayout, pattern: Path) -> FfmpegRun:
        for index in range(layout.sheet_count):
            (pattern.parent / build_sheet_name(index)).write_bytes(b"jpeg")
        return _RUN


def build_segment(frames: range, *, frame_rate: Fraction) -> bytes:
    """Return the boxes of a segment with these frames of the whole video, as far as they are
    read."""
    shown_at, lasts = (CLOCK_BASE_SECONDS * frame_rate + frames.start), len(frames)
    ticks = frame_rate.numerator, round(shown_at * frame_rate.denominator), lasts * frame_rate.denominator
    index = struct.pack(
        ">I4sIIIQQHHIII", 52, b"sidx", 1 << 24, 1, ticks[0], ticks[1], 0, 0, 1, 0, ticks[2], 0
    )
    return index + b"\0\0\0\x08moof"


def _write_video(folder: Path, *, job: EncodeJob, seconds: float, lost_frames: int) -> None:
    size, segments = count_segment_frames(job.frame_rate), []
    index, at = job.chunk.first_segment, job.first_frame + lost_frames
    left = round(seconds * job.frame_rate) - lost_frames
    while left > 0:
        frames = range(at, at + min(left, size))
        (folder / build_segment_name(index)).write_bytes(build_segment(frames, frame_rate=job.frame_rate))
        segments.append((build_segment_name(index), float(len(frames) / job.frame_rate)))
        index, at, left = index + 1, at + size, left - size
    _write_playlist(folder, segments)


def _write_sound(folder: Path, *, seconds: float) -> None:
    count = math.ceil(seconds / SEGMENT_SECONDS)
    segments = [
        (build_segment_name(index), min(SEGMENT_SECONDS, seconds - index * SEGMENT_SECONDS))
        for index in range(count)
    ]
    for name, _ in segments:
        (folder / name).write_bytes(b"segment")
    _write_playlist(folder, segments)


def _write_playlist(folder: Path, segments: list[tuple[str, float]]) -> None:
    lines = [line for name, seconds in segments for line in (f"#EXTINF:{seconds:.6f},", name)]
    (folder / INIT_NAME).write_bytes(INIT)
    (folder / PLAYLIST_NAME).write_text("\n".join(["#EXTM3U", *lines]))
