"""Imports point inward, services communicate only over the network, and what is shared stays
small."""

from pathlib import PurePosixPath

import pytest

from tests.house.layers import find_faults
from tests.house.repository import PACKAGES, list_python_files
from tests.house.sizes import count_code_lines

#: Code lines of `videoforge`, without blanks, comments and docstrings: words about a contract are
#: free, and so is the table of problems, whose rows are words.
MAX_SHARED_CODE_LINES = 790


@pytest.mark.parametrize("package", PACKAGES)
def test_every_import_of_the_package_points_inward(package):
    root = PACKAGES[package]
    faults = [
        fault
        for path in list_python_files(root)
        for fault in find_faults(
            package, path=PurePosixPath(path.relative_to(root)), source=path.read_text(encoding="utf-8")
        )
    ]
    assert not faults, "\n" + "\n".join(faults)


def test_the_shared_contract_stays_small():
    sizes = {
        path.name: count_code_lines(path.read_text(encoding="utf-8"))
        for path in list_python_files(PACKAGES["videoforge"])
        if path.name != "problem_codes.py"
    }
    assert sum(sizes.values()) <= MAX_SHARED_CODE_LINES, sizes


PLANTED = {
    "a domain that asks the clock": ("domain/chunk.py", "import time"),
    "a domain that knows the database": ("domain/job.py", "from sqlalchemy import Column"),
    "a domain that knows an adapter": ("domain/job.py", "from job_service.platform.tables import JobRow"),
    "a use case that calls a vendor": ("use_cases/jobs/create_job.py", "import boto3"),
    "a use case that knows an adapter": (
        "use_cases/jobs/create_job.py",
        "from job_service.adapters import tables",
    ),
    "a use case that knows HTTP": ("use_cases/jobs/create_job.py", "from flask import request"),
    "an import hidden in a function": ("use_cases/jobs/create_job.py", "def run():\n    import redis"),
    "an import for types alone": (
        "domain/job.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from redis import Redis",
    ),
    "a port that knows its adapter": ("ports/jobs.py", "from job_service.platform.database import Database"),
    "an adapter that calls a use case": (
        "adapters/sqs_task_queue.py",
        "from job_service.use_cases.jobs import create_job",
    ),
    "an adapter of two vendors": ("adapters/mixed.py", "import boto3\nimport redis"),
    "a route that opens a transaction": (
        "routes/jobs.py",
        "from job_service.platform.database import Database",
    ),
    "a route that calls a vendor": ("routes/jobs.py", "import requests"),
    "a service that imports another": ("app.py", "from gallery_service.domain.video import Video"),
    "a relative import": ("use_cases/jobs/create_job.py", "from ..storage import sign"),
}


@pytest.mark.parametrize(("path", "source"), PLANTED.values(), ids=list(PLANTED))
def test_the_rule_sees(path, source):
    assert find_faults("job_service", path=PurePosixPath(path), source=source)


ALLOWED = {
    "routes/jobs.py": "import flask\nfrom job_service.jobs.requests import CreateJob",
    "routes/lifecycle.py": "from job_service.platform.metrics import observe_request",
    "use_cases/jobs/create_job.py": "from job_service.jobs.ports import JobStore\nimport videoforge.keys",
    "adapters/postgres_job_store.py": "from sqlalchemy import select\nfrom job_service.jobs.job import Job",
    "domain/job.py": "from dataclasses import dataclass\nfrom fractions import Fraction",
    "app.py": "from job_service.platform.database import Database\nimport flask",
}


@pytest.mark.parametrize(("path", "source"), ALLOWED.items())
def test_the_rule_lets_through_what_points_inward(path, source):
    assert not find_faults("job_service", path=PurePosixPath(path), source=source)


def test_the_shared_packages_know_no_service():
    planted = "from job_service.jobs.job import Job"
    assert find_faults("videoforge", path=PurePosixPath("keys.py"), source=planted)
    assert find_faults(
        "videoforge", path=PurePosixPath("keys.py"), source="from videoforge_media.probe import Probe"
    )
