"""The first seconds of a film's sound, encoded and listed before the rest of it is read.

The sound of a film is one task, and what it reads of its source grows with the film: with picture
and sound stored in turn, nearly all of it. So that a viewer does not wait for that, the first
segments are made from the film's beginning alone. The encode of the whole sound, which follows,
makes the same segments again and leaves those that are listed in their place, as it does with those
of a lost attempt (list_segments.py).
"""

from dataclasses import replace
from typing import Final

from video_processor.domain.encode_job import list_sound_streams
from video_processor.domain.gop import SEGMENT_SECONDS
from video_processor.errors import BadSource, EncodeFailed
from video_processor.use_cases.context import TaskContext
from video_processor.use_cases.encode import build_job
from video_processor.use_cases.fetch_source import SourceFile
from video_processor.use_cases.upload_segments import SegmentUpload, is_full
from videoforge.keys import AUDIO_FOLDER, build_segment_name
from videoforge.logs import get_logger
from videoforge.messages import Plan

log = get_logger("JOB")

#: the sound of two minutes is read and encoded in a second
_LONG_SECONDS: Final = 120.0
#: as much as the first two chunks have of the picture: a viewer can go on until the whole sound has
#: come so far
_SEGMENTS: Final = 3
#: Sound near the end of what is read may differ from that of the whole encode: the encoder and the
#: limiter look ahead by less than a tenth of a second.
_ENCODED_SECONDS: Final = _SEGMENTS * SEGMENT_SECONDS + 3.0
#: what ffmpeg reads ahead of that
_FETCHED_SECONDS: Final = _ENCODED_SECONDS + 10.0


async def list_first_sound(context: TaskContext, source: SourceFile, *, plan: Plan) -> None:
    """Store and list the first segments of a long film's sound, unless some are listed already.
    What goes wrong with the source or the encode is left to the encode of the whole sound. Raises
    LeaseLost, StoreFailed."""
    is_listed = context.listing.find(AUDIO_FOLDER, build_segment_name(0)) is not None
    if source.is_whole or is_listed or plan.duration_seconds < _LONG_SECONDS:
        return
    if not await source.fetch_first_sound(list_sound_streams(plan), until_seconds=_FETCHED_SECONDS):
        return
    job = replace(
        build_job(context, plan=plan, chunk=plan.chunks[0], source=source),
        target=context.folder / "first-sound",
        read_seconds=_ENCODED_SECONDS,
    )
    folder = job.target / AUDIO_FOLDER
    folder.mkdir(parents=True)
    try:
        run = await context.tools.ffmpeg.encode(job)
    except (BadSource, EncodeFailed) as error:
        log.warning("the first sound cannot be encoded by itself", reason=str(error))
        return
    context.clock.cpu_seconds += run.cpu_seconds
    # ffmpeg has ended without a complaint, so what was made of parts of the source is right
    upload = SegmentUpload(context, job=replace(job, has_holes=False), folders=[AUDIO_FOLDER])
    for path in (folder / build_segment_name(number) for number in range(_SEGMENTS)):
        is_followed = path.with_name(build_segment_name(int(path.stem) + 1)).exists()
        if not is_followed or not is_full(path, job=job):
            break
        await upload.store(path, folder=AUDIO_FOLDER)
    await context.listing.tell()
