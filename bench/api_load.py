"""A mixed load on the public API beside open event streams: `python -m bench.api_load`.

Starts a stack without processors on free ports, with users who have one video and one waiting job
each. Each kind of request is then sent alone, and all of them mixed, by callers that send the next
request as soon as the last is answered, while other clients hold the streams of the jobs. Prints
requests a second, latency, and ms of CPU for each request by process: those do not depend on what
else the machine does as much as the others. Exits 1 if a request was refused or a stream broke.
"""

import argparse
import asyncio
import random
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from bench.calls import Calls, CpuWatch, Refused, run_callers, show_cpu
from bench.whole_jobs import BenchStack, run_stack, sign_up
from demo.clips import SAMPLE, Clip
from demo.workflow import create_job, upload_clip
from tests.e2e.film import QuietView

#: A user may send 600 requests a minute.
_USERS: Final = 40
_CALLERS: Final = 8
_FORMATS: Final = ["480p"]
#: How often each kind is sent in the mix.
_MIX: Final = {"public videos": 3, "own videos": 2, "a video": 2, "jobs": 2, "a job": 4, "create, cancel": 1}
_TIMEOUT: Final = aiohttp.ClientTimeout(total=30)

Send = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class User:
    headers: dict[str, str]
    video_id: str
    job_id: str


def make_user(origin: str) -> User:
    with sign_up(origin) as client:
        video = upload_clip(client, Clip("bench", SAMPLE), view=QuietView())
        job = create_job(client, video["id"], formats=_FORMATS)
        return User(client.build_headers(), video["id"], job["id"])


class Load:
    """Sends requests as these users; every answer is read to its end."""

    def __init__(self, session: aiohttp.ClientSession, users: list[User], *, calls: Calls) -> None:
        self._session, self._users, self._calls = session, users, calls
        self._chance = random.Random(1)
        self.kinds: dict[str, Send] = {
            "public videos": lambda: self._get("public videos", "gallery/videos"),
            "own videos": lambda: self._get("own videos", "gallery/my-videos"),
            "a video": lambda: self._get("a video", "gallery/videos/{video_id}"),
            "jobs": lambda: self._get("jobs", "jobs"),
            "a job": lambda: self._get("a job", "jobs/{job_id}"),
            "create, cancel": self._create_and_cancel,
        }

    async def send_mixed(self) -> None:
        [kind] = self._chance.choices(list(_MIX), weights=list(_MIX.values()))
        await self.kinds[kind]()

    async def _get(self, name: str, path: str) -> None:
        user = self._chance.choice(self._users)
        url = "/api/" + path.format(video_id=user.video_id, job_id=user.job_id)
        with self._calls.time(name):
            await self._send("GET", url, user, expected=200)

    async def _create_and_cancel(self) -> None:
        user = self._chance.choice(self._users)
        job: dict[str, Any] = {}
        body = {"video_id": user.video_id, "output_formats": _FORMATS}
        with self._calls.time("create"):
            job = await self._send("POST", "/api/jobs", user, expected=202, json=body)
        if job:
            with self._calls.time("cancel"):
                await self._send("POST", f"/api/jobs/{job['id']}/cancel", user, expected=202)

    async def _send(self, method: str, url: str, user: User, *, expected: int, **options: Any) -> Any:
        async with self._session.request(method, url, headers=user.headers, **options) as answer:
            body = await answer.json()
            if answer.status != expected:
                raise Refused(f"{answer.status} {body.get('code', '')}")
            return body


class Streams:
    """Open event streams; `events` counts what came, `broken` those that ended."""

    def __init__(self) -> None:
        self.events = 0
        self.broken = 0

    async def open(self, session: aiohttp.ClientSession, user: User, *, stack: AsyncExitStack) -> None:
        url = f"/api/jobs/{user.job_id}/events"
        no_limit = aiohttp.ClientTimeout(total=None)
        answer = await stack.enter_async_context(session.get(url, headers=user.headers, timeout=no_limit))
        answer.raise_for_status()
        reader = asyncio.create_task(self._read(answer))
        stack.callback(reader.cancel)

    async def _read(self, answer: aiohttp.ClientResponse) -> None:
        async for line in answer.content:
            self.events += line.startswith(b"event:")
        self.broken += 1


async def measure(stack: BenchStack, users: list[User], *, options: argparse.Namespace) -> bool:
    """Print the figures; return whether every request was answered and every stream stayed."""
    streams, is_good = Streams(), True
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        aiohttp.ClientSession(stack.settings.origin, connector=connector, timeout=_TIMEOUT) as session,
        AsyncExitStack() as opened,
    ):
        for number in range(options.streams):
            await streams.open(session, users[number % len(users)], stack=opened)
        for kind in [*(_MIX if options.each else []), "mixed"]:
            seconds = options.seconds if kind == "mixed" else options.each
            calls = Calls()
            load = Load(session, users, calls=calls)
            send = load.send_mixed if kind == "mixed" else load.kinds[kind]
            watch = CpuWatch(stack)
            await run_callers(send, calls=calls, callers=_CALLERS, seconds=seconds)
            print(f"  {kind}: {calls.count / calls.seconds:.1f} requests a second")
            show_cpu(watch.read_ms(), count=calls.count, of="request")
            calls.show()
            is_good &= not calls.refused
    print(f"  {options.streams} streams, {streams.events} events, {streams.broken} broken", flush=True)
    return is_good and not streams.broken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30, help="length of the mixed load")
    parser.add_argument("--each", type=float, default=5, help="seconds for each kind alone; 0: only mixed")
    parser.add_argument("--streams", type=int, default=200, help="open event streams; 400 at most")
    options = parser.parse_args()
    with run_stack(processors=0) as stack:
        with ThreadPoolExecutor(4) as pool:
            users = list(pool.map(lambda _: make_user(stack.settings.origin), range(_USERS)))
        return 0 if asyncio.run(measure(stack, users, options=options)) else 1


if __name__ == "__main__":
    sys.exit(main())
