"""Everything that the encode of one chunk depends on, and the names of the files it writes."""

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from video_processor.domain.chunks import plan_whole
from video_processor.domain.gop import count_segment_frames
from videoforge.messages import Chunk, Plan
from videoforge_media.probe import Probe

#: in each rendition's folder, next to the segments
INIT_NAME: Final = "init.mp4"
PLAYLIST_NAME: Final = "index.m3u8"
#: Start of each rendition's clock. Without a common positive base each HLS output shifts itself:
#: video began at 0.08 s, audio at 0, and the picture was 59 ms late in Chromium.
CLOCK_BASE_SECONDS: Final = 1
#: Pictures may be stored in another order than they are shown in: a seek by the order of decoding
#: may end this many pictures late (ITU-T H.264, A.3.1: max_num_reorder_frames).
_REORDERED_FRAMES: Final = 16
#: for the picture before the chunk, which the grid may repeat and the deinterlacer looks at
_LEAD_SECONDS: Final = 1.0
#: A transport stream has no index: the seek ends between two key frames, and nothing before the
#: next one can be decoded. Most broadcasts have a key frame every second, few files less than one
#: in ten.
_UNINDEXED_LEAD_SECONDS: Final = 12.0


@dataclass(frozen=True)
class EncodeJob:
    """`target` contains a folder for each rung, and `audio`. `threads` is per decoder, filter and
    encoder. Without a rung only the sound is encoded. With `is_read_from_start` everything before
    the chunk is decoded too. `has_holes` is set if only parts of the source are there. With
    `read_seconds` the source is read only so far, on the encoder's clock. With `is_silent` the sound
    is silence of the film's length instead of the source's."""

    source: Path
    target: Path
    probe: Probe
    plan: Plan
    chunk: Chunk
    threads: int
    is_read_from_start: bool = False
    has_holes: bool = False
    read_seconds: float | None = None
    is_silent: bool = False

    @property
    def is_whole(self) -> bool:
        return len(self.plan.chunks) == 1

    @property
    def is_last(self) -> bool:
        """The last chunk goes on to the source's end, wherever that is."""
        return self.chunk.index == len(self.plan.chunks) - 1

    @property
    def frame_rate(self) -> Fraction:
        return Fraction(self.plan.frame_rate)

    @property
    def first_frame(self) -> int:
        """Number of the chunk's first frame on the grid of the whole video."""
        return round(self.chunk.start_seconds * self.frame_rate)

    @property
    def frame_count(self) -> int | None:
        """How many frames the chunk must have; None for the last one."""
        return None if self.is_last else round(self.chunk.duration_seconds * self.frame_rate)

    @property
    def segment_count(self) -> int | None:
        """How many segments the chunk must have; None for the last one."""
        frames = self.frame_count
        return None if frames is None else frames // count_segment_frames(self.frame_rate)

    @property
    def seek_seconds(self) -> float:
        """Where to start reading, on the encoder's clock; 0 is the source's start."""
        if self.is_read_from_start:
            return 0.0
        lead = _UNINDEXED_LEAD_SECONDS if self.probe.container == "mpegts" else _LEAD_SECONDS
        lead += _REORDERED_FRAMES / float(self.frame_rate)
        return max(0.0, self.chunk.start_seconds - lead)

    @property
    def read_span(self) -> tuple[float, float]:
        """From where to where the picture is read, in seconds on the encoder's clock."""
        return self.seek_seconds, self.chunk.start_seconds + self.chunk.duration_seconds

    @property
    def has_audio(self) -> bool:
        """The sound is encoded in one piece: cut into chunks, each join would click. If the picture
        is cut into chunks, a task of its own encodes it."""
        return self.plan.audio_stream is not None and self.is_whole


def drop_sound(job: EncodeJob, *, target: Path) -> EncodeJob:
    """Return the same encode without sound, into another folder."""
    return replace(job, target=target, plan=job.plan.model_copy(update={"audio_stream": None}))


def silence_sound(job: EncodeJob, *, target: Path) -> EncodeJob:
    """Return the same encode with silence for sound, into another folder."""
    return replace(job, target=target, is_silent=True)


def read_from_start(job: EncodeJob, *, target: Path) -> EncodeJob:
    """Return the same encode without a seek, into another folder."""
    return replace(job, target=target, is_read_from_start=True)


def leave_sound_alone(plan: Plan) -> Plan:
    """Return the plan of an encode of the sound alone: the whole source as one chunk, without any
    rung."""
    return plan.model_copy(update={"ladder": [], "chunks": plan_whole(plan.duration_seconds)})


def list_sound_streams(plan: Plan) -> set[int]:
    """Return the tracks that become the sound: two if they are left and right."""
    return {stream for stream in (plan.audio_stream, plan.sound_mix.right_stream) if stream is not None}
