"""How a file is cut into the parts of a multipart upload. Sizes are bytes.

S3's limits ("Amazon S3 multipart upload limits"): objects to 5 TiB, parts of 5 MiB to 5 GiB except the
last, at most 10,000 of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

MIB: Final = 1024**2
GIB: Final = 1024**3

MAX_OBJECT_BYTES: Final = 5 * 1024 * GIB
MAX_SINGLE_PUT_BYTES: Final = 5 * GIB
MAX_PARTS: Final = 10_000

#: Small enough that a broken connection costs little and that the local store, which keeps parts that come
#: out of order in memory, holds four of them easily; large enough that signing is no load.
USUAL_PART_BYTES: Final = 8 * MIB


@dataclass(frozen=True, kw_only=True)
class PartPlan:
    """All parts have `part_size_bytes` except the last, which has the rest."""

    size_bytes: int
    part_size_bytes: int
    part_count: int

    def get_part_bytes(self, part_number: int) -> int:
        """Return the size of a part, numbered from 1."""
        if not 1 <= part_number <= self.part_count:
            raise ValueError(f"there is no part {part_number} of {self.part_count}")
        if part_number < self.part_count:
            return self.part_size_bytes
        return self.size_bytes - self.part_size_bytes * (self.part_count - 1)

    def find_missing(self, present: Iterable[int]) -> list[int]:
        """Return the numbers of the parts that are not present, in order."""
        return sorted(set(range(1, self.part_count + 1)) - set(present))


def plan_parts(size_bytes: int) -> PartPlan:
    """Return the plan of a file: parts of 8 MiB, in whole MiB more where 10,000 of them are too few."""
    if not 0 < size_bytes <= MAX_OBJECT_BYTES:
        raise ValueError(f"a file of {size_bytes} bytes cannot be one object")
    part_size = USUAL_PART_BYTES
    if size_bytes > part_size * MAX_PARTS:
        part_size = -(-size_bytes // (MAX_PARTS * MIB)) * MIB
    return PartPlan(size_bytes=size_bytes, part_size_bytes=part_size, part_count=-(-size_bytes // part_size))
