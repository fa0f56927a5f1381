"""How much has to be decoded before a picture in the middle of a film can be shown.

A reader starts at the key frame before it. Headers do not say how far apart key frames are, and a
screen recording may have a single one; so reading is tried at some places, each a seek and a packet.
With an index they are all tried in one run of ffprobe: a run for each took 1.3 to 1.7 s, and all in
one 0.17 s (a film of 2 h, own measurement, 2026-12-01).
A transport stream has no index: a seek ends anywhere, and the next key frame has to be found.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from videoforge_media.ffprobe import build_packet_command
from videoforge_media.packet_clock import Packet, read_packets
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

    def read(intervals: Sequence[str]) -> list[Packet]:
        options = ("-select_streams", str(probe.video_stream), "-read_intervals", ",".join(intervals))
        command = build_packet_command(path, options=options, ffprobe=ffprobe)
        lines = run_sandboxed_lines(command, limits=_LIMITS, timeout_seconds=timeout_seconds)
        return list(read_packets(lines or ()))

    try:
        if probe.container != "mpegts":
            return _find_longest(places, read([f"{at:.3f}%+#1" for at in places]))
        found = (_find_first_key(read([f"{at:.3f}%+{_LOOK_SECONDS}"])) for at in places)
        return max(_measure(at, key) for at, key in zip(places, found, strict=True))
    except SandboxTimedOut:
        return float("inf")


def list_key_looks(duration_seconds: float) -> list[float]:
    """Return the places in the film."""
    return [duration_seconds * number / (_PLACES + 1) for number in range(1, _PLACES + 1)]


def _find_longest(places: Sequence[float], packets: Sequence[Packet]) -> float:
    """Each place has one packet, unless reading failed at one."""
    if len(packets) != len(places):
        return float("inf")
    return max(_measure(at, _find_first_key([packet])) for at, packet in zip(places, packets, strict=True))


def _find_first_key(packets: Sequence[Packet]) -> float | None:
    keys = (packet.shown_at for packet in packets if packet.is_key)
    return next((key for key in keys if key is not None), None)


def _measure(at: float, key: float | None) -> float:
    return float("inf") if key is None else abs(at - key)
