"""Fakes of ffmpeg and ffprobe that read no media: the files they write have the right names and a
few bytes."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from video_processor.domain.encode_job import INIT_NAME, PLAYLIST_NAME, EncodeJob
from video_processor.domain.gop import SEGMENT_SECONDS
from video_processor.domain.progress import FfmpegReport
from video_processor.domain.storyboard import StoryboardLayout, build_sheet_name
from video_processor.ports import FfmpegRun, HeardSound
from videoforge.keys import AUDIO_FOLDER, build_segment_name
from videoforge_media.combing import FieldOrder
from videoforge_media.probe import Probe
from videoforge_media.sound_tracks import AudioTrack

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

    async def hear_track(self, path: Path, track: AudioTrack) -> HeardSound | None:
        return self.heard.get(track.index, HeardSound(0.0))


class MemoryFfmpeg:
    """Encodes at once unless `may_go_on` is cleared; then it waits halfway. `was_ended` tells that
    it was cancelled. `encoded_seconds` shortens the result, as a broken source does.
    `sound_failure` is raised if there is sound."""

    def __init__(self) -> None:
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.has_begun = asyncio.Event()
        self.was_ended = False
        self.encoded_seconds: float | None = None
        self.failure: Exception | None = None
        self.sound_failure: Exception | None = None

    async def encode(
        self, job: EncodeJob, *, on_report: Callable[[FfmpegReport], None] | None = None
    ) -> FfmpegRun:
        seconds = self.encoded_seconds or job.chunk.duration_seconds
        if on_report:
            on_report(FfmpegReport(out_seconds=seconds / 2, speed=2.0, frame=1, is_last=False))
        self.has_begun.set()
        try:
            await self.may_go_on.wait()
        except asyncio.CancelledError:
            self.was_ended = True
            raise
        if self.failure:
            raise self.failure
        if self.sound_failure and job.has_audio:
            raise self.sound_failure
        folders = [rung.format for rung in job.plan.ladder] + ([AUDIO_FOLDER] if job.has_audio else [])
        for folder in folders:
            _write_track(job.target / folder, seconds=seconds)
        return _RUN

    async def copy_to_mp4(self, video: Path, *, audio: Path | None, target: Path) -> FfmpegRun:
        target.write_bytes(video.read_bytes())
        return _RUN

    async def make_sheets(self, video: Path, *, layout: StoryboardLayout, pattern: Path) -> FfmpegRun:
        for index in range(layout.sheet_count):
            (pattern.parent / build_sheet_name(index)).write_bytes(b"jpeg")
        return _RUN


def _write_track(folder: Path, *, seconds: float) -> None:
    lines, index, left = ["#EXTM3U"], 0, seconds
    while left > 0:
        (folder / build_segment_name(index)).write_bytes(b"segment")
        lines += [f"#EXTINF:{min(left, SEGMENT_SECONDS):.6f},", build_segment_name(index)]
        index, left = index + 1, left - SEGMENT_SECONDS
    (folder / INIT_NAME).write_bytes(b"....avcC\x01\x64\x00\x1f....")
    (folder / PLAYLIST_NAME).write_text("\n".join(lines))
