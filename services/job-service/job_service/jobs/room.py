"""How much disk space a task needs, so that it is only granted to a processor that has it.

It is estimated when the task is queued: twice the source, once for the source and once for what is
made of it; for a chunk twice its part of the source, and for `assemble` twice the largest
rendition. The processor checks again when it starts, because only it knows what else is written to
its disk, and whether it has to read the whole source.
"""

from collections.abc import Sequence
from typing import Final

from pydantic import ValidationError

from job_service.jobs.task import Task
from videoforge.messages import EncodeResult, Plan, TaskKind

#: a chunk may have twice the film's average bit rate, and the index of six hours takes 60 MB
_CHUNK_FACTOR: Final = 2
_INDEX_BYTES: Final = 64 << 20


def estimate_needed_bytes(
    kind: TaskKind,
    *,
    source_bytes: int,
    tasks: Sequence[Task],
    plan: Plan | None = None,
    chunk_index: int = 0,
) -> int:
    """`tasks` are those of the job; only `assemble` looks at their results. Results that this
    version cannot read count as nothing: the claim finds out."""
    if kind == "assemble":
        return 2 * _find_largest_rendition(tasks)
    if kind != "encode" or plan is None or len(plan.chunks) == 1:
        return 2 * source_bytes
    share = plan.chunks[chunk_index].duration_seconds / plan.duration_seconds
    return 2 * min(source_bytes, int(_CHUNK_FACTOR * share * source_bytes) + _INDEX_BYTES)


def _find_largest_rendition(tasks: Sequence[Task]) -> int:
    try:
        encodes = [EncodeResult.model_validate(task.result) for task in tasks if task.kind == "encode"]
    except ValidationError:
        return 0
    sizes: dict[str, int] = {}
    for track in (track for result in encodes for track in result.renditions):
        stored = track.init_size_bytes + sum(segment.size_bytes for segment in track.segments)
        sizes[track.format] = sizes.get(track.format, 0) + stored
    return max(sizes.values(), default=0)
