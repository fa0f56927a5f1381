"""What becomes of the outputs that a later job has replaced: they stay in the store until nobody can
be watching them any more, and are removed then.

A job that makes one rendition again replaces that rendition, the sound and the images of the jobs
before it; their other renditions go on playing from the same prefix, so only the replaced outputs
are removed. Once nothing of a job is current, its whole prefix is.
"""

from collections.abc import Sequence
from typing import Final

from job_service.jobs.job import Job
from job_service.jobs.ports import JobTransaction, ReplacedOutputs
from videoforge.keys import build_job_prefix, list_output_prefixes

#: A viewer of a replaced rendition has a playback token of at most 6 h.
KEEP_REPLACED_SECONDS: Final = 6 * 3600


def schedule_removal(tx: JobTransaction, job: Job, *, replaced: Sequence[ReplacedOutputs]) -> None:
    """Save the intents to remove what `job` has replaced."""
    for old in replaced:
        prefix = build_job_prefix(old.job_id)
        parts = list_output_prefixes(
            old.job_id, outputs=old.outputs, attempts=tx.tasks.count_attempts(old.job_id)
        )
        tx.deletions.add_prefixes(
            target=prefix if old.is_all else prefix + job.id,
            user_id=job.user_id,
            prefixes=[prefix] if old.is_all else parts,
            delay_seconds=KEEP_REPLACED_SECONDS,
        )
