"""The real ffmpeg: how it is ended, and how its failures are distinguished."""

import asyncio
import errno
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import pytest

from video_processor.adapters.ffmpeg import (
    LIGHT_NICENESS,
    NICENESS,
    FfmpegLimits,
    SandboxedFfmpeg,
    explain_exit,
    is_certain,
)
from video_processor.adapters.media_inspector import SandboxedInspector, read_version
from video_processor.domain.progress import FfmpegReport
from video_processor.errors import EncodeFailed, ProcessorFault
from videoforge.problem_codes import Code

pytestmark = pytest.mark.integration

#: in real time and endless: ffmpeg's own sources are demuxers, so a test may use them
ENDLESS = ["-v", "error", "-nostats", "-stats_period", "0.1", "-progress", "pipe:1", "-re", "-f", "lavfi",
           "-i", "testsrc2=size=64x64", "-f", "null", "-"]  # fmt: skip


def build(
    *,
    program: str = "",
    stall: float = 30,
    wall: float = 30,
    memory: int = 8 << 30,
    niceness: int = NICENESS,
) -> SandboxedFfmpeg:
    limits = FfmpegLimits(
        address_space_bytes=memory, wall_seconds=wall, stall_seconds=stall, niceness=niceness
    )
    return SandboxedFfmpeg(program or imageio_ffmpeg.get_ffmpeg_exe(), limits=limits)


def write_program(path: Path, script: str) -> str:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def is_alive(pid_file: Path) -> bool:
    try:
        os.kill(int(pid_file.read_text()), 0)
    except ProcessLookupError:
        return False
    return True


async def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_reports_come_while_it_runs_and_cpu_time_after() -> None:
    seen: list[FfmpegReport] = []
    arguments = [*ENDLESS[:-3], "-t", "1.2", "-f", "null", "-"]
    run = await build().run(arguments, on_report=seen.append)
    assert len(seen) >= 5
    assert run.last_report is not None
    assert run.last_report.is_last
    assert run.last_report.out_seconds == pytest.approx(1.2, abs=0.1)
    assert run.cpu_seconds > 0


