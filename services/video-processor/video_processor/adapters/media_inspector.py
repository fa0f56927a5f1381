"""ffprobe and the thumbnail by videoforge_media, run alongside the event loop; and the programs'
versions."""

from pathlib import Path
from typing import Final

from video_processor.adapters.sound_trial import hear_track
from video_processor.errors import ProcessorFault
from video_processor.ports import HeardSound
from videoforge.problem_codes import Code
from videoforge_media.combing import FieldOrder, find_hidden_fields
from videoforge_media.ffprobe import probe_file_async
from videoforge_media.key_gap import find_key_gap
from videoforge_media.newer_ffprobe import find_newer_ffprobe
from videoforge_media.probe import Probe
from videoforge_media.sandbox import SandboxLimits
from videoforge_media.sandbox_run import SandboxTimedOut, run_in_thread, run_sandboxed
from videoforge_media.shape_changes import follow_changes
from videoforge_media.sound_gap import find_sound_gap
from videoforge_media.sound_tracks import AudioTrack
from videoforge_media.thumbnail import take_thumbnail

_VERSION_LIMITS: Final = SandboxLimits(address_space_bytes=1 << 30, cpu_seconds=5, file_size_bytes=1 << 20)


class SandboxedInspector:
    """Implements the MediaInspector port."""

    def __init__(self, *, ffprobe: str, newer_ffprobe: str = "", ffmpeg: str) -> None:
        self._ffprobe = ffprobe
        self._newer_ffprobe = find_newer_ffprobe(newer_ffprobe)
        self._ffmpeg = ffmpeg

    async def probe(self, path: Path) -> Probe:
        try:
            return await probe_file_async(
                path,
                ffprobe=self._ffprobe,
                newer_ffprobe=self._newer_ffprobe,
                ffmpeg=self._ffmpeg,
                timeout_seconds=30,
            )
        except RuntimeError as error:
            raise ProcessorFault(Code.processor_fault, "The machine cannot run ffprobe.") from error

    async def follow_changes(self, path: Path, probe: Probe) -> Probe:
        ffprobe = self._choose_ffprobe(probe)
        return await run_in_thread(follow_changes, path, probe, ffprobe=ffprobe, ffmpeg=self._ffmpeg)

    async def find_hidden_fields(self, path: Path, probe: Probe) -> FieldOrder | None:
        return await run_in_thread(find_hidden_fields, path, probe, ffmpeg=self._ffmpeg)

    async def take_thumbnail(self, path: Path, probe: Probe, target: Path) -> None:
        await run_in_thread(take_thumbnail, path, probe, target, ffmpeg=self._ffmpeg)

    async def find_sound_gap(self, path: Path, probe: Probe, *, track: int) -> int:
        return await run_in_thread(
            find_sound_gap, path, probe, track=track, ffprobe=self._choose_ffprobe(probe)
        )

    async def find_key_gap(self, path: Path, probe: Probe) -> float:
        return await run_in_thread(find_key_gap, path, probe, ffprobe=self._choose_ffprobe(probe))

    async def hear_track(self, path: Path, track: AudioTrack) -> HeardSound | None:
        return await run_in_thread(hear_track, path, track, ffmpeg=self._ffmpeg)

    def _choose_ffprobe(self, probe: Probe) -> str:
        return self._newer_ffprobe if probe.is_picture_new else self._ffprobe


async def check_programs(*programs: str) -> None:
    """Raise ProcessorFault unless each program starts in the sandbox and prints its version."""
    for program in programs:
        if await run_in_thread(read_version, program) == "unknown":
            raise ProcessorFault(Code.processor_fault, f"{Path(program).name} does not start.")


def read_version(program: str) -> str:
    """Return the version that ffmpeg or ffprobe prints, such as `7.1`; "unknown" if it prints none.

    It is logged because how a program treats untrusted files in the sandbox depends on its version.
    """
    try:
        output = run_sandboxed([program, "-version"], limits=_VERSION_LIMITS, timeout_seconds=10).stdout
    except (SandboxTimedOut, OSError):
        return "unknown"
    words = output.split(maxsplit=3)  # "ffmpeg version 7.1 Copyright …"
    return words[2] if words[1:2] == ["version"] and len(words) > 2 else "unknown"
