"""Fetches the pinned source into scratch and looks into it, or takes the one that the task before has kept:
the first step of prepare and of encode."""

from pathlib import Path

from video_processor.errors import BadSource, ObjectChanged, ObjectMissing
from video_processor.use_cases.context import TaskContext
from videoforge.messages import SourceRef
from videoforge_media.errors import MediaRejected
from videoforge_media.probe import Probe


async def fetch_source(context: TaskContext, source: SourceRef) -> tuple[Path, Probe]:
    """Return the local file and its Probe. Raises BadSource, ScratchFull and StoreFailed."""
    target = context.folder / "source"
    kept = context.tools.scratch.source_cache.take(source, target)
    # of one that is here already only as much again has to fit
    context.tools.scratch.check_space(source_bytes=source.size_bytes // 2 if kept else source.size_bytes)
    try:
        with context.clock.measure("download"):
            if kept:
                await context.tools.store.check_source(source)
            else:
                await context.tools.store.download_source(source, target)
    except ObjectMissing as error:
        await context.tools.store.check()  # without its disk a store has none of anything
        raise BadSource(
            "source_missing", "The uploaded file is not there any more.", hint="Upload the video again."
        ) from error
    except ObjectChanged as error:
        raise BadSource(
            "source_changed",
            "The uploaded file is not the one that was confirmed.",
            hint="Upload the video again and confirm it.",
        ) from error
    if kept:
        return target, kept
    try:
        return target, await context.tools.inspector.probe(target)
    except MediaRejected as error:
        raise BadSource(error.code, error.detail, hint=error.hint) from error
