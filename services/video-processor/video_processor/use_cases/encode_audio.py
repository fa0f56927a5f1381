"""audio: the sound of the whole source in one piece, for a job whose picture is encoded in chunks.
The segments are uploaded while ffmpeg runs."""

from video_processor.domain.encode_job import leave_sound_alone, list_sound_streams
from video_processor.errors import BadSource, SoundFailed
from video_processor.use_cases.context import TaskContext
from video_processor.use_cases.encode import (
    SOUND_LOST,
    build_job,
    encode_and_upload,
    finish_track,
    leave_out_sound,
)
from video_processor.use_cases.fetch_source import open_source, try_parts_first
from video_processor.use_cases.first_sound import list_first_sound
from videoforge.keys import AUDIO_FOLDER
from videoforge.logs import get_logger
from videoforge.messages import AudioInput, AudioResult, EncodedTrack, JobWarning

log = get_logger("JOB")


async def encode_audio(context: TaskContext, task: AudioInput) -> AudioResult:
    """Return the stored sound; sound that cannot be decoded costs a warning, not the job. Raises
    BadSource for a source that cannot be read, EncodeFailed, StoreFailed."""
    source = await open_source(context, task.source)
    plan = leave_sound_alone(task.plan)
    await list_first_sound(context, source, plan=plan)
    await source.fetch_sound(list_sound_streams(plan))

    warnings: list[JobWarning] = []

    async def work() -> EncodedTrack | None:
        job = build_job(context, plan=plan, chunk=plan.chunks[0], source=source)
        try:
            upload = await encode_and_upload(context, job)
        except (SoundFailed, BadSource) as error:  # both: ffmpeg would fail the same way again
            if not source.is_whole:
                raise
            log.warning("the job gets no sound", reason=str(error))
            warnings.append(SOUND_LOST)
            job = leave_out_sound(context, job)
            if not job.has_audio:
                return None
            upload = await encode_and_upload(context, job)
        return await finish_track(context, job, folder=AUDIO_FOLDER, sizes=upload.get_sizes(AUDIO_FOLDER))

    track = await try_parts_first(source, work)
    source.keep(probe=source.probe)
    return AudioResult(audio=track if track and track.segments else None, warnings=warnings)
