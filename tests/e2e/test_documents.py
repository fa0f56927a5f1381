"""The curl lines of the documents work exactly as written."""

import os
import subprocess
from uuid import uuid4

import pytest

from tests.e2e.film import SAMPLE
from tests.house.curl_lines import join_script, list_curl_lines
from tests.house.repository import ROOT

pytestmark = pytest.mark.e2e

#: Logs `METHOD status` for each call of the script; bodies are written as before.
RECORDER = """
curl() {
  local answer status
  answer=$(mktemp)
  status=$(command curl --no-progress-meter -m 60 -o "$answer" -w '%{http_code}' "$@")
  echo "$status" >> "$STATUSES"
  cat "$answer"
}
"""


def run_script(script, *, stack, **environment):
    return subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env={**os.environ, "VF": stack.settings.origin, "FILM": str(SAMPLE), **environment},
        capture_output=True,
        text=True,
        errors="replace",  # one response is an MP4
        timeout=120,
        check=False,
    )


def test_the_whole_run_of_the_readme_ends_with_a_playlist(stack):
    script = join_script((ROOT / "README.md").read_text(encoding="utf-8"))
    done = run_script("set -euo pipefail\n" + script, stack=stack)
    assert done.returncode == 0, done.stderr
    assert "#EXTM3U" in done.stdout
    assert "#EXT-X-STREAM-INF" in done.stdout


def test_every_line_of_the_api_document_is_answered_as_it_says(stack, admin, tmp_path):
    document = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    lines = list_curl_lines(document)
    statuses = tmp_path / "statuses"
    done = run_script(
        RECORDER + join_script(document),
        stack=stack,
        STATUSES=str(statuses),
        EMAIL=f"{uuid4().hex}@example.com",
        ADMIN="Authorization: " + admin.build_headers()["Authorization"],
    )
    found = [int(status) for status in statuses.read_text().split()]
    assert len(found) == len(lines), done.stderr
    wrong = [
        f"{status}: {line.text}"
        for line, status in zip(lines, found, strict=True)
        if status != line.status and not (line.needs_code and 400 <= status < 500)
    ]
    assert not wrong, "\n".join(wrong)
