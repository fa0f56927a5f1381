"""Sweep: remove the objects of deleted videos and jobs from the store, then the last rows of a
video.

A deletion is reserved for some minutes and becomes due again unless it was finished, so that a
killed relay loses none. One that fails is retried without limit, less and less often.
"""

from typing import Final

from job_service.deletions.deletion import Deletion, plan_next_try, plan_second_look
from job_service.deletions.leftovers import list_leftovers
from job_service.videos.ports import VideoPorts, VideoTransaction
from videoforge.keys import build_upload_prefix
from videoforge.logs import get_logger
from videoforge.problems import Problem

_BATCH: Final = 10

_log = get_logger("S3")


def run_deletions(ports: VideoPorts) -> int:
    """Return how many deletions were finished."""
    with ports.database.begin() as tx:
        due = tx.deletions.claim_due(now=ports.clock(), limit=_BATCH)
    return sum(_run_one(ports, deletion) for deletion in due)


def _run_one(ports: VideoPorts, deletion: Deletion) -> bool:
    try:
        removed = _remove(ports, deletion)
    except Problem as problem:
        _put_off(ports, deletion, reason=problem.code)
        return False
    except Exception as error:  # a deletion that fails must not block the others
        _log.error("deletion failed", target=deletion.target, exc_info=error)
        _put_off(ports, deletion, reason=type(error).__name__)
        return False
    with ports.database.begin() as tx:
        if deletion.scope == "video":
            _plan_second_look(ports, tx, deletion.target)
            tx.assets.delete_video(deletion.target)
        tx.deletions.mark_done(deletion, now=ports.clock())
    _log.info("deleted", scope=deletion.scope, target=deletion.target, objects=removed)
    return True


def _remove(ports: VideoPorts, deletion: Deletion) -> int:
    """Remove the objects from the store and the video from the gallery; return how many objects
    were removed."""
    if deletion.scope == "leftovers":
        return _delete_leftovers(ports, deletion)
    if deletion.scope == "video":
        _delete_large(ports, deletion.target)
    removed = sum(ports.store.delete_prefix(prefix) for prefix in deletion.prefixes)
    if deletion.scope == "video":
        ports.gallery.delete_video(deletion.target)
    return removed


def _delete_leftovers(ports: VideoPorts, deletion: Deletion) -> int:
    """A completed job's results no longer change, so they may be read before the listing."""
    with ports.database.begin() as tx:
        results = tx.assets.list_results(deletion.target)
    keys = [key for prefix in deletion.prefixes for key in ports.store.list_keys(prefix)]
    leftovers = list_leftovers(keys, results=results)
    ports.store.delete_objects(leftovers)
    return len(leftovers)


def _delete_large(ports: VideoPorts, video_id: str) -> None:
    """Delete large objects by key: the local store hashes every object that it lists, which takes
    minutes for a large source."""
    with ports.database.begin() as tx:
        keys = tx.assets.list_large_keys(video_id)
    for key in keys:
        ports.store.delete_object(key)


def _plan_second_look(ports: VideoPorts, tx: VideoTransaction, video_id: str) -> None:
    """The URL of a single PUT can be used again until it expires, so whatever it uploads later is
    removed after that. The URL of a part expired with its upload."""
    owner = tx.assets.find_owner(video_id)
    if owner is None:
        return
    upload = tx.uploads.find_by_key(owner.s3_key, user_id=owner.user_id)
    if upload is None or upload.method != "single":
        return
    due_at = plan_second_look(upload.created_at, url_seconds=ports.uploads.limits.url_seconds)
    if due_at > ports.clock():
        prefix = build_upload_prefix(upload.s3_key)
        tx.deletions.save_prefix_intent(prefix, user_id=upload.user_id, due_at=due_at)


def _put_off(ports: VideoPorts, deletion: Deletion, *, reason: str) -> None:
    next_try_at = plan_next_try(ports.clock(), tries=deletion.tries + 1)
    with ports.database.begin() as tx:
        tx.deletions.mark_failed(deletion, error=reason, next_try_at=next_try_at)
    _log.warning("deletion will be retried", target=deletion.target, reason=reason)
