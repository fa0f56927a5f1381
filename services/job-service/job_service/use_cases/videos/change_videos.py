"""Do one thing to many videos; each has its own outcome, and one that fails stops no other."""

from collections.abc import Sequence
from typing import Any, Literal

from job_service.domain.caller import Caller
from job_service.domain.deletion import Deletion
from job_service.errors import Problem
from job_service.ports.videos import VideoPorts
from job_service.use_cases.videos.delete_video import mark_deleted
from job_service.use_cases.videos.restore_video import put_back, take_back

BulkAction = Literal["delete", "restore", "visibility"]
#: {"id", "ok", "code"?}: the code is that of the problem the route for one video would answer
Outcome = dict[str, Any]


def change_videos(
    ports: VideoPorts,
    video_ids: Sequence[str],
    *,
    action: BulkAction,
    visibility: str | None,
    caller: Caller,
) -> list[Outcome]:
    """Return an outcome per id, in their order, each id once. Raises the gallery's refusal of the whole."""
    ids = list(dict.fromkeys(video_ids))
    refused: dict[str, str] = {}
    taken: dict[str, Deletion] = {}
    if action == "delete":
        refused = _mark_all(ports, ids, caller=caller)
    elif action == "restore":
        refused, taken = _take_all(ports, ids, caller=caller)
    asked = [video_id for video_id in ids if video_id not in refused]
    try:
        outcomes = _ask_gallery(ports, asked, action=action, visibility=visibility, caller=caller)
    except Problem:
        for intent in taken.values():
            put_back(ports, intent)
        raise
    for video_id, intent in taken.items():
        if not outcomes[video_id]["ok"]:
            put_back(ports, intent)
    if action != "visibility":
        ports.cache.forget_published(ids)
    refusals = {video_id: {"id": video_id, "ok": False, "code": code} for video_id, code in refused.items()}
    return [refusals.get(video_id) or outcomes[video_id] for video_id in ids]


def _mark_all(ports: VideoPorts, ids: Sequence[str], *, caller: Caller) -> dict[str, str]:
    """Mark each as deleted; return the codes of those that cannot be. What a commit has cancelled is
    announced, also where a later one cannot be made."""
    refused: dict[str, str] = {}
    stopped: list[str] = []
    try:
        for video_id in ids:
            try:
                with ports.database.begin() as transaction:
                    cancelled = mark_deleted(ports, transaction, video_id, caller=caller, purge=False)
            except Problem as problem:
                if problem.status >= 500:
                    raise
                refused[video_id] = problem.code
            else:
                stopped += cancelled
    finally:
        ports.jobs.announce_jobs(stopped)
    return refused


def _take_all(
    ports: VideoPorts, ids: Sequence[str], *, caller: Caller
) -> tuple[dict[str, str], dict[str, Deletion]]:
    """Take back the intents; return the codes of those that cannot be, and the intents."""
    refused: dict[str, str] = {}
    taken: dict[str, Deletion] = {}
    for video_id in ids:
        try:
            with ports.database.begin() as transaction:
                intent = take_back(ports, transaction, video_id, caller=caller)
        except Problem as problem:
            if problem.status >= 500:
                raise
            refused[video_id] = problem.code
        else:
            if intent is not None:
                taken[video_id] = intent
    return refused, taken


def _ask_gallery(
    ports: VideoPorts,
    ids: Sequence[str],
    *,
    action: BulkAction,
    visibility: str | None,
    caller: Caller,
) -> dict[str, Outcome]:
    if not ids:
        return {}
    body: dict[str, Any] = {"ids": list(ids), "action": action}
    if visibility is not None:
        body["visibility"] = visibility
    answer = ports.gallery.forward("POST", "/videos/bulk", caller=caller, json=body)
    return {outcome["id"]: outcome for outcome in (answer.body or {})["results"]}
