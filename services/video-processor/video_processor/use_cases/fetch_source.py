"""The first step of prepare and encode: downloads the pinned source into scratch and probes it, or
takes the copy that the previous task cached."""

from pathlib import Path

from video_processor.errors import BadSource, ObjectChanged, ObjectMissing
from video_processor.use_cases.context import TaskContext
from videoforge.messages import SourceRef
from videoforge.problem_codes import Code
from videoforge_media.errors import MediaRejected
from videoforge_media.probe import Probe


async def fetch_source(context: TaskContext, source: SourceRef) -> tuple[Path, Probe]:
    """Return the local file and its Probe. Raises BadSource, ScratchFull and StoreFailed."""
    target = context.folder / "source"
    cached = context.tools.scratch.source_cache.take(source, target)
    # a cached source is on the disk already: only as much again has to fit
    context.tools.scratch.check_space(source_bytes=source.size_bytes // 2 if cached else source.size_bytes)
    try:
        with context.clock.measure("download"):
            if cached:
                await context.tools.store.check_source(source)
            else:
                await context.tools.store.download_source(source, target)
    except ObjectMissing as error:
        await context.tools.store.check()  # a store that lost its disk has no objects at all
        raise BadSource(Code.source_missing) from error
    except ObjectChanged as error:
        raise BadSource(Code.source_changed) from error
    if cached:
        return target, cached
    try:
        return target, await context.tools.inspector.probe(target)
    except MediaRejected as error:
        raise BadSource(Code[error.code], error.detail, hint=error.hint) from error
