"""Ranges of bytes of an object, and the few operations that reading parts of one needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True, kw_only=True)
class ByteRange:
    first: int
    length: int

    @property
    def end(self) -> int:
        """The offset after the last byte."""
        return self.first + self.length


def build_range(first: int, end: int) -> ByteRange:
    return ByteRange(first=first, length=end - first)


def count_bytes(ranges: Iterable[ByteRange]) -> int:
    return sum(part.length for part in ranges)


def merge_ranges(ranges: Iterable[ByteRange], *, gap_bytes: int = 0) -> list[ByteRange]:
    """Return the ranges in order, without overlaps and empty ones; ranges that are at most
    `gap_bytes` apart become one."""
    merged: list[ByteRange] = []
    for part in sorted(part for part in ranges if part.length > 0):
        if merged and part.first <= merged[-1].end + gap_bytes:
            merged[-1] = build_range(merged[-1].first, max(merged[-1].end, part.end))
        else:
            merged.append(part)
    return merged


def subtract_ranges(ranges: Sequence[ByteRange], held: Sequence[ByteRange]) -> list[ByteRange]:
    """Return the parts of the ranges that `held` lacks. Both are in order and without overlaps."""
    missing, at = [], 0
    for part in ranges:
        first = part.first
        while at < len(held) and held[at].end <= first:
            at += 1
        later = at
        while later < len(held) and held[later].first < part.end:
            if held[later].first > first:
                missing.append(build_range(first, held[later].first))
            first = held[later].end
            later += 1
        if first < part.end:
            missing.append(build_range(first, part.end))
    return missing


def intersect_ranges(ranges: Sequence[ByteRange], held: Sequence[ByteRange]) -> list[ByteRange]:
    """Return the parts of the ranges that `held` has too."""
    return subtract_ranges(ranges, subtract_ranges(ranges, held))
