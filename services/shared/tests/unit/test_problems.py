"""Problems: the shape of every answer that is not the one asked for."""

import pytest

from videoforge.problems import Problem, not_found, unavailable


def test_a_problem_has_the_members_of_the_standard_and_ours() -> None:
    problem = Problem(422, "too_large", "The file is too large.", hint="Send a smaller one.")
    assert problem.to_dict(request_id="r-1") == {
        "type": "/api/docs/problems#too_large",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "The file is too large.",
        "code": "too_large",
        "retryable": False,
        "request_id": "r-1",
        "hint": "Send a smaller one.",
    }


def test_members_that_say_nothing_are_left_out() -> None:
    body = Problem(404, "x", "No.").to_dict(request_id="r-1")
    assert not {"hint", "errors"} & set(body)


def test_faults_of_fields_and_extra_members_are_shown() -> None:
    errors = [{"field": "code", "message": "wrong"}]
    body = Problem(409, "x", "No.", errors=errors, extra={"retry_after_seconds": 3}).to_dict(request_id="r")
    assert body["errors"] == errors
    assert body["retry_after_seconds"] == 3


@pytest.mark.parametrize("code", ["Not-Snake", "", "with space", "ünicode"])
def test_a_code_that_is_not_snake_case_is_our_bug(code: str) -> None:
    with pytest.raises(ValueError, match="snake_case"):
        Problem(400, code, "No.")


def test_a_foreign_thing_and_an_unknown_one_are_the_same() -> None:
    assert not_found("video").to_dict(request_id="r") == not_found("video").to_dict(request_id="r")
    assert not_found("dead_letter").detail == "There is no such dead letter."


def test_a_dependency_that_is_down_says_when_to_come_back() -> None:
    problem = unavailable("database", retry_after_seconds=7)
    assert (problem.status, problem.code, problem.retryable) == (503, "database_unavailable", True)
    assert problem.headers == {"Retry-After": "7"}
