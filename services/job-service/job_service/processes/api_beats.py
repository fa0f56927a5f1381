"""The thread with which a process that serves the task API records that it is up; see
jobs/api_beat.py.

A thread of the worker and not of gunicorn's master, which keeps running while its workers hang or
fail to start.
"""

import threading
from functools import partial
from typing import Final

from flask import Flask

from job_service.jobs.api_beat import BEAT_SECONDS
from job_service.jobs.ports import JobPorts
from job_service.processes.loops import Loop, Step
from job_service.routes import internal
from job_service.web.services import EXTENSION
from videoforge.logs import get_logger
from videoforge.problems import Problem

#: Soon after the database is back it has a beat, yet an outage does not fill the log.
_RETRY_SECONDS: Final = 5.0
_MAX_SILENCE_SECONDS: Final = 60.0

_log = get_logger("JOB")


def beat(jobs: JobPorts) -> Step:
    """Record a beat, unless another worker has just done so, and log the outage that ends with
    it."""
    try:
        with jobs.database.begin() as tx:
            noted = tx.beats.note()
    except Problem:  # the database is down, which its client has logged; the beat cannot be written
        return Step(pause_seconds=_RETRY_SECONDS)
    if noted is not None and noted.silent_seconds is not None:
        _log.warning(
            "the task API is back; leases that ended meanwhile do not count as crashes",
            away_seconds=round(noted.silent_seconds),
        )
    return Step(pause_seconds=BEAT_SECONDS)


def start_beats(app: Flask, *, stop: threading.Event) -> Loop | None:
    """Beat until the process ends or is told to stop, if the app serves processors; otherwise
    return None."""
    if internal.blueprint.name not in app.blueprints:
        return None
    jobs: JobPorts = app.extensions[EXTENSION].jobs
    loop = Loop(
        "api-beats",
        partial(beat, jobs),
        pause_seconds=BEAT_SECONDS,
        max_silence_seconds=_MAX_SILENCE_SECONDS,
        stop=stop,
    )
    loop.start()
    return loop
