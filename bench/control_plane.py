"""What processors cost job-service: `python -m bench.control_plane`.

Simulated processors talk to a stack of their own as real ones do: messages from its queue, the
processor's own HTTP client, PostgreSQL, Redis; only the work is left out. They prepare some films,
claim the chunks, report progress, list segments and renew leases, and complete everything. Each
call is measured alone, by a few callers without pauses: calls a second, latency, ms of CPU by
process, and SQL statements (pg_stat_statements, BEGIN and COMMIT included). Then all of them at the
pace of real ones. Exits 1 if a call was refused, or if the p95 of progress at that pace reaches
P95_LIMIT_MS with 1,000 processors.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

from bench.calls import Calls, CpuWatch, find_quantiles, run_callers, show_cpu
from bench.simulated_processors import FORMATS, LEASE_SECONDS, World, open_world
from bench.whole_jobs import BenchStack, run_stack, sign_up
from demo.clips import SAMPLE, Clip
from demo.workflow import create_job, upload_clip
from infra.local.processes.infrastructure import ProcessSpec
from infra.local.provisioning import databases
from infra.local.provisioning.generated_secrets import StackSecrets
from tests.e2e.film import QuietView

P95_LIMIT_MS: Final = 50.0
_LIMIT_COUNTS_FROM: Final = 1000
_FILMS_PER_USER: Final = 10
_CALLERS: Final = 8
_DATABASE: Final = "videoforge_jobs"
_COUNTING: Final = ("-c", "shared_preload_libraries=pg_stat_statements")


class CountingStack(BenchStack):
    """Its PostgreSQL counts statements, no lease ends while a call of another kind is measured, and
    the task API has `task_api_workers` workers."""

    task_api_workers = 1

    def _build_specs(self, secrets: StackSecrets) -> list[ProcessSpec]:
        return [self._tune(spec) for spec in super()._build_specs(secrets)]

    def _tune(self, spec: ProcessSpec) -> ProcessSpec:
        if spec.name == "postgres":
            return replace(spec, command=(*spec.command, *_COUNTING))
        own = {"LEASE_SECONDS": str(LEASE_SECONDS)}
        if spec.name == "task-api":
            own["SERVER_WORKERS"] = str(self.task_api_workers)
        return replace(spec, environment={**spec.environment, **own})


class Statements:
    """Counts the statements of job-service's database."""

    def __init__(self, world: World) -> None:
        self._connection = databases.connect(
            world.stack.settings.postgres_port, password=world.secrets.postgres_password, database=_DATABASE
        )
        with self._connection.cursor() as cursor:
            cursor.execute("create extension if not exists pg_stat_statements")

    def start(self) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute("select pg_stat_statements_reset()")

    def count(self) -> int:
        with self._connection.cursor() as cursor:
            cursor.execute(
                "select sum(calls) from pg_stat_statements s join pg_database d on d.oid = s.dbid"
                " where d.datname = %s and query !~ 'pg_stat_statements'",
                (_DATABASE,),
            )
            [count] = cursor.fetchone() or (0,)
        return int(count or 0)

    def close(self) -> None:
        self._connection.close()


class Meter:
    """Measures one step after another; `is_good` turns false when a call is refused."""

    def __init__(self, world: World, statements: Statements) -> None:
        self._world, self._statements = world, statements
        self.is_good = True

    async def run(self, name: str, step: Callable[[Calls], Awaitable[None]], *, of: str) -> Calls:
        calls, watch = Calls(), CpuWatch(self._world.stack)
        self._statements.start()
        await step(calls)
        statements, used_ms = self._statements.count(), watch.read_ms()
        count = max(1, len(calls.times_ms[of]))
        print(f"  {name}: {count / calls.seconds:.1f} a second, {statements / count:.1f} statements for each")
        show_cpu(used_ms, count=count, of=of)
        calls.show()
        if of != "claim":  # claims may find nothing due
            self.is_good &= not calls.refused
        return calls


def make_films(origin: str, *, films: int) -> None:
    """Create jobs for a clip, some for each user; prepare will make them as long as it likes."""

    def make(count: int) -> None:
        with sign_up(origin) as client:
            video = upload_clip(client, Clip("bench", SAMPLE), view=QuietView())
            for _ in range(count):
                create_job(client, video["id"], formats=FORMATS)

    counts = [min(_FILMS_PER_USER, films - first) for first in range(0, films, _FILMS_PER_USER)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, counts))


async def repeat(call: Callable[[Calls], Awaitable[None]], calls: Calls, *, times: int) -> None:
    """Make so many calls, a few at once."""
    left = iter(range(times))

    async def run() -> None:
        for _ in left:
            await call(calls)

    started = asyncio.get_running_loop().time()
    await asyncio.gather(*(run() for _ in range(_CALLERS)))
    calls.seconds = asyncio.get_running_loop().time() - started


async def measure(world: World, *, options: argparse.Namespace) -> bool:
    statements = Statements(world)
    meter = Meter(world, statements)
    films, processors, seconds = options.films, options.processors, options.seconds
    await meter.run("claim prepare", lambda calls: repeat(world.claim, calls, times=films), of="claim")
    await meter.run(
        "complete prepare", lambda calls: repeat(world.complete, calls, times=films), of="complete"
    )
    await meter.run("claim", lambda calls: repeat(world.claim, calls, times=processors), of="claim")

    def keep_on(call: Callable[[Calls], Awaitable[None]]) -> Callable[[Calls], Awaitable[None]]:
        return lambda calls: run_callers(lambda: call(calls), calls=calls, callers=_CALLERS, seconds=seconds)

    await meter.run("progress", keep_on(world.report), of="progress")
    await meter.run("heartbeat", keep_on(world.heartbeat), of="heartbeat")
    await meter.run("segments", keep_on(world.list_segments), of="segments")
    paced = await meter.run(
        f"{len(world.held)} processors at their pace",
        lambda calls: world.work(calls, seconds=2 * seconds),
        of="progress",
    )
    held = len(world.held)
    await meter.run("complete", lambda calls: repeat(world.complete, calls, times=held), of="complete")
    statements.close()
    p95 = find_quantiles(paced.times_ms["progress"])[1]
    return meter.is_good and (processors < _LIMIT_COUNTS_FROM or p95 <= P95_LIMIT_MS)


async def run(stack: BenchStack, *, options: argparse.Namespace) -> bool:
    async with open_world(stack, chunks=options.chunks) as world:
        return await measure(world, options=options)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processors", type=int, default=1000, help="simulated processors")
    parser.add_argument("--films", type=int, default=60, help="films that are encoded at once")
    parser.add_argument("--chunks", type=int, default=20, help="chunks of each film")
    parser.add_argument("--seconds", type=float, default=10, help="how long each call is measured")
    parser.add_argument("--workers", type=int, default=2, help="workers of the task API")
    options = parser.parse_args()
    if options.processors > options.films * options.chunks:
        parser.error("each processor needs a chunk")
    CountingStack.task_api_workers = options.workers
    with run_stack(processors=0, kind=CountingStack) as stack:
        make_films(stack.settings.origin, films=options.films)
        return 0 if asyncio.run(run(stack, options=options)) else 1


if __name__ == "__main__":
    sys.exit(main())
