"""The circuit breaker in front of the gallery, and how its answers become ours."""

import pytest
import requests
from pydantic import SecretStr

from job_service.videos.gallery import PublicMethod
from job_service.videos.gallery_client import GalleryClient, _read
from videoforge.gallery import GalleryVideo
from videoforge.problems import Problem
from videoforge.service_tokens import ServiceTokens
from videoforge_clients.circuit import Circuit


def build_response(status: int, body: bytes) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response._content = body
    return response


def test_a_circuit_opens_after_failures_in_a_row_and_lets_one_trial_through() -> None:
    now = [0.0]
    circuit = Circuit(max_failures=2, open_seconds=3, clock=lambda: now[0])
    circuit.note_failure()
    assert circuit.may_try()
    circuit.note_failure()
    assert not circuit.may_try()
    now[0] = 3.5
    assert circuit.may_try()
    assert not circuit.may_try()
    circuit.note_success()
    assert circuit.may_try()


def test_a_problem_of_the_gallery_passes_on_with_its_status_and_code() -> None:
    body = b'{"code":"video_not_found","detail":"No.","status":404,"request_id":"theirs","hint":"Look."}'
    with pytest.raises(Problem) as caught:
        _read(build_response(404, body))
    assert caught.value.status == 404
    assert caught.value.to_dict(request_id="ours") == {
        "type": "/api/docs/problems#video_not_found",
        "title": "Not Found",
        "status": 404,
        "detail": "No.",
        "code": "video_not_found",
        "retryable": False,
        "request_id": "ours",
        "hint": "Look.",
    }


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"code": 7}', b""])
def test_an_error_without_a_problem_counts_as_the_gallery_being_down(body: bytes) -> None:
    with pytest.raises(Problem, match="gallery_unavailable"):
        _read(build_response(404, body))


def test_calls_to_a_dead_gallery_soon_fail_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    client = GalleryClient("http://gallery", tokens=ServiceTokens(SecretStr("t" * 32)))
    calls = []

    def refuse(request: requests.PreparedRequest, **_budget: object) -> requests.Response:
        calls.append(request.headers["X-VideoForge-Service-Token"])
        raise requests.ConnectionError

    monkeypatch.setattr(client._session, "send", refuse)
    for _ in range(8):
        with pytest.raises(Problem, match="gallery_unavailable"):
            client.count_view("v")
    assert calls == ["t" * 32] * 5


@pytest.mark.parametrize(("method", "is_certain"), [("GET", True), ("PATCH", False), ("PUT", False)])
def test_an_unanswered_change_is_not_reported_as_unchanged(
    monkeypatch: pytest.MonkeyPatch, method: PublicMethod, is_certain: bool
) -> None:
    client = GalleryClient("http://gallery", tokens=ServiceTokens(SecretStr("t" * 32)))

    def hang(*_: object, **__: object) -> requests.Response:
        raise requests.ReadTimeout

    monkeypatch.setattr(client._session, "send", hang)
    with pytest.raises(Problem) as caught:
        client.forward(method, "/videos/1", answer=GalleryVideo, caller=None)
    assert ("Nothing was changed" in (caught.value.hint or "")) is is_certain
