"""Sound that fails after viewers were shown a playlist of it goes on as silence: its address stays
good, and the picture does not stop where the sound ends."""

from fractions import Fraction
from hashlib import sha256
from typing import Any

import pytest

from video_processor.domain.chunks import plan_chunks
from video_processor.errors import EncodeFailed, SoundFailed
from video_processor.lease import Lease
from video_processor.task_runner import TaskRun
from video_processor.testing.media import INIT
from video_processor.testing.queue import MemoryQueue
from videoforge.messages import (
    AudioInput,
    EncodedTrack,
    EncodeInput,
    Plan,
    PrepareInput,
    Segment,
    TaskInput,
    TaskMessage,
)
from videoforge.problem_codes import Code

#: what an earlier attempt listed
SEGMENT = Segment(key="videos/output/job-1/0/audio/00000.m4s", duration_seconds=6, size_bytes=9)
LISTED = EncodedTrack(
    format="audio",
    init_key="videos/output/job-1/0/audio/init.mp4",
    init_size_bytes=len(INIT),
    init_sha256=sha256(INIT).hexdigest(),
    segments=[SEGMENT],
)


async def plan_film(world: Any, run_task: Any, *, in_chunks: bool) -> Plan:
    prepared = await run_task(world.tools, PrepareInput(source=world.source, output_formats=["480p"]))
    chunks = plan_chunks(20, frame_rate=Fraction(25), chunk_seconds=6)
    plan: Plan = prepared.plan
    return plan.model_copy(update={"chunks": chunks}) if in_chunks else plan


async def run_with_listed(world: Any, task_input: TaskInput, *, listed: EncodedTrack | None) -> Any:
    """Return the result of a task of which this is listed."""
    task = world.api.add_task(task_input)
    if listed:
        task.listed[listed.format] = listed
    grant = await world.api.claim(TaskMessage(task_id=task.task_id, dispatch=1), claim_id="c" * 32)
    lease = Lease(
        grant, api=world.api, queue=MemoryQueue(), receipt_handle="-", claimed_at=0, clock=lambda: 0
    )
    return await TaskRun(grant, lease=lease, tools=world.tools).run()


@pytest.mark.parametrize(
    "failure",
    [SoundFailed(stderr_tail="[af#0:0] Error"), EncodeFailed(Code.undecodable_media, is_certain=True)],
)
@pytest.mark.parametrize("listed", [LISTED, None])
async def test_the_sound_of_a_film_in_chunks(
    world: Any, run_task: Any, failure: EncodeFailed, listed: EncodedTrack | None
) -> None:
    plan = await plan_film(world, run_task, in_chunks=True)
    world.ffmpeg.failure = failure
    result = await run_with_listed(world, AudioInput(source=world.source, plan=plan), listed=listed)
    assert [warning.code for warning in result.warnings] == ["no_audio"]
    check_sound(result.audio, listed=listed)


@pytest.mark.parametrize("listed", [LISTED, None])
async def test_the_sound_of_a_film_in_one_piece(
    world: Any, run_task: Any, listed: EncodedTrack | None
) -> None:
    plan = await plan_film(world, run_task, in_chunks=False)
    world.ffmpeg.sound_failure = SoundFailed(stderr_tail="")
    task = EncodeInput(source=world.source, plan=plan, chunk=plan.chunks[0])
    result = await run_with_listed(world, task, listed=listed)
    assert [warning.code for warning in result.warnings] == ["no_audio"]
    assert [len(track.segments) for track in result.renditions] == [4]
    check_sound(result.audio, listed=listed)


def check_sound(audio: EncodedTrack | None, *, listed: EncodedTrack | None) -> None:
    if listed is None:
        assert audio is None
        return
    assert audio is not None
    assert audio.init_key == listed.init_key
    own = [f"videos/output/job-1/1/audio/0000{number}.m4s" for number in (1, 2, 3)]
    assert [segment.key for segment in audio.segments] == [SEGMENT.key, *own]
