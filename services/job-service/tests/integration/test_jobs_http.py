"""Jobs over HTTP: the public routes for users and the task API for processors, on PostgreSQL and
Redis."""

import threading
import uuid
from datetime import timedelta

import pytest

from job_service.idempotency.store import PostgresIdempotencyKeys
from job_service.tasks.lease import LIGHT_WAIT_SECONDS
from job_service.testing.processor import FakeProcessor, build_completion
from videoforge.messages import ClaimGrant
from videoforge.service_tokens import HEADER

pytestmark = pytest.mark.integration

USER = "user-1"
#: The fields of a job in the API.
CONTRACT = set(
    """id video_id user_id batch_id status phase waiting_for progress_percent speed eta_seconds queue_position
    eta_range_seconds processors playable_seconds priority configuration output_formats skipped renditions
    warnings error attempts metrics created_at started_at updated_at completed_at""".split()  # noqa: SIM905 - a list of words, not of strings
)
SERVICE = {HEADER: "test-service-token-of-32-characters-or-more"}


@pytest.fixture
def app(start_app, redis_server):
    return start_app(redis_port=redis_server.port, max_queued_jobs_per_user=3)


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def headers(issuer):
    return issuer.build_headers(USER)


@pytest.fixture
def video_id(stage):
    return stage.add_source(user_id=USER)


def request_job(client, headers, video_id, *, key=None, **values):
    body = {"video_id": video_id, "output_formats": ["720p", "480p"], **values}
    keyed = {**headers, "Idempotency-Key": key} if key else headers
    return client.post("/api/jobs", json=body, headers=keyed)


def find_hint(stage):
    return stage.list_messages("task")[-1]


def claim(client, task_id):
    return client.post(
        f"/internal/tasks/{task_id}/claim", json={"processor_id": "p-1", "dispatch": 1}, headers=SERVICE
    )


def run_next(client, stage):
    grant = ClaimGrant.model_validate(claim(client, find_hint(stage)["task_id"]).json)
    body = build_completion(grant).model_dump(mode="json")
    return client.post(f"/internal/tasks/{grant.task_id}/complete", json=body, headers=SERVICE)


class TestTheWholeJob:
    def test_a_job_goes_from_request_to_completion(self, client, headers, stage, video_id):
        made = request_job(client, headers, video_id)
        assert made.status_code == 202
        job = made.json
        assert job["status"] == "pending"
        assert job["created_at"].endswith("Z")
        assert [run_next(client, stage).json["job_status"] for _ in range(3)] == [
            "processing",
            "processing",
            "completed",
        ]
        done = client.get(f"/api/jobs/{job['id']}", headers=headers).json
        assert (done["status"], done["progress_percent"]) == ("completed", 100)
        assert [item["status"] for item in done["renditions"]] == ["done", "done"]
        assert done["metrics"]["cpu_seconds"] == 9

    def test_a_job_has_every_field_of_the_contract(self, client, headers, video_id):
        job = request_job(client, headers, video_id).json
        assert set(job) == CONTRACT


