"""Measure every kind of gallery page on a million videos: `python -m bench.gallery_pages`.

Starts its own PostgreSQL with the data of bench/gallery_data.py, requests the first page, pages
around the middle and the last page of each list through the repository layer, compares each with a
plain sort of all matches, and prints a table of milliseconds. Exits 1 if a list's p95 reaches
LIMIT_MS or a page is wrong. `--state FOLDER` keeps the database there for the next run; loading
takes minutes. `--clock cpu` counts the CPU time of PostgreSQL and the client instead of the elapsed
time: the cost of a page on a machine that is shared.
"""

import argparse
import contextlib
import gc
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from alembic import command
from sqlalchemy import Engine, create_engine, text

from bench.gallery_data import build_owner, build_rows, build_tag, build_word, write_copy
from gallery_service.adapters.postgres_video_store import PostgresVideoStore
from gallery_service.domain.page import PageRequest, Position, Sort, VideoFilter
from gallery_service.migrate import build_config
from infra.local.processes.infrastructure import build_postgres
from infra.local.provisioning import databases
from tests.servers.processes import run_process
from videoforge_clients.postgres import PostgresClient

LIMIT_MS: Final = 20.0
_DATABASE: Final = "gallery_bench"
_PASSWORD: Final = "bench"
_REPEATS: Final = 5
_SORTS: Final[list[Sort]] = ["-created_at", "created_at", "title", "-title", "-duration", "-views", "views"]


@dataclass(frozen=True)
class Kind:
    """One kind of list; `filters` are a sample, so that no figure depends on one lucky word."""

    name: str
    filters: list[VideoFilter]
    sorts: list[Sort]
    limit: int = 20


def build_kinds(chance: random.Random) -> list[Kind]:
    big, middling, small = build_owner(0), build_owner(200), build_owner(15_000)

    def words(low: int, high: int) -> list[str]:
        return [build_word(rank) for rank in chance.sample(range(low, high), 4)]

    def search(texts: list[str], **more: object) -> list[VideoFilter]:
        return [VideoFilter(search=text_, **more) for text_ in texts]  # type: ignore[arg-type]

    common, medium, rare = words(0, 10), words(300, 1_500), words(20_000, 50_000)
    pairs = [f"{one} {other}" for one, other in zip(common, reversed(common), strict=True)]
    mixed = [f"{one} {other}" for one, other in zip(common, rare, strict=True)]
    main: list[Sort] = ["-created_at", "title", "-duration", "-views"]
    return [
        Kind("public", [VideoFilter()], _SORTS),
        Kind("public, 100 a page", [VideoFilter()], main, limit=100),
        Kind("public, common tag", [VideoFilter(tag=build_tag(rank)) for rank in range(3)], main),
        Kind("public, medium tag", [VideoFilter(tag=build_tag(rank)) for rank in (40, 90, 200)], main),
        Kind("public, rare tag", [VideoFilter(tag=build_tag(rank)) for rank in (1_000, 1_900)], main),
        Kind("search, common word", search(common), main),
        Kind("search, medium word", search(medium), main),
        Kind("search, rare word", search(rare), main),
        Kind("search, two common words", search(pairs), main),
        Kind("search, common and rare word", search(mixed), main),
        Kind("search, as typed: 2 letters", search([word[:2] for word in common]), main),
        Kind("search, as typed: 4 letters", search([word[:4] for word in medium]), main),
        Kind("search, rare word and 2 letters", search([f"{word} ba" for word in rare]), main),
        Kind("search, no match", search(["zzzzzz", "nothing here"]), main),
        Kind("archive, where it is", search(["archive "]), ["created_at", "title", "-duration", "-views"]),
        Kind("archive, newest first", search(["archive "]), ["-created_at"]),
        Kind("teaser, where it is", search(["teaser "]), ["-created_at", "title", "duration", "-views"]),
        Kind("teaser, longest first", search(["teaser "]), ["-duration"]),
        Kind("teaser, as typed: 4 letters", search(["teas"]), ["-duration"]),
        Kind("teaser, longest first, 100 a page", search(["teaser "]), ["-duration"], limit=100),
        Kind("classic, least seen first", search(["classic "]), ["views"]),
        Kind("omega, by title", search(["omega "]), ["title"]),
        Kind("archive and teaser", search(["archive teaser "]), ["-created_at", "-duration"]),
        Kind("archive and omega", search(["archive omega "]), ["-created_at", "title"]),
        Kind("search, medium word, 100 a page", search(medium), main, limit=100),
        Kind("search in a common tag", search(medium, tag=build_tag(0)), main),
        Kind("owner of 50,000", [VideoFilter(owner_id=big)], _SORTS),
        Kind("owner of 50,000, failed", [VideoFilter(owner_id=big, status="failed")], main),
        Kind("owner of 50,000, private", [VideoFilter(owner_id=big, visibility="private")], main),
        Kind("owner of 50,000, trash", [VideoFilter(owner_id=big, is_trash=True)], main),
        Kind("owner of 50,000, common word", search(common, owner_id=big), main),
        Kind("owner of 50,000, medium word", search(medium, owner_id=big), main),
        Kind("owner of 50,000, rare word", search(rare, owner_id=big), main),
        Kind(
            "owner of 50,000, tag and failed",
            [VideoFilter(owner_id=big, tag=build_tag(0), status="failed")],
            main,
        ),
        Kind("owner of 400", [VideoFilter(owner_id=middling)], _SORTS),
        Kind("owner of 400, medium word", search(medium, owner_id=middling), main),
        Kind("owner of a few, common word", search(common, owner_id=small), main),
    ]


