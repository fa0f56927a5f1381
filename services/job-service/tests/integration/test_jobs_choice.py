"""The choice of the next task among 10,000 that wait, on PostgreSQL.

What is measured is the plan, not the time: the connection has none of the service's budgets, which
a busy machine exceeds when it fills the tables, and nothing changes the statistics in between.
"""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.dialects import postgresql

from job_service.jobs.ports import Wanted
from job_service.jobs.stores.task_choice import build_choice

pytestmark = pytest.mark.integration

JOBS = """insert into jobs (id, video_id, user_id, status, output_formats, turn_at)
    select u || '-job', u || '-video', 'user-' || u, :status, '{720p}',
    now() + make_interval(secs => random() * 1000) from generate_series(:first, :last) u"""
TASKS = """insert into tasks (id, job_id, user_id, kind, chunk_index, status, claimed_at, leased_until)
    select jobs.id || c, jobs.id, jobs.user_id, 'encode', c, :status, :claimed_at, now()
    from jobs, generate_series(:first_chunk, :last_chunk) c
    where jobs.id in (select u || '-job' from generate_series(:first, :last) u)"""
CLAIMED = "2026-01-01T00:00:00Z"


def fill(connection):
    """5 films of 1,000 chunks and 5,000 clips of as many users wait, beside 20,000 old tasks."""
    connection.execute(text("alter table jobs set (autovacuum_enabled = false)"))
    connection.execute(text("alter table tasks set (autovacuum_enabled = false)"))
    connection.execute(text("select setseed(0.5)"))

    def add_tasks(first, last, chunks, status, claimed_at=CLAIMED):
        values = {"first": first, "last": last, "status": status, "claimed_at": claimed_at}
        connection.execute(text(TASKS), values | {"first_chunk": chunks[0], "last_chunk": chunks[1]})

    for first, last, status in [(1, 5005, "processing"), (5006, 7005, "completed")]:
        connection.execute(text(JOBS), {"first": first, "last": last, "status": status})
    add_tasks(1, 5, (1, 1000), "pending", None)
    add_tasks(6, 5005, (1, 1), "pending", None)
    add_tasks(1, 505, (1001, 1001), "running")
    add_tasks(5006, 7005, (1, 10), "done")
    connection.execute(text("analyze jobs, tasks"))


def explain(connection, wanted):
    """Return all nodes of the plan, with the rows that each returned."""
    compiled = build_choice(wanted).compile(
        dialect=postgresql.dialect(paramstyle="pyformat"), compile_kwargs={"render_postcompile": True}
    )
    statement = f"explain (analyze, timing off, format json) {compiled}"
    (found,) = connection.exec_driver_sql(statement, dict(compiled.params)).scalar_one()
    nodes = [found["Plan"]]
    for node in nodes:
        nodes += node.get("Plans", [])
    return nodes


@pytest.fixture
def connection(postgres_server, jobs_database):
    engine = create_engine(postgres_server.build_url(jobs_database), connect_args={"options": "-c jit=off"})
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_no_table_is_scanned_however_much_waits(connection):
    fill(connection)
    nodes = explain(connection, Wanted(room_bytes=10**9, held_videos=["1-video", "2-video"]))
    assert {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"} <= {"set_aside"}
    rows = sum(node["Actual Rows"] * node["Actual Loops"] for node in nodes if "Relation Name" in node)
    assert rows < 20_000, "each waiting task and each user's last grant is read once, and little more"
