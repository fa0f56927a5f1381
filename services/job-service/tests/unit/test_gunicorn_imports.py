"""Under gunicorn the workers' figures are added up only where prometheus_client is imported late enough."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import job_service

FOLDER = Path(job_service.__file__).parent
METRICS = "job_service.gunicorn_metrics"


@pytest.mark.parametrize("name", ["gunicorn_web", "gunicorn_events"])
def test_nothing_imports_the_metrics_library_before_its_folder_is_named(name: str) -> None:
    tree = ast.parse((FOLDER / f"{name}.py").read_text())
    modules = [node.module for node in tree.body if isinstance(node, ast.ImportFrom) and node.module]
    before = modules[: modules.index(METRICS)]
    assert before
    program = f"import sys, {', '.join(before)}; sys.exit('prometheus_client' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
