"""Simulated processors for the benchmark of the control plane: they ask what real ones ask, through
the same clients of the queue and of job-service, and leave out the work itself."""

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from aiobotocore.session import get_session
from pydantic import SecretStr

from bench.calls import Calls, Refused
from bench.whole_jobs import BenchStack
from infra.local.processes.services import build_aws_access
from infra.local.provisioning.aws import name_queue
from infra.local.provisioning.generated_secrets import StackSecrets, load_or_make_secrets
from job_service.jobs.listed import list_result_tracks
from job_service.tasks.report_pace import choose_report_seconds
from job_service.testing.processor import METRICS, build_result
from video_processor.adapters.job_api import HttpJobApi
from video_processor.adapters.queue import SqsTaskQueue, build_sqs_config
from video_processor.errors import ClaimRefused, JobApiRefused, JobApiUnavailable, LeaseLost
from video_processor.lease import RENEW_EVERY_SECONDS
from videoforge.messages import (
    TASK_PHASES,
    AttemptProgress,
    AttemptResult,
    ClaimGrant,
    RenditionProgress,
    SegmentList,
)
from videoforge.service_tokens import ServiceTokens

FORMATS: Final = ["720p", "480p"]
#: longer than a measurement, so that no lease ends while a call of another kind is measured
LEASE_SECONDS: Final = 1200
#: A claim may find nothing due for a moment, while the relay is still sending messages.
_CLAIM_TRIES: Final = 200
#: a segment of 6 s at 0.8 times real time; all renditions of one encode end it within a second
_SEGMENT_EVERY_SECONDS: Final = 7.5
_REFUSALS: Final = (ClaimRefused, JobApiRefused, JobApiUnavailable, LeaseLost)


@dataclass
class Held:
    """A task that a simulated processor holds."""

    api: HttpJobApi
    grant: ClaimGrant
    receipt_handle: str
    percent: float = 0.0
    listed: int = 0


@dataclass
class World:
    """`held` are the tasks that are claimed now."""

    stack: BenchStack
    secrets: StackSecrets
    http: aiohttp.ClientSession
    queue: SqsTaskQueue
    chunks: int
    held: list[Held] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    claimed: int = 0

    async def claim(self, calls: Calls) -> None:
        """Receive a message and claim the task that is next, each time as another processor."""
        self.claimed += 1
        api = HttpJobApi(
            self.http,
            url=f"http://127.0.0.1:{self.stack.settings.task_api_port}",
            headers=ServiceTokens(SecretStr(self.secrets.service_tokens)).build_headers(),
            processor_id=f"simulated-{self.claimed}",
        )
        for _ in range(_CLAIM_TRIES):
            with calls.time("receive"):
                received = await self.queue.receive()
            if received is None:
                continue
            with calls.time("claim"), as_refused():
                grant = await api.claim(received.message, claim_id=uuid.uuid4().hex)
                await api.heartbeat(grant)  # it confirms that the grant arrived
                await self.queue.set_visibility(received.receipt_handle, seconds=LEASE_SECONDS)
                self.held.append(Held(api, grant, received.receipt_handle))
                return
            await self.queue.delete(received.receipt_handle)

    async def heartbeat(self, calls: Calls) -> None:
        await self._renew(self.chance.choice(self.held), calls)

    async def report(self, calls: Calls) -> None:
        await self._report(self.chance.choice(self.held), calls)

    async def _renew(self, held: Held, calls: Calls) -> None:
        with calls.time("heartbeat"), as_refused():
            await held.api.heartbeat(held.grant)

    async def _report(self, held: Held, calls: Calls) -> None:
        with calls.time("progress"), as_refused():
            await held.api.report_progress(held.grant, build_report(held))

    async def list_segments(self, calls: Calls) -> None:
        await self._list(self.chance.choice(self.held), calls)

    async def _list(self, held: Held, calls: Calls) -> None:
        """List the next segment of each rendition; after the last the same again."""
        tracks = list_result_tracks(build_result(held.grant, chunks=self.chunks))
        last = len(tracks[0].segments) - 1
        at = min(held.listed, last)
        held.listed += 1
        due = [track.model_copy(update={"segments": [track.segments[at]]}) for track in tracks]
        with calls.time("segments"), as_refused():
            await held.api.list_segments(held.grant, SegmentList(tracks=due))

    async def complete(self, calls: Calls) -> None:
        if not self.held:
            return
        held = self.held.pop()
        result = build_result(held.grant, chunks=self.chunks)
        with calls.time("complete"), as_refused():
            await held.api.complete(held.grant, AttemptResult(result=result, metrics=METRICS))
        await self.queue.delete(held.receipt_handle)

    async def work(self, calls: Calls, *, seconds: float) -> None:
        """Report, list and renew for all held tasks at the pace of real processors."""
        ends_at = asyncio.get_running_loop().time() + seconds

        async def keep_on(call: Callable[[Held, Calls], Awaitable[None]], held: Held, every: float) -> None:
            await asyncio.sleep(self.chance.uniform(0, every))
            while asyncio.get_running_loop().time() < ends_at:
                await call(held, calls)
                await asyncio.sleep(every)

        calls.seconds = seconds
        report_every = choose_report_seconds(running=len(self.held))  # as a claim is told by now
        paces = (
            (self._report, report_every),
            (self._list, _SEGMENT_EVERY_SECONDS),
            (self._renew, RENEW_EVERY_SECONDS),
        )
        await asyncio.gather(*(keep_on(call, held, every) for held in self.held for call, every in paces))


@contextmanager
def as_refused() -> Iterator[None]:
    try:
        yield
    except _REFUSALS as refusal:
        raise Refused(f"{type(refusal).__name__} {refusal}") from refusal


def build_report(held: Held) -> AttemptProgress:
    """Return the next report; every one differs from the last."""
    held.percent = min(99.0, held.percent + 0.1)
    is_encode = held.grant.input.kind == "encode"
    return AttemptProgress(
        phase=TASK_PHASES[held.grant.input.kind],
        percent=held.percent,
        speed=1.0,
        renditions=[RenditionProgress(format=name, progress_percent=held.percent) for name in FORMATS]
        if is_encode
        else [],
    )


@asynccontextmanager
async def open_world(stack: BenchStack, *, chunks: int) -> AsyncIterator[World]:
    secrets = load_or_make_secrets(stack.settings.state_dir)
    access = build_aws_access(stack.settings, secrets=secrets)
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
        get_session().create_client(
            "sqs",
            region_name=access.region,
            endpoint_url=access.endpoint_url,
            aws_access_key_id=access.access_key_id,
            aws_secret_access_key=access.secret_access_key,
            config=build_sqs_config(),
        ) as sqs,
    ):
        url = (await sqs.get_queue_url(QueueName=f"{name_queue(stack.settings.stage)}.fifo"))["QueueUrl"]
        queue = SqsTaskQueue(sqs, queue_url=url, wait_seconds=1)
        yield World(stack, secrets, http, queue, chunks)
