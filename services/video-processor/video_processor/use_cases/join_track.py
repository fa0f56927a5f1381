"""Downloads all segments of one track into one file: the init segment, then the segments, each at
its offset."""

import itertools
from functools import partial
from pathlib import Path

from video_processor.bounded import run_bounded
from video_processor.errors import ObjectChanged, ObjectMissing, OutputRefused
from video_processor.use_cases.context import TaskContext
from videoforge.messages import EncodedTrack
from videoforge.problem_codes import Code


async def join_track(context: TaskContext, track: EncodedTrack) -> Path:
    """Return the joined file. Raises OutputRefused if an object is missing or has another size.

    The sizes are known, so that the parts can arrive in any order, several at once.
    """
    target = context.folder / f"joined-{track.format}.mp4"
    parts = [(track.init_key or "", track.init_size_bytes)]
    parts += [(segment.key, segment.size_bytes) for segment in track.segments]
    offsets = [0, *itertools.accumulate(size for _, size in parts)]
    try:
        with context.clock.measure("download"):
            await run_bounded(
                (
                    context.call_store(
                        partial(context.tools.store.read_into, key, target, offset=offset, size_bytes=size)
                    )
                    for (key, size), offset in zip(parts, offsets, strict=False)
                ),
                parallelism=context.tools.parallelism,
            )
    except (ObjectMissing, ObjectChanged) as error:
        await context.tools.store.check()  # a store that lost its disk has no objects at all
        raise OutputRefused(
            Code.output_incomplete, f"A part of the rendition {track.format} is missing in the store."
        ) from error
    return target
