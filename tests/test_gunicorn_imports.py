"""Under gunicorn the workers' metrics are summed only if prometheus_client is imported late
enough."""

import subprocess
import sys

import pytest

CONFIGURATIONS = [
    "job_service.processes.gunicorn_web",
    "job_service.processes.gunicorn_events",
    "gallery_service.gunicorn_web",
]
#: Loads the configuration up to its settings, which come after all imports, and prints where
#: metrics go.
PROGRAM = """
import sys
import videoforge.settings

def stop(_settings):
    raise SystemExit
videoforge.settings.load_settings = stop

try:
    import {name}
except SystemExit:
    from prometheus_client import values
    from videoforge_web.server.metrics import on_exit
    on_exit(None)
    print(values.ValueClass.__name__)
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_the_workers_figures_go_to_files_that_can_be_added_up(name: str) -> None:
    done = run(PROGRAM.format(name=name))
    assert done.stdout.strip() == "MmapedValue", done.stderr


def test_a_server_whose_figures_could_not_be_added_up_does_not_start() -> None:
    done = run("import prometheus_client\nimport videoforge_web.server.metrics")
    assert done.returncode != 0
    assert "RuntimeError: prometheus_client was imported before" in done.stderr
