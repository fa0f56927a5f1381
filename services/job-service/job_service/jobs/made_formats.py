"""What a job with `replace: false` leaves out: the renditions that its video already has.

Decided when the job is requested, so that a request for nothing is refused at once. Renditions and
requested formats differ in name where a source keeps its own size, so both are compared as the
ladder names them.
"""

from job_service.jobs.job_parts import JobSkipped
from job_service.jobs.job_request import NewJob, order_formats
from job_service.jobs.ports import JobTransaction
from videoforge.problems import Code, Problem
from videoforge_media.ladder import choose_ladder


def find_made(tx: JobTransaction, request: NewJob) -> list[JobSkipped]:
    """Return what the job skips. Raises Problem 409 `formats_exist` if that is all it would
    make."""
    source = None if request.replace else tx.assets.find_source(request.video_id)
    if source is None:
        return []
    made = tx.assets.list_formats(request.video_id)
    ladder = choose_ladder(source.picture, output_formats=order_formats(request.output_formats))
    names = [rung.format for rung in ladder.rungs if rung.format in made]
    if len(names) == len(ladder.rungs):
        raise Problem(Code.formats_exist, names=", ".join(reversed(names)))
    return [
        JobSkipped(format=name, reason=f"The video already has {name}.", code="already_made")
        for name in names
    ]
