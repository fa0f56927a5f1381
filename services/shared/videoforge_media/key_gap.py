"""How much has to be decoded before a picture in the middle of a film can be shown.

A reader starts at the key frame before it. Headers do not say how far apart key frames are, and a
screen recording may have a single one; so reading is tried at some places, each a seek and a packet.
A transport stream has no index: a seek ends anywhere, and the next key frame has to be found.
"""

from pathlib import Path
from typing import Final

from videoforge_media.ffprobe import build_packet_command
from videoforge_media.packet_clock import read_packets
from videoforge_media.probe import Probe
from videoforge_media.sandbox import SandboxLimits
from videoforge_media.sandbox_run import SandboxTimedOut, run_sandboxed_lines

_PLACES: Final = 8
#: in a transport stream, seconds that are read at each place
_LOOK_SECONDS: Final = 12
_LIMITS: Final = SandboxLimits(address_space_bytes=1 << 30, cpu_seconds=60, file_size_bytes=8 << 20)


def find_key_gap(path: Path, probe: Probe, *, ffprobe: str, timeout_seconds: float = 30) -> float:
    """Return the longest time in seconds between a place in the film and the key frame at which a
    reader has to start, or in a transport stream the next one. It is infinite if none is found, or
    if that takes too long."""
    places = [probe.clock_starts_at_seconds + at for at in list_key_looks(probe.video_duration_seconds)]
    gaps = [_find_gap(path, probe, at=at, ffprobe=ffprobe, timeout_seconds=timeout_seconds) for at in places]
    return max(gaps)


def list_key_looks(duration_seconds: float) -> list[float]:
    """Return the places in the film."""
    return [duration_seconds * number / (_PLACES + 1) for number in range(1, _PLACES + 1)]


def _find_gap(path: Path, probe: Probe, *, at: float, ffprobe: str, timeout_seconds: float) -> float:
    is_indexed = probe.container != "mpegts"
    interval = f"{at:.3f}%+{'#1' if is_indexed else _LOOK_SECONDS}"
    options = ("-select_streams", str(probe.video_stream), "-read_intervals", interval)
    command = build_packet_command(path, options=options, ffprobe=ffprobe)
    try:
        lines = run_sandboxed_lines(command, limits=_LIMITS, timeout_seconds=timeout_seconds) or ()
        keys = [packet.shown_at for packet in read_packets(lines) if packet.is_key]
    except SandboxTimedOut:
        return float("inf")
    found = next((key for key in keys if key is not None), None)
    return abs(at - found) if found is not None else float("inf")