@contextlib.contextmanager
def run_database(state_dir: Path) -> Iterator[str]:
    """Run PostgreSQL with the stack's settings, and yield the database's URL, empty or filled."""
    databases.make_cluster(state_dir / "postgres", password=_PASSWORD)
    with run_process(build_postgres, state_dir=state_dir) as process:
        port = process.spec.ports[0].number
        with (
            contextlib.closing(databases.connect(port, password=_PASSWORD)) as admin,
            admin.cursor() as cursor,
        ):
            cursor.execute("select 1 from pg_database where datname = %s", [_DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(f"create database {_DATABASE}")
        yield f"postgresql+psycopg2://{databases.SUPERUSER}:{_PASSWORD}@127.0.0.1:{port}/{_DATABASE}"


def fill(engine: Engine, *, url: str, rows: int) -> None:
    """Load the data unless it is there. Indexes are created after the rows: ten times as fast."""
    command.upgrade(build_config(url), "head")
    with engine.begin() as connection:
        connection.execute(text("set local statement_timeout = 0; set local lock_timeout = 0"))
        if connection.scalar(text("select count(*) from gallery_videos")) == rows:
            return
        connection.execute(text("truncate gallery_videos cascade"))
        connection.execute(text("alter table gallery_videos disable trigger user"))
        query = (
            "select indexname, indexdef from pg_indexes "
            "where tablename = 'gallery_videos' and indexdef !~ 'UNIQUE'"
        )
        indexes = connection.execute(text(query)).all()
        for name, _ in indexes:
            connection.execute(text(f"drop index {name}"))
        _copy(connection.connection.cursor(), rows=rows)
        connection.execute(
            text(
                "insert into gallery_renditions select id, format, lines * 16 / 9, lines, 4000000, "
                "file_size_bytes from gallery_videos, (values ('1080p', 1080), ('720p', 720), ('480p', 480)) "
                "as formats (format, lines) where status = 'ready'"
            )
        )
        connection.execute(text("alter table gallery_videos enable trigger user"))
        connection.execute(text("set local maintenance_work_mem = '1GB'; set local work_mem = '256MB'"))
        connection.execute(text("select gallery_rebuild_spread()"))
        print("  buckets of words noted", flush=True)
        for name, definition in indexes:
            started = time.monotonic()
            connection.execute(text(definition))
            print(f"  {name}: {time.monotonic() - started:.1f} s", flush=True)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("set statement_timeout = 0"))
        connection.execute(text("vacuum analyze gallery_videos"))
        connection.execute(text("vacuum analyze gallery_renditions"))
        connection.execute(text("vacuum analyze gallery_spread"))


def _copy(cursor: object, *, rows: int) -> None:
    with tempfile.TemporaryFile("w+") as file:
        write_copy(build_rows(rows), out=file)
        file.seek(0)
        print("  rows made", flush=True)
        columns = ", ".join(next(build_rows(1)))
        cursor.copy_expert(f"copy gallery_videos ({columns}) from stdin", file)  # type: ignore[attr-defined]


_KEYS: Final = {
    "created_at": "created_at",
    "title": "title_key",
    "duration": "duration_seconds",
    "views": "views",
}


def list_all(engine: Engine, *, request: PageRequest) -> list[tuple[object, str]]:
    """Return (sort key, id) of the whole list in order, computed the slow way, to compare pages
    with."""
    wanted = request.filter
    words, _, prefix = wanted.search.rpartition(" ")
    conditions = {
        "listed": wanted.owner_id is None,
        "user_id = :owner_id": wanted.owner_id,
        f"deleted_at is {'not ' if wanted.is_trash else ''}null": wanted.owner_id,
        "status = :status": wanted.status,
        "visibility = :visibility": wanted.visibility,
        ":tag = any (tags)": wanted.tag,
        "document @@ plainto_tsquery('simple', :words)": words,
        "document @@ to_tsquery('simple', :prefix || ':*')": prefix,
    }
    key, direction = _KEYS[request.sort_field], "desc" if request.is_descending else "asc"
    query = (
        f"select {key}, cast(id as text) from gallery_videos "
        f"where {' and '.join(name for name, is_wanted in conditions.items() if is_wanted)} "
        f"order by {key} {direction}, id {direction}"
    )
    with engine.begin() as connection:
        connection.execute(text("set local statement_timeout = 0; set local work_mem = '256MB'"))
        values = {**vars(wanted), "words": words, "prefix": prefix}
        return [(row[0], row[1]) for row in connection.execute(text(query), values)]


def build_cpu_clock(engine: Engine) -> Callable[[], float]:
    """Return a clock of the CPU seconds of this thread and of the engine's one connection, as the
    kernel counts them; reading a file from memory counts, waiting does not."""
    with engine.connect() as connection:
        backend = Path(f"/proc/{connection.scalar(text('select pg_backend_pid()'))}/schedstat")
    return lambda: time.thread_time() + int(backend.read_text().split()[0]) / 1e9


def measure(
    store: PostgresVideoStore, *, engine: Engine, kind: Kind, clock: Callable[[], float]
) -> dict[str, list[float]]:
    """Return milliseconds by place. Raises AssertionError for a wrong page."""
    times: dict[str, list[float]] = {"first": [], "middle": [], "last": []}
    chance = random.Random(kind.name)
    for sort in kind.sorts:
        for wanted in kind.filters:
            request = PageRequest(filter=wanted, sort=sort, limit=kind.limit)
            everything = list_all(engine, request=request)
            middles = [max(0, int(len(everything) * chance.uniform(0.3, 0.7))) for _ in range(_REPEATS)]
            last = max(0, len(everything) - kind.limit)
            for place, offsets in (
                ("first", [0] * _REPEATS),
                ("middle", middles),
                ("last", [last] * _REPEATS),
            ):
                # requested once before, so that the shared memory is warm, as on a server in use
                _time_page(store, request=request, everything=everything, offset=offsets[0], clock=clock)
                for offset in offsets:
                    times[place].append(
                        _time_page(store, request=request, everything=everything, offset=offset, clock=clock)
                    )
    return times


def _time_page(
    store: PostgresVideoStore,
    *,
    request: PageRequest,
    everything: list[tuple[object, str]],
    offset: int,
    clock: Callable[[], float],
) -> float:
    if offset:
        key, id_ = everything[offset - 1]
        request = replace(request, after=Position(key=key, id=id_))  # type: ignore[arg-type]
    started = clock()
    page = store.list_videos(request)
    elapsed_ms = (clock() - started) * 1000
    expected = [id_ for _, id_ in everything[offset : offset + request.limit]]
    assert [video.id for video in page.items] == expected, f"wrong page: {request}"
    assert (page.next_cursor is not None) == (offset + request.limit < len(everything))
    return elapsed_ms


def report(kind: Kind, times: dict[str, list[float]]) -> bool:
    """Print a line of the table; return whether every place is under the limit."""
    cells, is_fast = [], True
    for values in times.values():
        p95 = statistics.quantiles(values, n=20)[-1]
        is_fast = is_fast and p95 < LIMIT_MS
        cells.append(f"{statistics.median(values):6.1f} | {p95:6.1f}")
    print(f"| {kind.name:34} | {' | '.join(cells)} |{'' if is_fast else ' too slow'}", flush=True)
    return is_fast


def run(
    database: PostgresClient, *, only: str, clock: Callable[[], float], print_: Callable[[str], None] = print
) -> bool:
    store, engine = PostgresVideoStore(database), database.engine
    gc.disable()  # a collection would scan the million expected rows in the middle of a page
    print_(f"| {'milliseconds':34} | first p50 | p95 | middle p50 | p95 | last p50 | p95 |")
    print_(f"|{'---|' * 7}")
    kinds = [kind for kind in build_kinds(random.Random(7)) if only in kind.name]
    outcomes = [report(kind, measure(store, engine=engine, kind=kind, clock=clock)) for kind in kinds]
    return all(outcomes)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--state", type=Path, help="folder that keeps the database between runs")
    parser.add_argument("--only", default="", help="a part of the names of the kinds to measure")
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        state = options.state or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gallery-")))
        url = stack.enter_context(run_database(state))
        filler = create_engine(url, connect_args={"options": "-c jit=off -c timezone=UTC"})
        fill(filler, url=url, rows=options.rows)
        filler.dispose()
        # after COPY, which does not work with its way of waiting
        database = PostgresClient(url, pool_size=1, application_name="bench")
        stack.callback(database.engine.dispose)
        clock = build_cpu_clock(database.engine) if options.clock == "cpu" else time.perf_counter
        return 0 if run(database, only=options.only, clock=clock) else 1


if __name__ == "__main__":
    sys.exit(main())
