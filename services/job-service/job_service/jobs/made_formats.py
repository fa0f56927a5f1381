"""What a job with `replace: false` leaves out: the renditions that its video already has, or gets from
a job that is not finished.

Decided when the job is requested, so that a request for nothing is refused at once; should the other
job fail, its rendition is missing until that one is retried. Renditions and requested formats differ
in name where a source keeps its own size, so both are compared as the ladder names them.
"""

from collections.abc import Sequence

from job_service.jobs.job import Job
from job_service.jobs.job_parts import JobSkipped
from job_service.jobs.job_request import NewJob, order_formats
from job_service.jobs.ports import JobTransaction
from videoforge.problems import Code, Problem
from videoforge_media.ladder import PictureSize, choose_ladder


def find_made(tx: JobTransaction, request: NewJob) -> list[JobSkipped]:
    """Return what the job skips. Raises Problem 409 `formats_exist` if that is all it would
    make."""
    source = None if request.replace else tx.assets.find_source(request.video_id)
    if source is None:
        return []
    wanted = _name_rungs(source.picture, request.output_formats)
    made = set(tx.assets.list_formats(request.video_id))
    under_way = {
        name
        for job in tx.jobs.list_unfinished_of_video(request.video_id)
        for name in _list_made_by(job, picture=source.picture)
    }
    names = [name for name in wanted if name in made | under_way]
    if len(names) == len(wanted):
        raise Problem(Code.formats_exist, names=", ".join(reversed(names)))
    return [
        JobSkipped(
            format=name,
            reason=f"The video already has {name}." if name in made else f"Another job is making {name}.",
            code="already_made",
        )
        for name in names
    ]


def _list_made_by(job: Job, *, picture: PictureSize) -> set[str]:
    left_out = {item.format for item in job.already_made}
    return set(_name_rungs(picture, job.output_formats)) - left_out


def _name_rungs(picture: PictureSize, formats: Sequence[str]) -> list[str]:
    return [rung.format for rung in choose_ladder(picture, output_formats=order_formats(formats)).rungs]
