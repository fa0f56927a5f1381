"""Takes a snapshot of a stack: its two databases, the store's folder, scratch, temporary files,
processes.

It asks no service about itself: rows are read as the superuser, the store as a folder. Only
playback works as for a viewer.
"""

import os
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

from psycopg2 import sql
from psycopg2.extras import RealDictCursor

from demo.api_client import ApiClient
from demo.errors import DemoError
from demo.playback import play_video
from infra.local.provisioning import databases
from infra.local.provisioning.generated_secrets import load_or_make_secrets
from infra.local.store_files import list_store_files
from tests.faults.harness.broken_stack import BrokenStack, list_tree, read_program
from tests.faults.harness.snapshot import JobWatch, Row, Snapshot

JOBS: Final = "videoforge_jobs"
GALLERY: Final = "videoforge_gallery"
#: programs that only media work uses
_MEDIA_PROGRAMS: Final = ("ffmpeg", "ffprobe")
#: what an idle processor has in its part of the scratch folder: a source is kept for a minute
_HOUSEHOLD: Final = (".owner", ".probe", "cached-source-")


def query(stack: BrokenStack, database: str, text: str, *values: Any) -> list[Row]:
    """Return the rows of one statement as dictionaries."""
    password = load_or_make_secrets(stack.settings.state_dir).postgres_password
    connection = databases.connect(stack.settings.postgres_port, password=password, database=database)
    with closing(connection), connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(sql.SQL(text), values)
        return [dict(row) for row in cursor.fetchall()] if cursor.description else []


def is_quiet(stack: BrokenStack) -> bool:
    """Say whether all work is done: no open job, no unsent message, no removal due."""
    busy = query(
        stack,
        JOBS,
        "select (select count(*) from jobs where status in ('pending','processing'))"
        " + (select count(*) from outbox where sent_at is null)"
        " + (select count(*) from deletions where status <> 'done' and due_at < now()) as busy",
    )
    return not busy[0]["busy"] and not list_media_processes(stack)


def is_tidy(stack: BrokenStack) -> bool:
    """Say whether all work is done and every processor that was killed has started again: then it
    has removed what it left in its scratch folder."""
    return is_quiet(stack) and not list_scratch_files(stack.scratch_dir)


def take_snapshot(stack: BrokenStack, *, seen: Sequence[JobWatch], client: ApiClient | None) -> Snapshot:
    """Return the current state; with a client, play the videos of the watched jobs."""
    jobs = query(stack, JOBS, "select * from jobs")
    videos = query(stack, GALLERY, "select id::text, user_id, status, deleted_at from gallery_videos")
    watched = {watch.video_id for watch in seen} & {row["id"] for row in videos if row["status"] == "ready"}
    overdue = query(
        stack,
        JOBS,
        "select id, extract(epoch from now() - leased_until)::float as seconds from tasks"
        " where status = 'running' and leased_until < now()",
    )
    return Snapshot(
        jobs=jobs,
        tasks=query(stack, JOBS, "select id, job_id, job_attempt, kind, status, attempt, result from tasks"),
        assets=query(stack, JOBS, "select * from media_assets"),
        uploads=query(stack, JOBS, "select id, s3_key, status, video_id from uploads"),
        deletions=query(stack, JOBS, "select scope, target, status, prefixes from deletions"),
        outbox_waiting=query(stack, JOBS, "select * from outbox where sent_at is null"),
        videos=videos,
        renditions=query(stack, GALLERY, "select video_id::text, format, width from gallery_renditions"),
        publications=query(stack, GALLERY, "select job_id, video_id::text from gallery_publications"),
        overdue_lease_seconds={row["id"]: row["seconds"] for row in overdue},
        stored_keys=list_stored_keys(stack),
        scratch_files=list_scratch_files(stack.scratch_dir),
        temporary_folders=list_temporary_folders(stack),
        stray_processes=[f"{read_program(pid)} ({pid})" for pid in list_media_processes(stack)],
        playback={video_id: _play(client, video_id) for video_id in sorted(watched)} if client else {},
        seen=seen,
    )


def list_stored_keys(stack: BrokenStack) -> list[str]:
    bucket = stack.settings.state_dir / "store" / stack.settings.s3_bucket_name
    return sorted(str(path.relative_to(bucket)) for path in list_store_files(bucket))


def list_scratch_files(scratch_dir: Path) -> list[str]:
    """Return what is in the processors' scratch folders and not part of an idle processor: files and
    folders of tasks, and parts of processors that no longer run."""
    found: list[Path] = []
    for folder in scratch_dir.iterdir():
        with suppress(FileNotFoundError):  # a processor that starts is just removing it
            parts = sorted(folder.iterdir(), key=lambda part: part.stat().st_mtime_ns)
            found += parts[:-1]
            found += [path for part in parts[-1:] for path in part.iterdir() if not _is_household(path)]
    return [str(path.relative_to(scratch_dir)) for path in found]


def _is_household(path: Path) -> bool:
    return path.name.startswith(_HOUSEHOLD)


def list_temporary_folders(stack: BrokenStack) -> list[str]:
    """Return the temporary folders that no running process of the stack created or uses.

    A folder of metrics is recognised by its open files; any other one belongs to a request, and a
    quiet stack has none.
    """
    named = b"".join(_read_open_files(pid) for pid in _list_pids(stack))
    folders = [path for path in stack.temporary_dir.glob("videoforge-*") if path.is_dir()]
    return sorted(path.name for path in folders if bytes(path) not in named)


def list_media_processes(stack: BrokenStack, *, folder: Path | None = None) -> list[int]:
    """Return the ffmpeg and ffprobe processes that work on this stack's files, or on those of one
    folder, whatever their parent."""
    mark = os.fsencode(folder or stack.settings.state_dir)
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        pid = int(entry.name)
        if read_program(pid).startswith(_MEDIA_PROGRAMS) and mark in _read_words(pid):
            found.append(pid)
    return found


def _read_words(pid: int) -> bytes:
    """Return the command line and the working folder of a process, which show whose it is."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() + os.fsencode(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        return b""


def _list_pids(stack: BrokenStack) -> list[int]:
    pid = stack.supervisor.find_pid()
    return list_tree(pid) if pid else []


def _read_open_files(pid: int) -> bytes:
    """Return the names of all files that a process has open or mapped; prometheus_client maps
    them."""
    folder, found = Path(f"/proc/{pid}"), b""
    with suppress(OSError):
        found += (folder / "maps").read_bytes()
        found += b"".join(os.fsencode(path.readlink()) for path in (folder / "fd").iterdir())
    return found


def _play(client: ApiClient | None, video_id: str) -> str:
    """Return what went wrong for a viewer; empty if the video played from start to end."""
    assert client is not None
    try:
        play_video(client, client.get(f"gallery/videos/{video_id}"))
    except DemoError as fault:
        return str(fault)
    return ""
