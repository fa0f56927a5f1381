"""Imports point inward, services meet over the network alone, and what is shared stays small.

.importlinter holds the rule; here it is run on the sources, and on copies with a violation planted.
"""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.python_source import parse_python
from tests.house.repository import PACKAGES, ROOT, list_python_files
from tests.house.sizes import count_code_lines

#: Code lines of `videoforge`, without blanks, comments and docstrings: words about a contract are
#: free, and so is the table of problems, whose rows are words.
MAX_SHARED_CODE_LINES = 840
SERVICES = ("job_service", "gallery_service", "video_processor")
#: Which vendor a library speaks to. `requests`, `aiohttp` and `urllib3` are only the way to one.
VENDORS = {
    "aiobotocore": "AWS",
    "alembic": "PostgreSQL",
    "boto3": "AWS",
    "botocore": "AWS",
    "psycopg2": "PostgreSQL",
    "redis": "Redis",
    "sqlalchemy": "PostgreSQL",
}


def check_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the rule on the packages in the folder, or on the sources for those that it lacks."""
    program = str(Path(sys.executable).with_name("lint-imports"))
    command = [program, "--no-cache", "--config", str(ROOT / ".importlinter")]
    environment = {**os.environ, "PYTHONPATH": str(folder), "NO_COLOR": "1", "COLUMNS": "200"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_every_import_points_inward(tmp_path):
    done = check_imports(tmp_path)
    assert done.returncode == 0, done.stdout


PLANTED = {
    "a value that asks the clock": ("job_service/jobs/job.py", "import time", "Values"),
    "a value that knows the database": ("job_service/jobs/task.py", "import sqlalchemy", "Only adapters"),
    "a value of another service that draws lots": (
        "video_processor/domain/gop.py",
        "import random",
        "Values",
    ),
    "a noun that knows one above it": (
        "job_service/uploads/upload.py",
        "from job_service.jobs.job import Job",
        "job-service",
    ),
    "two nouns of one height": (
        "job_service/auth/caller.py",
        "from job_service.uploads.upload import Upload",
        "job-service",
    ),
    "a step that calls a vendor": ("job_service/jobs/requests.py", "import boto3", "Only adapters"),
    "a step that knows HTTP": ("job_service/jobs/requests.py", "import flask", "web framework"),
    "an import hidden in a function": (
        "job_service/jobs/requests.py",
        "def run():\n    import redis",
        "Only adapters",
    ),
    "an import for types alone": (
        "job_service/jobs/requests.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from redis import Redis",
        "Only adapters",
    ),
    "the platform that knows a noun": (
        "job_service/platform/paging.py",
        "from job_service.jobs.job import Job",
        "job-service",
    ),
    "a step that knows its adapter": (
        "gallery_service/use_cases/get_video.py",
        "from gallery_service.adapters import tables",
        "gallery-service",
    ),
    "a task that knows the worker": (
        "video_processor/use_cases/prepare.py",
        "from video_processor.worker import Worker",
        "video-processor",
    ),
    "a service that imports another": (
        "job_service/processes/app.py",
        "from gallery_service.domain.video import Video",
        "Services meet",
    ),
    "a shared package that knows a service": (
        "videoforge/keys.py",
        "from job_service.jobs.job import Job",
        "Services meet",
    ),
    "a contract that needs ffmpeg": (
        "videoforge/keys.py",
        "from videoforge_media.probe import Probe",
        "Services meet",
    ),
    "a noun that the rule does not know": ("job_service/things.py", "", "job-service"),
}


@pytest.mark.parametrize(("path", "source", "contract"), PLANTED.values(), ids=list(PLANTED))
def test_the_rule_sees(tmp_path, path, source, contract):
    package = path.split("/")[0]
    shutil.copytree(PACKAGES[package], tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / path).open("a", encoding="utf-8") as file:
        file.write(f"\n{source}\n")
    done = check_imports(tmp_path)
    broken = [line for line in done.stdout.splitlines() if " BROKEN" in line]
    assert done.returncode == 1, done.stdout
    assert any(contract in line for line in broken), done.stdout


def list_vendors(source: str) -> set[str]:
    """Return the vendors whose libraries a module imports."""
    packages = set()
    for node in ast.walk(parse_python(source)):
        if isinstance(node, ast.Import):
            packages |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            packages.add(node.module.split(".")[0])
    return {VENDORS[package] for package in packages & VENDORS.keys()}


def test_an_adapter_speaks_to_one_vendor():
    mixed = {
        str(path.relative_to(ROOT)): vendors
        for service in SERVICES
        for path in list_python_files(PACKAGES[service])
        if len(vendors := list_vendors(path.read_text(encoding="utf-8"))) > 1
    }
    assert not mixed
    assert list_vendors("import boto3\nfrom redis.client import Redis") == {"AWS", "Redis"}


def test_the_shared_contract_stays_small():
    sizes = {
        path.name: count_code_lines(path.read_text(encoding="utf-8"))
        for path in list_python_files(PACKAGES["videoforge"])
        if path.name != "problem_codes.py"
    }
    assert sum(sizes.values()) <= MAX_SHARED_CODE_LINES, sizes
