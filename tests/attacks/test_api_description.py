"""F01: every request, valid or not by the description, gets a response that the description allows.

schemathesis generates valid and invalid requests from docs/openapi.json and checks each response:
no 5xx, no status, type or shape that is not described, no access without sign-in, nothing accepted
that the description forbids. There are three identities: anonymous, a user, an administrator.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.attacks.conftest import FILE
from tests.e2e.film import SAMPLE, make_video
from tests.house.repository import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.attacks]

KIT = Path("tests/attacks/kit")
#: Signing out ends the session that the rest needs; test_bombs.py covers streams.
LEFT_OUT = ("/api/auth/logout", "/api/jobs/{job_id}/events")
PEOPLE = 8


def describe_person(client, *, with_things=True):
    if not with_things:
        return {"authorization": client.build_headers()["Authorization"], "places": {}}
    video = make_video(client, SAMPLE)
    job = client.post("jobs", {"video_id": video["id"], "output_formats": ["480p"]})
    client.post(f"jobs/{job['id']}/cancel")
    places = {
        "video_id": video["id"],
        "s3_key": video["s3_key"],
        "job_id": job["id"],
        "upload_id": client.post("storage/uploads", FILE)["id"],
    }
    return {"authorization": client.build_headers()["Authorization"], "places": places}


def run_schemathesis(origin, people, *arguments):
    """Return schemathesis' report, "" if it found nothing."""
    left_out = [word for path in LEFT_OUT for word in ("--exclude-path", path)]
    command = [str(ROOT / ".venv/bin/schemathesis"), "--config-file", str(KIT / "schemathesis.toml")]
    url = origin.replace("localhost", "127.0.0.1")
    command += ["run", "docs/openapi.json", "--url", url, "--no-color", *left_out, *arguments]
    environment = {
        "SCHEMATHESIS_HOOKS": "tests.attacks.kit.schemathesis_hooks",
        "VIDEOFORGE_PEOPLE": json.dumps(people),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout[-20_000:] + done.stderr[-2000:]


def test_a_users_requests_are_answered_as_described(stack, somebody):
    people = [describe_person(somebody()) for _ in range(PEOPLE)]
    report = run_schemathesis(stack.settings.origin, people)
    assert not report, report


def test_nobodys_requests_are_answered_as_described(stack):
    report = run_schemathesis(stack.settings.origin, [], "--max-examples", "4")
    assert not report, report


def test_an_administrators_requests_are_answered_as_described(stack, admin):
    people = [describe_person(admin, with_things=False)]
    report = run_schemathesis(stack.settings.origin, people, "--include-tag", "admin")
    assert not report, report
