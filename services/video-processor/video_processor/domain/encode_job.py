"""Everything that the encode of one chunk depends on, and the names of the files it writes."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from videoforge.messages import Chunk, Plan
from videoforge_media.probe import Probe

#: in each rendition's folder, next to the segments
INIT_NAME: Final = "init.mp4"
PLAYLIST_NAME: Final = "index.m3u8"


@dataclass(frozen=True)
class EncodeJob:
    """`target` contains a folder for each rung, and `audio`. `threads` is per decoder, filter and
    encoder."""

    source: Path
    target: Path
    probe: Probe
    plan: Plan
    chunk: Chunk
    threads: int

    @property
    def is_whole(self) -> bool:
        return len(self.plan.chunks) == 1

    @property
    def has_audio(self) -> bool:
        """The sound of the whole source is encoded with the first chunk: cut into chunks, each join
        would click."""
        return self.plan.audio_stream is not None and self.chunk.index == 0


def drop_sound(job: EncodeJob, *, target: Path) -> EncodeJob:
    """Return the same encode without sound, into another folder."""
    return replace(job, target=target, plan=job.plan.model_copy(update={"audio_stream": None}))
