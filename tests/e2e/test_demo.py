"""The demo, as a user types it."""

import os
import subprocess
import sys
from uuid import uuid4

import pytest

from infra.local.provisioning.bootstrap import find_credentials
from tests.conftest import PASSWORD
from tests.e2e.film import find_film
from tests.house.repository import ROOT

pytestmark = pytest.mark.e2e


@pytest.fixture
def run_demo(stack):
    def run(*arguments):
        credentials = find_credentials(stack.settings)
        assert credentials
        admin = credentials["admin"]
        own = {
            "VIDEOFORGE_ADMIN_EMAIL": admin["email"],
            "VIDEOFORGE_ADMIN_PASSWORD": admin["password"],
            "VIDEOFORGE_URL": stack.settings.origin,
            "VIDEOFORGE_EMAIL": f"{uuid4().hex}@example.com",  # an account's limit is five sign-ins a minute
            "VIDEOFORGE_PASSWORD": PASSWORD,
        }
        return subprocess.run(
            [sys.executable, "-m", "demo", *arguments],
            cwd=ROOT,
            env={**os.environ, **own, "COLUMNS": "160"},
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )

    return run


def test_the_demo_shows_two_films_in_all_formats_and_plays_them(run_demo, stack):
    done = run_demo()
    assert done.returncode == 0, done.stderr
    for size in ("3840×2160", "1920×1080", "1280×720", "854×480"):
        assert size in done.stdout
    assert "Big Buck Bunny: 4K skipped." in done.stdout
    assert f"API docs   {stack.settings.origin}/api/docs" in done.stdout
    assert done.stdout.count("/master.m3u8") == 2
    assert "mail-demo@example.com has a new password, by the code of the mail" in done.stdout


def test_the_demo_takes_ones_own_film_and_formats(run_demo):
    done = run_demo("--video", str(find_film("rotate-buck-bunny.mp4")), "--formats", "480p")
    assert done.returncode == 0, done.stderr
    assert "rotate-buck-bunny" in done.stdout
    assert "720p" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--video", "no-such-film.mp4"), "There is no file no-such-film.mp4."),
        (("--formats", "8K"), "422"),
    ],
)
def test_the_demo_says_what_is_wrong_and_fails(run_demo, arguments, said):
    done = run_demo(*arguments)
    assert done.returncode == 1
    assert "The demo stopped: " in done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demo_says_why_sound_alone_is_no_video(run_demo):
    done = run_demo("--video", str(find_film("multiple-aac-tracks.mp4")))
    assert done.returncode == 1
    assert "no_video_stream" in done.stderr
