"""A film is watched while it is encoded, and its processor is lost: the list of segments that a
viewer was shown only grows, and the whole film has every frame once."""

import asyncio
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from video_processor.lease import Lease
from video_processor.task_runner import TaskRun
from video_processor.testing.job_api import MemoryJobApi, MemoryTask
from video_processor.testing.object_store import MemoryObjectStore
from video_processor.testing.queue import MemoryQueue
from video_processor.use_cases.context import Tools
from videoforge.keys import build_early_playlist_key
from videoforge.media_playlist import build_media_playlist, move_media_playlist
from videoforge.messages import AssembleInput, EncodeInput, PrepareInput, TaskMessage

pytestmark = pytest.mark.integration

SECONDS, RATE = 22, 25
#: four segments of the picture and four of the sound
CLIP = [
    *("-f", "lavfi", "-i", f"testsrc2=s=320x180:r={RATE}:d={SECONDS}"),
    *("-f", "lavfi", "-i", f"sine=f=440:r=48000:d={SECONDS}"),
    *("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"),
]


class StoreThatHangs(MemoryObjectStore):
    """Takes the first two segments of each track of the first attempt, and is silent after that."""

    async def upload(self, path: Path, *, key: str) -> int:
        if "/1/" in key and path.suffix == ".m4s" and int(path.stem) >= 2:
            await asyncio.Event().wait()
        return await super().upload(path, key=key)


async def start(tools: Tools, task: MemoryTask) -> TaskRun:
    api = tools.api
    grant = await api.claim(TaskMessage(task_id=task.task_id, dispatch=1), claim_id=f"{task.attempt:032d}")
    lease = Lease(grant, api=api, queue=MemoryQueue(), receipt_handle="-", claimed_at=0, clock=lambda: 0)
    return TaskRun(grant, lease=lease, tools=tools)


def show_early(task: MemoryTask, name: str) -> str:
    """Return what a viewer gets of a list that grows."""
    track = task.listed[name]
    key = build_early_playlist_key("job-1", folder=name)
    return build_media_playlist(
        track.segments, playlist_key=key, init_key=track.init_key or "", kind="EVENT", is_complete=False
    )


def read_frames(playlist: Path) -> list[tuple[int, str]]:
    """Return time and checksum of each decoded frame, with times from the first one on: FFmpeg has
    another zero for a list of type EVENT."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error"]
    command += ["-allowed_extensions", "ALL"] if playlist.suffix == ".m3u8" else []
    command += ["-i", str(playlist), "-f", "framemd5", "-"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    rows = [line.split(",") for line in lines if not line.startswith("#")]
    return [(int(row[2]) - int(rows[0][2]), row[-1].strip()) for row in rows]


async def test_an_attempt_that_is_lost_leaves_every_listed_segment_in_its_place(
    real_tools: Callable[..., Tools], make_clip: Callable[..., Path], tmp_path: Path
) -> None:
    store, api = StoreThatHangs(), MemoryJobApi()
    tools = real_tools(store=store, api=api)
    source = store.put_source("users/u/uploads/x/source.mp4", make_clip("source.mp4", *CLIP).read_bytes())
    prepared: Any = await (
        await start(tools, api.add_task(PrepareInput(source=source, output_formats=["480p"])))
    ).run()
    plan = prepared.plan
    name = plan.ladder[0].format
    task = api.add_task(EncodeInput(source=source, plan=plan, chunk=plan.chunks[0]))

    lost = asyncio.create_task((await start(tools, task)).run())
    async with asyncio.timeout(60):
        while [len(task.listed[key].segments) for key in sorted(task.listed)] != [2, 2]:
            await asyncio.sleep(0.05)
    lost.cancel()
    await asyncio.gather(lost, return_exceptions=True)
    seen = {key: show_early(task, key).splitlines() for key in (name, "audio")}
    before = {key: content for key, content in store.objects.items() if "/1/" in key}

    task.status = "pending"
    encoded: Any = await (await start(tools, task)).run()
    (track,), audio = encoded.renditions, encoded.audio
    assert [segment.key.split("/")[3] for segment in track.segments] == ["1", "1", "2", "2"]
    assert [segment.key.split("/")[3] for segment in audio.segments] == ["1", "1", "2", "2"]
    assert not {key for key in before if store.objects[key] != before[key]}, "nothing was overwritten"
    for key in ("00000", "00001"):
        assert f"videos/output/job-1/2/{name}/{key}.m4s" not in store.objects, "nothing was stored twice"

    end = AssembleInput(source=source, plan=plan, encoded=[encoded])
    finished: Any = await (await start(tools, api.add_task(end))).run()
    for key, content in store.objects.items():
        (tmp_path / "out" / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / key).write_bytes(content)
    for folder, stored in (
        (name, finished.renditions[0].playlist_key),
        ("audio", finished.audio.playlist_key),
    ):
        address = build_early_playlist_key("job-1", folder=folder)
        moved = move_media_playlist(store.objects[stored].decode(), from_key=stored, to_key=address)
        lines = moved.splitlines()
        assert lines[: len(seen[folder])] == seen[folder], "a line that was shown has changed"
        assert lines[-1] == "#EXT-X-ENDLIST"
        (tmp_path / "out" / address).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / address).write_text(moved)
        frames = read_frames(tmp_path / "out" / address)
        assert frames == read_frames(tmp_path / "out" / stored)
        if folder == name:
            assert [time for time, _ in frames] == list(range(SECONDS * RATE))
            assert measure_worst_psnr(tmp_path / "out" / address, source=tmp_path / "source.mp4") > 25


def measure_worst_psnr(playlist: Path, *, source: Path) -> float:
    """Return the PSNR of the frame that is least like the source's in dB. Frames of two encodes
    cannot be compared bit by bit: x264 under a bitrate ceiling is not deterministic with two
    threads."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-allowed_extensions", "ALL"]
    command += ["-i", str(playlist), "-i", str(source)]
    graph = "[0:v]setpts=N/25/TB[a];[1:v]setpts=N/25/TB[b];[a][b]psnr=stats_file=-"
    command += ["-lavfi", graph, "-f", "null", "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = [float(value) for value in re.findall(r"psnr_avg:([0-9.]+)", text)]
    assert len(found) == SECONDS * RATE
    return min(found)