async def test_cancelling_ends_the_whole_group(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    program = write_program(tmp_path / "ffmpeg", f"/bin/sleep 60 & echo $! > {pid_file}; wait")
    running = asyncio.create_task(build(program=program).run([]))
    await wait_for(lambda: pid_file.exists() and pid_file.read_text().strip() != "")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await wait_for(lambda: not is_alive(pid_file))


async def test_an_encoder_without_progress_is_stopped() -> None:
    with pytest.raises(EncodeFailed, match="encode_stalled"):
        await build(program="/bin/sleep", stall=0.6).run(["60"])


async def test_an_encoder_that_moves_is_not_taken_for_stalled_but_has_a_last_hour() -> None:
    with pytest.raises(EncodeFailed, match="encode_timeout"):
        await build(stall=1, wall=2).run(ENDLESS)


@pytest.mark.parametrize(("values", "steps"), [({}, 15), ({"niceness": LIGHT_NICENESS}, 5)])
async def test_an_encode_leaves_the_cpu_to_those_who_answer_people(
    tmp_path: Path, values: dict[str, int], steps: int
) -> None:
    program = write_program(tmp_path / "ffmpeg", f"/usr/bin/nice > {tmp_path}/niceness")
    await build(program=program, **values).run([])
    assert int((tmp_path / "niceness").read_text()) == min(19, os.nice(0) + steps)


async def test_a_failure_keeps_the_last_words_for_the_log() -> None:
    with pytest.raises(EncodeFailed, match="encode_failed") as failure:
        await build().run(["-v", "error", "-i", "file:/nowhere", "-f", "null", "-"])
    assert "/nowhere" in failure.value.stderr_tail
    assert failure.value.hint
    assert failure.value.is_certain


async def test_too_little_memory_has_its_own_code() -> None:
    big = ["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=7680x4320", "-frames:v", "30",
           "-c:v", "libx264", "-f", "null", "-"]  # fmt: skip
    with pytest.raises(EncodeFailed, match="encode_out_of_memory"):
        await build(memory=1 << 30).run(big)


async def test_much_noise_on_stderr_neither_blocks_nor_fills_memory(tmp_path: Path) -> None:
    program = write_program(tmp_path / "ffmpeg", "head -c 3000000 /dev/zero | tr '\\0' x >&2; exit 1")
    with pytest.raises(EncodeFailed) as failure:
        await build(program=program).run([])
    assert len(failure.value.stderr_tail) <= 8192


def test_a_full_disk_is_seen_behind_exit_code_0() -> None:
    assert explain_exit(0, stderr="") is None
    assert (
        explain_exit(0, stderr="av_interleaved_write_frame(): No space left on device") == Code.scratch_full
    )
    assert explain_exit(0, stderr="Error writing trailer: Disk quota exceeded") == Code.scratch_full
    assert explain_exit(187, stderr="malloc of size 8294400 failed") == Code.encode_out_of_memory
    assert explain_exit(1, stderr="") == Code.encode_failed


@pytest.mark.parametrize(
    ("code", "failure", "wanted"),
    [
        (234, Code.encode_failed, True),  # EINVAL: filters that do not fit each other
        (183, Code.encode_failed, True),  # AVERROR_INVALIDDATA
        (69, Code.undecodable_media, True),
        (-11, Code.encode_failed, False),  # killed by a signal
        (251, Code.encode_failed, False),  # EIO
        (245, Code.encode_failed, False),  # EAGAIN: no thread to be had
        (0, Code.encode_stalled, False),
        (244, Code.encode_out_of_memory, False),
    ],
)
def test_what_the_same_input_would_do_again_is_distinguished_from_bad_luck(
    code: int, failure: Code, wanted: bool
) -> None:
    assert is_certain(code, failure=failure) is wanted


async def test_an_ffmpeg_that_hears_nothing_is_gone_within_seconds(tmp_path: Path) -> None:
    """Such as of SIGTERM, where it hangs."""
    pid_file = tmp_path / "pid"
    program = write_program(tmp_path / "ffmpeg", f"trap '' TERM; echo $$ > {pid_file}; exec /bin/sleep 60")
    running = asyncio.create_task(build(program=program).run([]))
    await wait_for(lambda: pid_file.exists() and pid_file.read_text().strip() != "")
    began = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert time.monotonic() - began < 4
    await wait_for(lambda: not is_alive(pid_file))


async def test_an_ffprobe_that_hangs_is_gone_with_its_task(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    ffprobe = write_program(tmp_path / "ffprobe", f"echo $$ > {pid_file}; exec /bin/sleep 60")
    source = tmp_path / "source"
    source.write_bytes(b"x" * 100)
    probing = asyncio.create_task(SandboxedInspector(ffprobe=ffprobe, ffmpeg="ffmpeg").probe(source))
    await wait_for(lambda: pid_file.exists() and pid_file.read_text().strip() != "")
    probing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probing
    await wait_for(lambda: not is_alive(pid_file))


async def test_a_program_that_is_not_there_is_the_machine_s_fault(tmp_path: Path) -> None:
    with pytest.raises(ProcessorFault):
        await build(program=str(tmp_path / "nowhere")).run([])
    source = tmp_path / "source"
    source.write_bytes(b"x" * 100)
    with pytest.raises(ProcessorFault):
        await SandboxedInspector(ffprobe=str(tmp_path / "nowhere"), ffmpeg="ffmpeg").probe(source)


async def test_a_system_without_a_process_to_give_is_the_machine_s_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(*args: object, **kwargs: object) -> None:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(asyncio, "create_subprocess_exec", refuse)
    with pytest.raises(ProcessorFault):
        await build().run([])


def test_data_that_cannot_be_decoded_is_distinguished_from_an_encoder_that_failed() -> None:
    assert explain_exit(69, stderr="Invalid NAL unit size (0 > 2140).") == Code.undecodable_media


def test_the_releases_of_ffmpeg_and_ffprobe_are_read_for_the_log():
    assert re.match(r"n?\d+\.\d+", read_version(imageio_ffmpeg.get_ffmpeg_exe()))
    assert re.match(r"n?\d+\.\d+", read_version("ffprobe"))
    assert read_version("true") == read_version("no-such-program") == "unknown"
