"""What must hold after any fault, checked on a snapshot: pure functions, one per rule.

Each rule returns a sentence for each violation. The rules are those of a queue whose work has
exactly one effect: every accepted job ends once, nothing is published twice or by an attempt that
lost its lease, what is published plays, there are no leftovers, and the counts agree.
"""

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter

from job_service.deletions.leftovers import list_leftovers
from tests.faults.harness.snapshot import Snapshot
from videoforge.keys import OUTPUT_PREFIX, POSTER_PREFIX
from videoforge.messages import TaskResult

FINAL: Final = frozenset({"completed", "failed", "cancelled"})
ACTIVE: Final = frozenset({"pending", "processing"})
#: a lease of 90 s, the reaper's grace of 15 s, its interval, and a slow machine
LEASE_BOUND_SECONDS: Final = 150
#: kinds of tasks that make segments
_SEGMENT_KINDS: Final = frozenset({"encode", "audio"})
_OUTPUT_KEY: Final = re.compile(rf"{OUTPUT_PREFIX}([0-9a-f-]{{36}})/(\d+)/")
_RESULT: Final[TypeAdapter[TaskResult]] = TypeAdapter(TaskResult)


@dataclass(frozen=True)
class Violation:
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.text}"


def every_accepted_job_is_known(snapshot: Snapshot) -> Iterator[str]:
    known = {row["id"] for row in snapshot.jobs}
    for watch in snapshot.seen:
        if watch.job_id not in known:
            yield f"job {watch.job_id} was accepted and there is no row of it"


def every_job_ends(snapshot: Snapshot) -> Iterator[str]:
    for row in snapshot.jobs:
        if row["status"] not in FINAL:
            yield f"job {row['id']} is still {row['status']}"


def no_job_fails_for_a_fault_of_ours(snapshot: Snapshot) -> Iterator[str]:
    """The stories' films are valid, so a failed job was not the job's fault."""
    asked = {watch.job_id for watch in snapshot.seen if watch.is_cancel_asked}
    for row in snapshot.jobs:
        if row["status"] == "failed" or (row["status"] == "cancelled" and row["id"] not in asked):
            yield f"job {row['id']} {row['status']}: {(row['error'] or {}).get('code', 'without a code')}"


def a_job_ends_once(snapshot: Snapshot) -> Iterator[str]:
    """Nothing follows a final state that was seen."""
    for watch in snapshot.seen:
        ends = [sighting.status for sighting in watch.sightings if sighting.status in FINAL]
        last = watch.sightings[-1].status if watch.sightings else ""
        if len(set(ends)) > 1 or (ends and last not in FINAL):
            yield f"job {watch.job_id} was seen as {', then '.join(dict.fromkeys([*ends, last]))}"


def progress_never_falls(snapshot: Snapshot) -> Iterator[str]:
    for watch in snapshot.seen:
        percents = [sighting.percent for sighting in watch.sightings]
        for before, after in itertools.pairwise(percents):
            if after < before:
                yield f"job {watch.job_id} fell from {before:.1f} to {after:.1f} %"


def one_hundred_percent_means_published(snapshot: Snapshot) -> Iterator[str]:
    for watch in snapshot.seen:
        if any(seen.percent >= 100 and seen.status != "completed" for seen in watch.sightings):
            yield f"job {watch.job_id} showed 100 % before it was completed"


def one_key_makes_one_job(snapshot: Snapshot) -> Iterator[str]:
    ids: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for watch in snapshot.seen:
        ids[watch.video_id, watch.key] |= {watch.job_id, *watch.job_ids}
        keys[watch.video_id].add(watch.key)
    for (_, key), found in ids.items():
        if len(found) > 1:
            yield f"key {key} made {len(found)} jobs"
    rows = Counter(row["video_id"] for row in snapshot.jobs)
    for video_id, sent in keys.items():
        if rows[video_id] > len(sent):
            yield f"video {video_id} has {rows[video_id]} jobs of {len(sent)} keys"


def the_ledger_is_exact(snapshot: Snapshot) -> Iterator[str]:
    counts = Counter(row["status"] for row in snapshot.jobs)
    unknown = set(counts) - FINAL - ACTIVE
    if unknown:
        yield f"jobs in a state that there is not: {sorted(unknown)}"
    for row in snapshot.jobs:
        if (row["status"] in FINAL) != (row["completed_at"] is not None):
            yield f"job {row['id']} is {row['status']} and completed_at is {row['completed_at']}"


