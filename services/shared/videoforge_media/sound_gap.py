"""Pauses of the sound in MPEG transport and program streams that ffmpeg would close up.

ffmpeg treats a step of more than ten seconds as a splice of two recordings, and continues where the
stream was. At a splice, picture and sound step alike. If only the sound steps, it just has no
packets for that long, and closed up it would be early by the whole pause from there on. Only the
packets of both tell: those of the sound are read completely (8 µs each, nothing is decoded), those
of the picture only if the sound steps.
"""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from videoforge_media.ffprobe import build_packet_command
from videoforge_media.packet_clock import JOINED_FORMATS, Packet, PacketClock, read_packets
from videoforge_media.probe import Probe
from videoforge_media.sandbox import SandboxLimits
from videoforge_media.sandbox_run import SandboxTimedOut, run_sandboxed_lines

_LIMITS: Final = SandboxLimits(address_space_bytes=1 << 30, cpu_seconds=60, file_size_bytes=512 << 20)


def find_sound_gap(path: Path, probe: Probe, *, track: int, ffprobe: str, timeout_seconds: float = 60) -> int:
    """Return the length in seconds, rounded up, of the longest pause of a sound track that ffmpeg
    would close up; 0 if there is none, if the film has splices, and if the inspection takes too
    long."""
    if probe.container not in JOINED_FORMATS:
        return 0

    def list_splices(stream: int) -> list[float]:
        command = build_packet_command(path, options=("-select_streams", str(stream)), ffprobe=ffprobe)
        lines = run_sandboxed_lines(command, limits=_LIMITS, timeout_seconds=timeout_seconds)
        return find_splices(read_packets(lines or ()))

    try:
        gaps = list_splices(track)
        if not gaps or min(gaps) < 0 or list_splices(probe.video_stream):
            return 0
    except SandboxTimedOut:
        return 0
    return math.ceil(max(gaps))


def find_splices(packets: Iterable[Packet]) -> list[float]:
    """Return by how many seconds a stream steps wherever ffmpeg would see a splice; negative for
    backwards."""
    clock, splices = PacketClock(bridges_jumps=True), []
    for packet in packets:
        before = clock.offset_seconds
        clock.take(packet)
        if clock.offset_seconds != before:
            splices.append(before - clock.offset_seconds)
    return splices
