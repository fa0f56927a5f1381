"""Pauses of the sound in MPEG's transport and program streams that ffmpeg would close up.

It takes a step of more than ten seconds for a joint of two recordings, and goes on where the stream was. At a
joint picture and sound step alike. Where the sound alone does, it has no packets for so long, and closed up
it would be early by all of the pause from there on. Only the packets of both tell: those of the sound are
read from end to end (8 µs each, nothing is decoded), those of the picture only where the sound steps.
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
    """Return how many seconds, rounded up, the longest pause of a track of sound lasts that ffmpeg would
    close up; 0 where there is none, where the film has joints, and where the look takes too long."""
    if probe.container not in JOINED_FORMATS:
        return 0

    def list_joints(stream: int) -> list[float]:
        command = build_packet_command(path, options=("-select_streams", str(stream)), ffprobe=ffprobe)
        lines = run_sandboxed_lines(command, limits=_LIMITS, timeout_seconds=timeout_seconds)
        return find_joints(read_packets(lines or ()))

    try:
        gaps = list_joints(track)
        if not gaps or min(gaps) < 0 or list_joints(probe.video_stream):
            return 0
    except SandboxTimedOut:
        return 0
    return math.ceil(max(gaps))


def find_joints(packets: Iterable[Packet]) -> list[float]:
    """Return by how many seconds a stream steps wherever ffmpeg takes that for a joint; below 0: back."""
    clock, joints = PacketClock(bridges_jumps=True), []
    for packet in packets:
        before = clock.offset_seconds
        clock.take(packet)
        if clock.offset_seconds != before:
            joints.append(before - clock.offset_seconds)
    return joints