def a_running_task_has_a_live_lease(snapshot: Snapshot) -> Iterator[str]:
    for task_id, seconds in snapshot.overdue_lease_seconds.items():
        if seconds > LEASE_BOUND_SECONDS - 90:
            yield f"task {task_id} runs though its lease ended {seconds:.0f} s ago"


def an_active_job_has_an_open_task(snapshot: Snapshot) -> Iterator[str]:
    open_jobs = {task["job_id"] for task in snapshot.tasks if task["status"] in {"pending", "running"}}
    for row in snapshot.jobs:
        if row["status"] in ACTIVE and row["id"] not in open_jobs:
            yield f"job {row['id']} is {row['status']} and has no task that would go on"
        if row["status"] in FINAL and row["id"] in open_jobs:
            yield f"job {row['id']} is {row['status']} and has a task that is open"


def a_result_is_of_its_last_attempt(snapshot: Snapshot) -> Iterator[str]:
    """Every key of its own that a task's result names is under the attempt in the row; segments may
    be of an earlier one, whose successor keeps what viewers were shown."""
    for task in snapshot.tasks:
        if task["status"] != "done" or task["result"] is None:
            continue
        first = 1 if task["kind"] in _SEGMENT_KINDS else task["attempt"]
        for key in _list_keys(task["result"]):
            match = _OUTPUT_KEY.match(key)
            if match and (match[1] != task["job_id"] or not first <= int(match[2]) <= task["attempt"]):
                yield f"task {task['id']} is at attempt {task['attempt']} and its result names {key}"
                break


def a_completed_job_is_published_once(snapshot: Snapshot) -> Iterator[str]:
    published = Counter(row["job_id"] for row in snapshot.publications)
    kept = {video["id"] for video in snapshot.videos}
    completed = {row["id"]: row["video_id"] for row in snapshot.jobs if row["status"] == "completed"}
    for job_id, video_id in completed.items():
        if video_id in kept and published[job_id] != 1:
            yield f"job {job_id} is completed and was published {published[job_id]} times"
    for job_id in published.keys() - completed.keys():
        yield f"job {job_id} was published and is not completed"


def gallery_and_assets_agree(snapshot: Snapshot) -> Iterator[str]:
    shown: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
    owned: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
    for row in snapshot.renditions:
        shown[row["video_id"]].add((row["format"], row["width"]))
    for asset in snapshot.assets:
        if asset["kind"] == "rendition":
            owned[asset["video_id"]].add((asset["format"], asset["detail"]["width"]))
    for video in snapshot.videos:
        if shown[video["id"]] != owned[video["id"]]:
            yield (
                f"video {video['id']} shows {sorted(shown[video['id']])} and has {sorted(owned[video['id']])}"
            )
        if (video["status"] == "ready") != bool(shown[video["id"]]):
            yield f"video {video['id']} is {video['status']} with {len(shown[video['id']])} renditions"
    for video_id in owned.keys() - {video["id"] for video in snapshot.videos}:
        if not _is_going(snapshot, video_id):
            yield f"video {video_id} has assets and is in no gallery"


def one_job_owns_the_renditions_of_a_video(snapshot: Snapshot) -> Iterator[str]:
    for asset in snapshot.assets:
        if asset["kind"] == "rendition" and f"/{asset['job_id']}/" not in asset["detail"]["playlist_key"]:
            yield f"asset {asset['id']} is of job {asset['job_id']} and lies elsewhere"


def what_is_published_plays(snapshot: Snapshot) -> Iterator[str]:
    for video_id, fault in snapshot.playback.items():
        if fault:
            yield f"video {video_id} does not play: {fault}"


def every_message_was_sent(snapshot: Snapshot) -> Iterator[str]:
    for row in snapshot.outbox_waiting:
        yield f"message {row['id']} ({row['kind']}) waits after {row['tries']} tries: {row['last_error']}"


