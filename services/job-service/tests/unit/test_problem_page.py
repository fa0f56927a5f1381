"""The page that the `type` of a problem links to, with an anchor for every code, and the same as
Markdown."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from job_service.processes.app import create_app
from job_service.routes.problem_page import render_markdown
from job_service.testing.auth import build_test_settings
from videoforge.problems import Code

COMMITTED = Path(__file__).parents[4] / "docs" / "problems.md"
CODES = list(Code.__members__)


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(build_test_settings()).test_client()


def test_the_type_of_a_problem_links_to_its_code(client: FlaskClient) -> None:
    page, _, anchor = client.get("/api/nothing").json["type"].partition("#")
    answer = client.get(page)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert f'id="{anchor}"' in answer.text


def test_the_page_has_each_code_once_and_the_policy_of_the_docs(client: FlaskClient) -> None:
    answer = client.get("/api/docs/problems")
    assert re.findall(r'<section id="(\w+)">', answer.text) == CODES
    policy = answer.headers["Content-Security-Policy"]
    assert policy == client.get("/api/docs").headers["Content-Security-Policy"]
    assert "<script" not in answer.text


def test_the_committed_table_is_current() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == render_markdown(), "run `make openapi`"
