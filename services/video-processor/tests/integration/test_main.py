"""The process itself: real queue, real store, real ffmpeg, signals; job-service is a small
server."""

import asyncio
import json
import os
import socket
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import aiohttp
import boto3
import pytest
from aiohttp import web

from video_processor.domain.gop import count_gop_frames
from video_processor.testing.job_api import MemoryJobApi, MemoryTask
from video_processor.testing.job_api_server import SERVICE_TOKEN, build_server
from videoforge.messages import EncodeInput, PrepareInput, SourceRef

pytestmark = pytest.mark.integration

SAMPLE = Path(__file__).parents[4] / "samples" / "bigbuckbunny.mp4"


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RunningProcessor:
    """The process, with everything around it."""

    def __init__(self, process: asyncio.subprocess.Process, *, api: MemoryJobApi, port: int) -> None:
        self.process, self.api, self.port = process, api, port

    async def get(self, path: str) -> tuple[int, str]:
        url = f"http://127.0.0.1:{self.port}{path}"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def processor(
    aws_environment: Mapping[str, str], object_store: Any, task_queue: Any, tmp_path: Path
) -> AsyncIterator[RunningProcessor]:
    api = MemoryJobApi()
    runner = web.AppRunner(build_server(api))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = find_free_port()
    environment = {
        **os.environ,
        **aws_environment,
        "SERVICE_TOKENS": SERVICE_TOKEN,
        "JOB_SERVICE_URL": f"http://127.0.0.1:{runner.addresses[0][1]}",
        "SQS_QUEUE_URL": task_queue.queue_url,
        "SQS_WAIT_SECONDS": "1",
        "S3_BUCKET_NAME": object_store.bucket,
        "PRIVATE_PORT": str(port),
        "SCRATCH_DIR": str(tmp_path / "scratch"),
        "DRAIN_GRACE_SECONDS": "0",
    }
    with (tmp_path / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "video_processor.main", env=environment, stdout=log, stderr=log
        )
    yield RunningProcessor(process, api=api, port=port)
    if process.returncode is None:
        process.kill()
        await process.wait()
    await runner.cleanup()


@pytest.fixture
def put_source(aws_environment: Mapping[str, str], object_store: Any) -> Callable[[], SourceRef]:
    def put() -> SourceRef:
        client = boto3.client("s3", region_name=object_store.region)
        key = f"users/u/uploads/{uuid.uuid4()}/source.mp4"
        client.put_object(Bucket=object_store.bucket, Key=key, Body=SAMPLE.read_bytes())
        head = client.head_object(Bucket=object_store.bucket, Key=key)
        client.close()
        return SourceRef(s3_key=key, etag=head["ETag"], size_bytes=head["ContentLength"])

    return put


@pytest.fixture
def send(aws_environment: Mapping[str, str], task_queue: Any) -> Callable[[MemoryTask], None]:
    def send_task(task: MemoryTask) -> None:
        client = boto3.client("sqs", region_name=aws_environment["AWS_REGION"])
        client.send_message(
            QueueUrl=task_queue.queue_url,
            MessageBody=json.dumps({"task_id": task.task_id, "dispatch": 1}),
            MessageGroupId=task.task_id,
            MessageDeduplicationId=task.task_id,
        )
        client.close()

    return send_task


async def wait_until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.05)


async def test_a_task_goes_from_the_queue_to_job_service_and_a_signal_hands_the_next_one_back(
    processor: RunningProcessor, put_source: Any, send: Any, tmp_path: Path
) -> None:
    source = put_source()
    prepare = processor.api.add_task(PrepareInput(source=source, output_formats=["720p"]))
    send(prepare)
    await wait_until(lambda: prepare.status == "completed")
    assert prepare.completion is not None
    assert prepare.completion.result.kind == "prepare"
    assert prepare.completion.metrics.download_seconds > 0
    status, text = await processor.get("/health")
    assert (status, json.loads(text)["status"]) == (200, "ok")
    counted = 'videoforge_processor_tasks_total{kind="prepare",outcome="completed"} 1.0'
    async with asyncio.timeout(10):  # a task ends when its message is deleted, a little after it was told
        while counted not in (await processor.get("/metrics"))[1]:
            await asyncio.sleep(0.05)

    plan = prepare.completion.result.plan
    encode = processor.api.add_task(EncodeInput(source=source, plan=plan, chunk=plan.chunks[0]))
    send(encode)
    await wait_until(lambda: any(report.percent > 3 for report in encode.reports))
    processor.process.terminate()
    assert await asyncio.wait_for(processor.process.wait(), 20) == 0
    assert [failure.kind for failure in encode.failures] == ["interruption"]
    assert list((tmp_path / "scratch").iterdir()) == []

    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    command = next(line for line in lines if line["message"] == "ffmpeg starts")
    assert command["category"] == "FFMPEG"
    assert command["context"]["task_id"] == encode.task_id
    gop_frames = count_gop_frames(Fraction(plan.frame_rate))
    assert f" -g {gop_frames} -sc_threshold 0 " in command["context"]["command"]
    assert SERVICE_TOKEN not in (tmp_path / "log").read_text()


async def test_a_killed_processor_leaves_no_ffmpeg_behind(
    processor: RunningProcessor, put_source: Any, send: Any, tmp_path: Path
) -> None:
    source = put_source()
    prepare = processor.api.add_task(PrepareInput(source=source, output_formats=["720p"]))
    send(prepare)
    await wait_until(lambda: prepare.completion is not None)
    assert prepare.completion is not None
    plan = prepare.completion.result.plan  # type: ignore[union-attr]
    encode = processor.api.add_task(EncodeInput(source=source, plan=plan, chunk=plan.chunks[0]))
    send(encode)
    await wait_until(lambda: any(report.percent > 3 for report in encode.reports))
    children = Path(f"/proc/{processor.process.pid}/task/{processor.process.pid}/children").read_text()
    assert children.split()
    processor.process.kill()
    await processor.process.wait()
    await wait_until(lambda: not any(is_running(pid) for pid in children.split()), seconds=5)


def is_running(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
