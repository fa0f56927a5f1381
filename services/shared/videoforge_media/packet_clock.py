"""Where the streams of a file end, computed from their packets in the file's order.

ffprobe prints a line per packet: stream, time shown, time decoded, duration, flags, such as
`0,1.466667,1.400000,0.033333,K_`. Six hours are two million lines, so they are processed one by
one. Times are seconds.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

#: the entries to request from ffprobe, in the order in which it prints them
PACKET_ENTRIES: Final = "packet=stream_index,pts_time,dts_time,duration_time,flags"
#: formats in which ffmpeg treats a jump of time stamps as a splice (AVFMT_TS_DISCONT)
JOINED_FORMATS: Final = frozenset({"mpegts", "mpeg"})
#: larger times, such as "inf", are not a film's
_MAX_TIME_SECONDS: Final = 1e11
#: ffmpeg's own limits (-dts_delta_threshold, and ts_discontinuity_detect in ffmpeg_demux.c): a
#: larger step, forwards or backwards, is a splice of another recording and not a pause
_MAX_STEP_SECONDS: Final = 10.0
_MAX_BACK_SECONDS: Final = 0.1


@dataclass(frozen=True)
class Packet:
    """`shown_at` is None if the file gives the packet no time; `is_shown` is unset for packets that
    an edit list leaves out."""

    stream: int
    shown_at: float | None
    decoded_at: float | None
    seconds: float
    is_shown: bool
    is_key: bool = False


@dataclass
class _StreamTimes:
    decoded_at: float
    next_at: float
    ends_at: float
    starts_at: float


class PacketClock:
    """Follows the packets of the streams used. With `bridges_jumps` it does what the encoder does
    in MPEG streams: after a jump the stream continues where it was, and the other streams with
    it, and `has_jumps` is set."""

    def __init__(self, *, bridges_jumps: bool, frame_seconds: Mapping[int, float] | None = None) -> None:
        self._bridges_jumps = bridges_jumps
        self._frame_seconds = frame_seconds or {}
        self._offset = 0.0
        self.has_jumps = False
        self._times: dict[int, _StreamTimes] = {}

    def take(self, packet: Packet) -> None:
        decoded_at = packet.shown_at if packet.decoded_at is None else packet.decoded_at
        if decoded_at is None or not packet.is_shown:
            return
        seconds = packet.seconds or self._frame_seconds.get(packet.stream, 0.0)
        before = self._times.get(packet.stream)
        if before and self._bridges_jumps and _is_jump(before, at=decoded_at + self._offset):
            self._offset = before.next_at - decoded_at
            self.has_jumps = True
        shown_at = decoded_at if packet.shown_at is None else packet.shown_at
        at, ends_at = decoded_at + self._offset, shown_at + self._offset + seconds
        latest = max(before.ends_at, ends_at) if before else ends_at
        first = min(before.starts_at, shown_at + self._offset) if before else shown_at
        self._times[packet.stream] = _StreamTimes(at, at + seconds, latest, first)

    @property
    def offset_seconds(self) -> float:
        """How far the latest packet's times are shifted."""
        return self._offset

    def find_start(self, stream: int) -> float | None:
        """Return when the first picture or sample of a stream is shown, wherever its packet is."""
        times = self._times.get(stream)
        return times.starts_at if times else None

    def find_end(self, stream: int) -> float | None:
        """Return when the last picture or sample of a stream ends; None if no packet has a time."""
        times = self._times.get(stream)
        return times.ends_at if times else None


def _is_jump(before: _StreamTimes, *, at: float) -> bool:
    return abs(at - before.next_at) > _MAX_STEP_SECONDS or at + _MAX_BACK_SECONDS < before.decoded_at


def read_packets(lines: Iterable[str]) -> Iterable[Packet]:
    """Yield the packets in ffprobe's lines; other lines are skipped."""
    for line in lines:
        fields = line.strip().split(",")
        if len(fields) >= 5 and fields[0].isascii() and fields[0].isdigit():
            yield _build_packet(int(fields[0][:9]), *fields[1:4], flags=fields[4])


def read_packet_objects(packets: object) -> list[Packet]:
    """Return the packets in ffprobe's JSON."""
    found: list[Packet] = []
    for entry in packets if isinstance(packets, list) else []:
        if isinstance(entry, Mapping) and isinstance(entry.get("stream_index"), int):
            times = (entry.get("pts_time"), entry.get("dts_time"), entry.get("duration_time"))
            found.append(_build_packet(entry["stream_index"], *times, flags=str(entry.get("flags"))))
    return found


def _build_packet(stream: int, shown: object, decoded: object, seconds: object, *, flags: str) -> Packet:
    lasts = read_time(seconds) or 0.0
    times = (read_time(shown), read_time(decoded), max(0.0, lasts))
    return Packet(stream, *times, is_shown="D" not in flags, is_key=flags.startswith("K"))


def read_time(value: Any) -> float | None:
    """Return seconds, which may be negative; None for N/A and for unrealistic values."""
    try:
        seconds = float(str(value))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and abs(seconds) < _MAX_TIME_SECONDS else None
