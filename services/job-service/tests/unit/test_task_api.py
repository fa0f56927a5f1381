"""The task API runs with the public API or in a process of its own, and always in one of them."""

import threading

import pytest

from job_service.processes import app, task_api
from job_service.processes.api_beats import start_beats
from job_service.testing.auth import build_test_settings

CLAIM = "/internal/tasks/some-task/claim"


@pytest.mark.parametrize(("is_served", "status"), [(True, 403), (False, 404)])
def test_the_public_process_serves_the_task_api_unless_configured_otherwise(
    is_served: bool, status: int
) -> None:
    client = app.create_app(build_test_settings(serve_task_api=is_served)).test_client()
    assert client.post(CLAIM, json={}).status_code == status
    assert client.get("/api").status_code == 200


def test_the_task_api_process_serves_only_processors() -> None:
    client = task_api.create_app(build_test_settings()).test_client()
    refused = client.post(CLAIM, json={})
    assert (refused.status_code, refused.json["code"]) == (403, "service_token_needed")
    assert client.get("/api/health").status_code == 200
    for path in ("/api", "/api/jobs", "/api/gallery/videos", "/api/admin/stats", "/media/token/master.m3u8"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("is_served", [True, False])
def test_only_a_process_that_serves_the_task_api_writes_heartbeats(is_served: bool) -> None:
    stop = threading.Event()
    stop.set()
    loop = start_beats(app.create_app(build_test_settings(serve_task_api=is_served)), stop=stop)
    assert (loop is not None) == is_served
