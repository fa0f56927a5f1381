"""Problems: the shape of every error answer."""

import re
from string import Formatter

import pytest

from videoforge.problems import Code, Problem


def test_a_problem_has_the_members_of_the_standard_and_ours() -> None:
    problem = Problem(Code.file_too_large, size_bytes=9, max_bytes=5)
    assert problem.to_dict(request_id="r-1") == {
        "type": "/api/docs/problems#file_too_large",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "The file has 9 bytes; this upload method accepts 5 at most.",
        "code": "file_too_large",
        "retryable": False,
        "request_id": "r-1",
        "hint": "Upload it in parts (storage/uploads), or make it smaller.",
    }
    assert problem.headers == {}


def test_faults_of_fields_and_extra_members_are_shown() -> None:
    errors = [{"field": "code", "message": "wrong"}]
    problem = Problem(Code.task_leased, errors=errors, extra={"retry_after_seconds": 3})
    body = problem.to_dict(request_id="r")
    assert (body["errors"], body["retry_after_seconds"]) == (errors, 3)
    assert "errors" not in Problem(Code.task_leased).to_dict(request_id="r")


def test_a_dependency_that_is_down_says_when_to_come_back() -> None:
    problem = Problem(Code.database_unavailable)
    assert (problem.status, problem.code, problem.retryable) == (503, "database_unavailable", True)
    assert problem.headers == {"Retry-After": "5"}
    assert Problem(Code.database_unavailable, retry_after_seconds=7).headers == {"Retry-After": "7"}


def test_every_401_carries_a_challenge() -> None:
    codes = [code for code in Code if code.value.status == 401]
    assert {Problem(code).headers["WWW-Authenticate"] for code in codes} == {'Bearer realm="videoforge"'}


@pytest.mark.parametrize("code", Code)
def test_every_row_says_in_sentences_what_happened_and_what_to_do(code: Code) -> None:
    row = code.value
    assert re.fullmatch(r"[a-z0-9_]+", code.name)
    assert row.status or row.ends_jobs
    for sentence in (row.detail, row.summary, row.hint, row.web_hint):
        assert sentence.endswith("."), sentence
        assert "|" not in sentence, sentence
    assert not [name for _, name, _, _ in Formatter().parse(row.summary) if name]
