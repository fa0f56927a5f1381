"""`python -m job_service.processes.problems FILE` writes the table of problem codes, without
servers."""

import sys
from pathlib import Path

from job_service.routes.problem_page import render_markdown

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render_markdown(), encoding="utf-8")