class TestPublicRoutes:
    @pytest.mark.parametrize(
        ("values", "code"),
        [
            ({"output_formats": ["9K"]}, "unknown_format"),
            ({"output_formats": []}, "no_formats"),
            ({"nonsense": 1}, "validation_failed"),
            ({"priority": 11}, "validation_failed"),
            ({"rate_control": "magic"}, "validation_failed"),
            ({"output_formats": "720p"}, "validation_failed"),
        ],
    )
    def test_bad_requests_are_refused_with_a_code(self, client, headers, video_id, values, code):
        refused = request_job(client, headers, video_id, **values)
        assert (refused.status_code, refused.json["code"]) == (422, code)
        assert refused.content_type == "application/problem+json"

    def test_every_route_needs_a_sign_in(self, client, video_id):
        for answer in (
            client.get("/api/jobs"),
            client.get("/api/jobs/x"),
            client.post("/api/jobs", json={"video_id": video_id, "output_formats": ["720p"]}),
            client.post("/api/jobs/x/cancel"),
            client.post("/api/jobs/x/retry"),
        ):
            assert (answer.status_code, answer.json["code"]) == (401, "sign_in_needed")

    def test_another_users_job_is_not_found_by_any_route(self, client, headers, issuer, video_id):
        job_id = request_job(client, headers, video_id).json["id"]
        other_user = issuer.build_headers("user-2")
        answers = [client.get(f"/api/jobs/{job_id}", headers=other_user)]
        answers += [
            client.post(f"/api/jobs/{job_id}/{verb}", headers=other_user) for verb in ("cancel", "retry")
        ]
        assert [(answer.status_code, answer.json["code"]) for answer in answers] == [
            (404, "job_not_found")
        ] * 3

    def test_pages_follow_their_cursor(self, client, headers, video_id):
        made = [request_job(client, headers, video_id).json["id"] for _ in range(3)]
        first = client.get("/api/jobs?limit=2", headers=headers).json
        second = client.get(f"/api/jobs?limit=2&cursor={first['next_cursor']}", headers=headers).json
        assert [item["id"] for item in first["items"] + second["items"]] == made[::-1]
        assert second["next_cursor"] is None

    @pytest.mark.parametrize("query", ["limit=1000000", "limit=0", "status=lost", "cursor=%21%21", "x=1"])
    def test_bad_pages_are_refused(self, client, headers, query):
        assert client.get(f"/api/jobs?{query}", headers=headers).status_code == 422

    def test_cancel_and_retry(self, client, headers, video_id):
        job_id = request_job(client, headers, video_id).json["id"]
        cancelled = client.post(f"/api/jobs/{job_id}/cancel", headers=headers)
        assert (cancelled.status_code, cancelled.json["status"]) == (202, "cancelled")
        again = client.post(f"/api/jobs/{job_id}/cancel", headers=headers)
        assert (again.status_code, again.json["code"]) == (409, "job_finished")
        retried = client.post(f"/api/jobs/{job_id}/retry", headers=headers)
        assert (retried.status_code, retried.json["status"], retried.json["attempts"]) == (202, "pending", 2)

    def test_too_many_unfinished_jobs_are_refused(self, client, headers, video_id):
        for _ in range(3):
            request_job(client, headers, video_id)
        refused = request_job(client, headers, video_id)
        assert (refused.status_code, refused.json["code"]) == (429, "too_many_jobs")
        assert refused.headers["Retry-After"]

    def test_a_batch_is_answered_in_order(self, client, headers, stage):
        items = [
            {"video_id": stage.add_source(user_id=USER), "output_formats": ["720p"]},
            {"video_id": stage.add_source(user_id=USER), "output_formats": ["480p"], "priority": 3},
        ]
        answer = client.post("/api/jobs/batch", json={"items": items}, headers=headers)
        assert answer.status_code == 202
        assert [job["video_id"] for job in answer.json["items"]] == [item["video_id"] for item in items]
        assert {job["batch_id"] for job in answer.json["items"]} == {answer.json["batch_id"]}

    def test_the_jobs_of_a_batch_are_listed_by_its_id(self, client, headers, issuer, stage, video_id):
        request_job(client, headers, video_id)
        items = [{"video_id": video_id, "output_formats": [name]} for name in ("720p", "480p")]
        batch = client.post("/api/jobs/batch", json={"items": items}, headers=headers).json
        pages = [client.get(f"/api/jobs?batch_id={batch['batch_id']}&limit=1", headers=headers).json]
        pages.append(
            client.get(
                f"/api/jobs?batch_id={batch['batch_id']}&limit=1&cursor={pages[0]['next_cursor']}",
                headers=headers,
            ).json
        )
        assert {page["items"][0]["id"] for page in pages} == {job["id"] for job in batch["items"]}
        assert pages[1]["next_cursor"] is None
        nothing = {"items": [], "next_cursor": None}
        unknown = client.get(f"/api/jobs?batch_id={uuid.uuid4()}", headers=headers)
        others = client.get(f"/api/jobs?batch_id={batch['batch_id']}", headers=issuer.build_headers("user-2"))
        assert [(answer.status_code, answer.json) for answer in (unknown, others)] == [(200, nothing)] * 2

    def test_a_batch_has_at_most_a_hundred_items(self, client, headers, video_id):
        item = {"video_id": video_id, "output_formats": ["720p"]}
        assert (
            client.post("/api/jobs/batch", json={"items": [item] * 101}, headers=headers).status_code == 422
        )
        assert client.post("/api/jobs/batch", json={"items": []}, headers=headers).status_code == 422

    def test_without_an_events_process_a_stream_sends_the_state_and_the_browser_reconnects(
        self, client, headers, video_id
    ):
        job_id = request_job(client, headers, video_id).json["id"]
        answer = client.get(f"/api/jobs/{job_id}/events", headers=headers)
        assert answer.mimetype == "text/event-stream"
        assert answer.text.startswith("retry: 3000\n\nevent: state\ndata: {")
        client.post(f"/api/jobs/{job_id}/cancel", headers=headers)
        over = client.get(f"/api/jobs/{job_id}/events", headers={**headers, "Last-Event-ID": "1-0"})
        assert over.status_code == 204