def nothing_is_left_in_the_store(snapshot: Snapshot) -> Iterator[str]:
    """Every object is referenced by a row that still needs it, or by an intent to remove it."""
    going = tuple(prefix for row in _list_going(snapshot) for prefix in row["prefixes"])
    sources = {row["s3_key"] for row in snapshot.uploads} | {row["s3_key"] for row in snapshot.assets}
    outputs: defaultdict[str, list[str]] = defaultdict(list)
    for key in snapshot.stored_keys:
        if key.startswith(going):
            continue
        match = _OUTPUT_KEY.match(key)
        if match:
            outputs[match[1]].append(key)
        elif key not in sources and not _is_poster(key, snapshot):
            yield f"nobody needs {key}"
    for job_id, keys in outputs.items():
        for key in _list_unneeded(snapshot, job_id, keys):
            yield f"nobody needs {key}"


def what_rows_name_is_in_the_store(snapshot: Snapshot) -> Iterator[str]:
    stored = set(snapshot.stored_keys)
    kept = {video["id"] for video in snapshot.videos}
    for asset in snapshot.assets:
        if (
            asset["video_id"] in kept
            and asset["kind"] in {"source", "poster"}
            and asset["s3_key"] not in stored
        ):
            yield f"asset {asset['id']} names {asset['s3_key']}, which is gone"


def nothing_is_left_on_the_disk(snapshot: Snapshot) -> Iterator[str]:
    for path in [*snapshot.scratch_files, *snapshot.temporary_folders]:
        yield f"{path} was left behind"


def no_process_is_left(snapshot: Snapshot) -> Iterator[str]:
    for process in snapshot.stray_processes:
        yield f"{process} outlived its task"


RULES: Final[tuple[Callable[[Snapshot], Iterable[str]], ...]] = (
    every_accepted_job_is_known,
    every_job_ends,
    no_job_fails_for_a_fault_of_ours,
    a_job_ends_once,
    progress_never_falls,
    one_hundred_percent_means_published,
    one_key_makes_one_job,
    the_ledger_is_exact,
    a_running_task_has_a_live_lease,
    an_active_job_has_an_open_task,
    a_result_is_of_its_last_attempt,
    a_completed_job_is_published_once,
    gallery_and_assets_agree,
    one_job_owns_the_renditions_of_a_video,
    what_is_published_plays,
    every_message_was_sent,
    nothing_is_left_in_the_store,
    what_rows_name_is_in_the_store,
    nothing_is_left_on_the_disk,
    no_process_is_left,
)


def check(snapshot: Snapshot, *, without: frozenset[str] = frozenset()) -> list[Violation]:
    """Return all violations; `without` names rules that a story breaks on purpose."""
    return [
        Violation(rule.__name__.replace("_", " "), text)
        for rule in RULES
        if rule.__name__ not in without
        for text in rule(snapshot)
    ]


def _list_keys(result: Any) -> Iterator[str]:
    """Yield every object key in a result, at any depth."""
    if isinstance(result, str):
        yield result
    elif isinstance(result, Mapping):
        for value in result.values():
            yield from _list_keys(value)
    elif isinstance(result, list):
        for value in result:
            yield from _list_keys(value)


def _list_going(snapshot: Snapshot) -> list[Any]:
    return [row for row in snapshot.deletions if row["status"] != "done"]


def _is_going(snapshot: Snapshot, video_id: str) -> bool:
    return any(row["target"] == video_id for row in _list_going(snapshot))


def _is_poster(key: str, snapshot: Snapshot) -> bool:
    return any(key.startswith(f"{POSTER_PREFIX}{video['id']}/") for video in snapshot.videos)


def _list_unneeded(snapshot: Snapshot, job_id: str, keys: list[str]) -> list[str]:
    """A completed job needs only what its last attempt's results name; an active one needs
    everything."""
    job = next((row for row in snapshot.jobs if row["id"] == job_id), None)
    if job is None:
        return keys
    if job["status"] in ACTIVE:
        return []
    if job["status"] != "completed" or not any(asset["job_id"] == job_id for asset in snapshot.assets):
        return keys
    results = [
        _RESULT.validate_python(task["result"])
        for task in snapshot.tasks
        if task["job_id"] == job_id and task["result"] and task["job_attempt"] == job["attempts"]
    ]
    return list_leftovers(keys, results=results)
