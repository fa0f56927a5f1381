"""The sample tables of one MP4 or QuickTime track: where its samples are, and when each is decoded
and shown (ISO/IEC 14496-12, 8.6 and 8.7). Read from the file by track_tables.py.

Two hours have half a million samples, so times are computed from the tables' runs. Samples and
chunks count from 0. Media times are seconds from the track's own start, movie times from the
presentation's.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from videoforge_media.byte_ranges import ByteRange, build_range


class Edit(NamedTuple):
    """A part of the media that is shown from `movie_at` on, for `seconds`."""

    movie_at: float
    media_at: float
    seconds: float


class Runs:
    """A table of consecutive runs: how many samples (or chunks) have which value."""

    def __init__(self, counts: Sequence[int], values: Sequence[int]) -> None:
        self.counts = counts
        self.values = values
        self.firsts = [0, *accumulate(counts)]

    @property
    def total(self) -> int:
        return self.firsts[-1]

    def find(self, position: int) -> int:
        """Return the index of the run that contains this position; the last one after the end."""
        return min(bisect_right(self.firsts, position) - 1, len(self.values) - 1)


def _sum_runs(runs: Runs) -> Sequence[int]:
    """Return the sum of all values before each run."""
    return [0, *accumulate(count * value for count, value in zip(runs.counts, runs.values, strict=True))]


@dataclass(frozen=True)
class SampleTable:
    """`sizes` is None if all samples have one size that cannot be trusted, as for sound in
    QuickTime files; `keys` is None if every sample is a key sample. `samples_per_chunk` are runs of
    chunks. `latest_lead` is how long before it is decoded a sample may be shown."""

    ticks: int
    edits: tuple[Edit, ...]
    chunk_offsets: Sequence[int]
    samples_per_chunk: Runs
    sizes: Sequence[int] | None
    keys: Sequence[int] | None
    steps: Runs
    shifts: Runs | None

    @cached_property
    def _step_starts(self) -> Sequence[int]:
        return _sum_runs(self.steps)

    @cached_property
    def _chunk_starts(self) -> Sequence[int]:
        return _sum_runs(self.samples_per_chunk)

    @property
    def count(self) -> int:
        return self.steps.total

    @property
    def latest_lead(self) -> float:
        return -min([0, *(self.shifts.values if self.shifts else ())]) / self.ticks

    def find_sample(self, seconds: float) -> int:
        """Return the last sample that is decoded by this media time; before the first it is 0."""
        at = max(0, math.floor(seconds * self.ticks))
        run = min(bisect_right(self._step_starts, at) - 1, len(self.steps.values) - 1)
        step = max(1, self.steps.values[run])
        return min(self.steps.firsts[run] + (at - self._step_starts[run]) // step, self.count - 1)

    def find_decoded(self, sample: int) -> float:
        run = self.steps.find(sample)
        into = (sample - self.steps.firsts[run]) * self.steps.values[run]
        return (self._step_starts[run] + into) / self.ticks

    def find_shown(self, sample: int) -> float:
        shift = self.shifts.values[self.shifts.find(sample)] if self.shifts else 0
        return self.find_decoded(sample) + shift / self.ticks

    def find_key(self, seconds: float) -> int:
        """Return the last key sample that is decoded and shown by this media time; 0 if there is
        none."""
        sample = self.find_sample(seconds)
        if self.keys is None:
            while sample > 0 and self.find_shown(sample) > seconds:
                sample -= 1
            return sample
        at = bisect_right(self.keys, sample) - 1
        while at >= 0 and self.find_shown(self.keys[at]) > seconds:
            at -= 1
        return self.keys[at] if at >= 0 else 0

    def list_ranges(
        self, first: int, end: int, *, sample_bytes: int, gap_bytes: int = 0
    ) -> Iterator[ByteRange]:
        """Yield where the samples from `first` to before `end` are. Chunks that follow each other,
        or are at most `gap_bytes` apart, are one range: the sound of 2 h may have 180,000.
        `sample_bytes` is used if `sizes` is None."""
        chunks = self._list_chunks(first, end, sample_bytes=sample_bytes)
        at, length = next(chunks, (0, 0))
        stop = at + length
        for offset, length in chunks:
            if at <= offset <= stop + gap_bytes:
                stop = max(stop, offset + length)
            else:
                yield build_range(at, stop)
                at, stop = offset, offset + length
        yield build_range(at, stop)

    def _list_chunks(self, first: int, end: int, *, sample_bytes: int) -> Iterator[tuple[int, int]]:
        """Yield offset and length of the samples in each chunk."""
        while first < end:
            run = min(bisect_right(self._chunk_starts, first) - 1, len(self.samples_per_chunk.values) - 1)
            each = self.samples_per_chunk.values[run]
            chunks_into, into = divmod(first - self._chunk_starts[run], each)
            offset = self.chunk_offsets[self.samples_per_chunk.firsts[run] + chunks_into]
            last = min(first - into + each, end)
            if self.sizes is None:
                before, length = into * sample_bytes, (last - first) * sample_bytes
            else:
                before, length = sum(self.sizes[first - into : first]), sum(self.sizes[first:last])
            yield offset + before, length
            first = last