class TestIdempotencyKey:
    def test_the_same_key_and_body_give_the_same_answer_and_one_job(self, client, headers, stage, video_id):
        first = request_job(client, headers, video_id, key="key-1")
        second = request_job(client, headers, video_id, key="key-1")
        assert (second.status_code, second.json) == (202, first.json)
        assert second.headers["Idempotent-Replayed"] == "true"
        assert len(stage.list_messages("task")) == 1

    def test_another_body_under_the_key_is_refused(self, client, headers, video_id):
        request_job(client, headers, video_id, key="key-1")
        refused = request_job(client, headers, video_id, key="key-1", priority=1)
        assert (refused.status_code, refused.json["code"]) == (422, "idempotency_key_reused")

    def test_a_key_belongs_to_its_user(self, client, headers, issuer, stage, video_id):
        request_job(client, headers, video_id, key="key-1")
        other = stage.add_source(user_id="user-2")
        made = request_job(client, issuer.build_headers("user-2"), other, key="key-1")
        assert made.json["video_id"] == other

    def test_a_key_belongs_to_its_route(self, client, headers, stage, video_id):
        one = request_job(client, headers, video_id, key="key-1").json
        body = {"items": [{"video_id": video_id, "output_formats": ["720p", "480p"]}]}
        batch = client.post("/api/jobs/batch", json=body, headers={**headers, "Idempotency-Key": "key-1"})
        assert batch.status_code == 202
        assert batch.json["items"][0]["id"] != one["id"]

    def test_a_refused_request_frees_its_key(self, client, headers, video_id):
        assert request_job(client, headers, video_id, key="key-1", output_formats=["9K"]).status_code == 422
        assert request_job(client, headers, video_id, key="key-1").status_code == 202

    @pytest.mark.parametrize("key", ["two words", "x" * 256, "ä"])
    def test_a_malformed_key_is_refused(self, client, headers, video_id, key):
        refused = request_job(client, headers, video_id, key=key.encode().decode("latin-1"))
        assert (refused.status_code, refused.json["code"]) == (422, "idempotency_key_invalid")

    def test_a_running_request_is_not_started_twice(self, app, headers, stage, video_id):
        """Eight at once create one job; the others are asked to retry."""
        answers = []
        start = threading.Barrier(8)

        def send():
            start.wait()
            for _ in range(20):  # a busy machine's database exceeds its budget: 503, send it again
                answer = request_job(app.test_client(), headers, video_id, key="key-1")
                answers.append(answer)
                if answer.status_code != 503:
                    return

        threads = [threading.Thread(target=send) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        codes = {(answer.status_code, answer.json.get("code")) for answer in answers}
        assert codes - {(503, "database_unavailable")} <= {(202, None), (409, "request_in_progress")}
        assert len(stage.list_messages("task")) == 1

    def test_a_killed_request_continues_under_its_key_without_a_second_job(
        self, app, client, headers, stage, video_id, monkeypatch
    ):
        """Killed after the job was created and before the answer was saved."""
        first = request_job(client, headers, video_id, key="key-1")
        with stage.database.begin() as connection:
            connection.exec_driver_sql(
                "update idempotency_keys set status = 'running', answer = null, answer_status = null,"
                " held_at = clock_timestamp()"
            )
        assert request_job(client, headers, video_id, key="key-1").json["code"] == "request_in_progress"
        keys = PostgresIdempotencyKeys
        read_clock = keys.read_clock
        later = lambda self: read_clock(self) + timedelta(minutes=2)  # noqa: E731
        monkeypatch.setattr(keys, "read_clock", later)
        again = request_job(client, headers, video_id, key="key-1")
        assert again.json["id"] == first.json["id"]
        assert len(stage.list_messages("task")) == 1


class TestTheTaskApi:
    def test_each_route_needs_a_service_token(self, app, client, headers):
        rules = [rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/internal/")]
        assert len(rules) >= 8
        for path in (rule.replace("<task_id>", "x") for rule in rules):
            for sent in ({}, headers, {HEADER: "x" * 40}):
                answer = client.post(path, json={}, headers=sent)
                assert (answer.status_code, answer.json["code"]) == (403, "service_token_needed"), path

    def test_its_refusals_match_the_contract(self, client, headers, stage, video_id):
        unknown = claim(client, str(uuid.uuid4()))
        assert (unknown.status_code, unknown.json["code"]) == (404, "task_not_found")
        request_job(client, headers, video_id)
        task_id = find_hint(stage)["task_id"]
        grant = claim(client, task_id).json
        leased = claim(client, task_id)
        assert (leased.status_code, leased.json["code"]) == (409, "nothing_due")
        proof = {"attempt": grant["attempt"], "lease_token": grant["lease_token"]}
        kept = client.post(f"/internal/tasks/{task_id}/heartbeat", json=proof, headers=SERVICE)
        assert kept.status_code == 200
        assert kept.json["leased_until"] >= grant["leased_until"]
        stale = {**proof, "lease_token": "other"}
        lost = client.post(f"/internal/tasks/{task_id}/heartbeat", json=stale, headers=SERVICE)
        assert (lost.status_code, lost.json["code"]) == (409, "lease_lost")
        stage.wait(10)  # the row takes a report every few seconds
        run = client.post(
            f"/internal/tasks/{task_id}/progress",
            json={**proof, "phase": "preparing", "percent": 50},
            headers=SERVICE,
        )
        assert run.status_code == 200
        job = client.get(f"/api/jobs/{grant['job_id']}", headers=headers).json
        assert (job["status"], job["phase"], job["progress_percent"]) == ("processing", "preparing", 2.5)
        failed = client.post(
            f"/internal/tasks/{task_id}/fail",
            json={
                **proof,
                "kind": "bad_input",
                "error": {"code": "source_changed", "message": "It changed.", "retryable": False},
            },
            headers=SERVICE,
        )
        assert failed.json == {"will_retry": False}
        job = client.get(f"/api/jobs/{grant['job_id']}", headers=headers).json
        assert (job["status"], job["error"]["code"]) == ("failed", "source_changed")
        finished = claim(client, task_id)
        assert (finished.status_code, finished.json["code"]) == (409, "task_finished")

    def test_segments_are_listed_with_the_lease_only(self, client, headers, stage, video_id):
        request_job(client, headers, video_id)
        processor = FakeProcessor(stage.ports)
        prepare = claim(client, find_hint(stage)["task_id"]).json
        processor.complete(ClaimGrant.model_validate(prepare))
        grant = processor.claim_next(prepare["job_id"])
        key = f"{grant.output_prefix}720p/00000.m4s"
        track = {
            "format": "720p",
            "init_key": f"{grant.output_prefix}720p/init.mp4",
            "segments": [{"key": key, "duration_seconds": 6, "size_bytes": 1}],
        }
        body = {"attempt": grant.attempt, "lease_token": grant.lease_token, "tracks": [track]}
        url = f"/internal/tasks/{grant.task_id}/segments"
        answer = client.post(url, json=body, headers=SERVICE)
        assert (answer.status_code, set(answer.json)) == (200, {"leased_until", "light_work_waits"})
        stale = client.post(url, json={**body, "lease_token": "other"}, headers=SERVICE)
        assert (stale.status_code, stale.json["code"]) == (409, "lease_lost")
        old_attempt = {**body, "attempt": grant.attempt + 1}
        stale = client.post(url, json=old_attempt, headers=SERVICE)
        assert (stale.status_code, stale.json["code"]) == (409, "lease_lost")

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"init_key": "videos/output/x/1/720p/init.mp4"}, "wrong_result"),
            ({"segments": [("videos/output/x/1/720p/00000.m4s", 6, 1)]}, "wrong_result"),
            ({"segments": [("{job}9/720p/00000.m4s", 6, 1)]}, "wrong_result"),
            ({"segments": [("{own}720p/00000.m4s", 6, 1), ("{own}480p/00001.m4s", 6, 1)]}, "wrong_result"),
            ({"segments": [("{own}720p/../720p/00000.m4s", 6, 1)]}, "wrong_result"),
            ({"segments": [("{own}720p/00000.m4s", 6, 0)]}, "wrong_result"),
            ({"segments": [("{own}720p/00000.m4s", -6, 1)]}, "wrong_result"),
            ({"format": "9K"}, "wrong_result"),
            ({"segments": [("{own}720p/00000.m4s", "x", 1)]}, "validation_failed"),
            ({"segments": [("{own}720p/00000.m4s", 6, 1.5)]}, "validation_failed"),
        ],
    )
    def test_segments_that_are_not_the_attempts_own_are_refused(
        self, client, headers, stage, video_id, change, code
    ):
        job_id = request_job(client, headers, video_id).json["id"]
        processor = FakeProcessor(stage.ports)
        processor.run_next(job_id)
        grant = processor.claim_next(job_id)
        own = grant.output_prefix
        job_prefix = own.removesuffix(f"{grant.attempt}/")
        track = {"format": "720p", "init_key": f"{own}720p/init.mp4", "segments": [], **change}
        track["segments"] = [
            {"key": key.format(own=own, job=job_prefix), "duration_seconds": seconds, "size_bytes": size}
            for key, seconds, size in track["segments"]
        ]
        body = {"attempt": grant.attempt, "lease_token": grant.lease_token, "tracks": [track]}
        wrong = client.post(f"/internal/tasks/{grant.task_id}/segments", json=body, headers=SERVICE)
        assert (wrong.status_code, wrong.json["code"]) == (422, code)
        with stage.ports.database.begin() as tx:
            assert tx.listed.find_reach(job_id) == {}

    def test_a_processor_without_room_is_asked_to_leave_the_message(self, client, headers, stage, video_id):
        request_job(client, headers, video_id)
        task_id = find_hint(stage)["task_id"]
        body = {"processor_id": "p-1", "dispatch": 1, "room_bytes": 1}
        refused = client.post(f"/internal/tasks/{task_id}/claim", json=body, headers=SERVICE)
        assert (refused.status_code, refused.json["code"]) == (409, "no_room")
        assert refused.json["retry_after_seconds"] > 0
        assert claim(client, task_id).json["attempt"] == 1

    def test_a_light_task_is_claimed_without_a_message(self, client, headers, stage, video_id):
        body = {"processor_id": "p-1", "claim_id": "c" * 32}
        refused = client.post("/internal/light-tasks/claim", json=body, headers=SERVICE)
        assert (refused.status_code, refused.json["code"]) == (409, "nothing_due")
        request_job(client, headers, stage.add_source(user_id=USER, seconds=3600))
        refused = client.post("/internal/light-tasks/claim", json=body, headers=SERVICE)
        assert (refused.status_code, refused.json["code"]) == (409, "nothing_due"), "a long film is not light"
        request_job(client, headers, video_id)
        granted = client.post("/internal/light-tasks/claim", json=body, headers=SERVICE)
        assert granted.json["job_id"] == client.get("/api/jobs", headers=headers).json["items"][0]["id"]
        assert (granted.json["is_light"], granted.json["input"]["kind"]) == (True, "prepare")
        proof = {name: granted.json[name] for name in ("attempt", "lease_token")}
        kept = client.post(
            f"/internal/tasks/{granted.json['task_id']}/heartbeat", json=proof, headers=SERVICE
        )
        assert kept.json["light_work_waits"] is False
        request_job(client, headers, stage.add_source(user_id=USER))
        stage.wait(LIGHT_WAIT_SECONDS)
        kept = client.post(
            f"/internal/tasks/{granted.json['task_id']}/heartbeat", json=proof, headers=SERVICE
        )
        assert kept.json["light_work_waits"] is True
        assert client.post("/internal/light-tasks/claim", json=body).status_code == 403

    def test_a_processor_reports_what_keeps_it_from_work(self, client):
        body = {"processor_id": "p-1", "waiting_for": "store", "reasons": ["store_unavailable"]}
        answer = client.post("/internal/processors", json=body, headers=SERVICE)
        assert (answer.status_code, answer.json) == (200, {"taken": True})
        assert client.post("/internal/processors", json=body).status_code == 403
        wrong = client.post("/internal/processors", json={**body, "waiting_for": "x"}, headers=SERVICE)
        assert (wrong.status_code, wrong.json["code"]) == (422, "validation_failed")

    def test_a_body_of_the_wrong_shape_is_refused(self, client):
        answer = client.post(
            "/internal/tasks/x/heartbeat", json={"attempt": 1, "lease_token": "a", "more": 1}, headers=SERVICE
        )
        assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")

    def test_the_result_of_a_long_film_fits(self, client):
        body = {"attempt": 1, "lease_token": "a", "result": {"kind": "encode", "padding": "x" * 3_000_000}}
        answer = client.post("/internal/tasks/x/complete", json=body, headers=SERVICE)
        assert answer.json["code"] == "validation_failed"
        assert client.post("/api/jobs", json={"padding": "x" * 3_000_000}).status_code == 413
