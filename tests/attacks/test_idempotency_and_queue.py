"""F06, A23: a key belongs to its user and has one effect; a forged message has none."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from uuid import uuid4

import pytest

from tests.attacks.kit.people import UNKNOWN_ID, read_problem
from tests.e2e.film import SAMPLE, make_video, transcode

pytestmark = [pytest.mark.e2e, pytest.mark.attacks]


def request_job(client, video, *, key, formats=("480p",)):
    body = {"video_id": video["id"], "output_formats": list(formats)}
    return client.send("POST", "jobs", json=body, headers={"Idempotency-Key": key})


def test_a_key_of_somebody_else_shows_and_stops_nothing(somebody):
    first, second = somebody(), somebody()
    videos = [make_video(client, SAMPLE) for client in (first, second)]
    key = str(uuid4())
    answers = [
        request_job(client, video, key=key) for client, video in zip((first, second), videos, strict=True)
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    jobs = [answer.json() for answer in answers]
    assert jobs[0]["id"] != jobs[1]["id"]
    assert jobs[1]["user_id"] == second.user["id"]
    assert not [answer for answer in answers if "Idempotent-Replayed" in answer.headers]
    for client, job in zip((first, second), jobs, strict=True):
        client.post(f"jobs/{job['id']}/cancel")


def test_twelve_requests_at_once_with_one_key_are_one_job(somebody):
    client = somebody()
    video, key = make_video(client, SAMPLE), str(uuid4())
    with ThreadPoolExecutor(12) as hands:
        asked = [hands.submit(request_job, client, video, key=key) for _ in range(12)]
    answers = [hand.result() for hand in asked]
    statuses = {answer.status_code for answer in answers}
    assert statuses <= {202, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 202}) == 1
    [job] = client.get("jobs")["items"]
    again = request_job(client, video, key=key)
    assert (again.json()["id"], again.headers["Idempotent-Replayed"]) == (job["id"], "true")
    other = request_job(client, video, key=key, formats=("720p",))
    assert read_problem(other) == (422, "idempotency_key_reused")
    client.post(f"jobs/{job['id']}/cancel")


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ä", "a\tb"])
def test_a_key_that_is_none_is_refused_and_nothing_done(owner, belongings, key):
    answer = owner.send(
        "POST",
        "jobs",
        json={"video_id": belongings.video["id"], "output_formats": ["480p"]},
        headers={"Idempotency-Key": key.encode("latin-1")},
    )
    assert read_problem(answer) in {(422, "idempotency_key_invalid"), (400, "bad_request")}
    assert [job["id"] for job in owner.get("jobs", video_id=belongings.video["id"])["items"]] == [
        belongings.job["id"]
    ]


FORGED = {
    "no JSON": "}{",
    "nothing known": json.dumps({"task_id": UNKNOWN_ID, "dispatch": 1}),
    "a path for an id": json.dumps({"task_id": "../../videos/x", "dispatch": 1}),
    "another version's field": json.dumps({"task_id": UNKNOWN_ID, "dispatch": 1, "command": "rm -rf /"}),
    "a dispatch of text": json.dumps({"task_id": UNKNOWN_ID, "dispatch": "1; DROP TABLE jobs"}),
    "a list": "[]",
    "200 KB": json.dumps({"task_id": "x" * 200_000, "dispatch": 1}),
}


def test_a_forged_message_does_nothing_and_stops_nobody(aws, stack, somebody, owner, belongings):
    """An attacker who could write to the queue, which is not possible from outside, achieves
    nothing: it is only a hint."""
    task_hint = {"task_id": belongings.job["id"], "dispatch": 99}
    with closing(aws.client("sqs")) as sqs:
        name = next(
            url for url in sqs.list_queues()["QueueUrls"] if url.endswith(".fifo") and "dead" not in url
        )
        for body in [*FORGED.values(), json.dumps(task_hint)]:
            sqs.send_message(
                QueueUrl=name,
                MessageBody=body,
                MessageGroupId=str(uuid4()),
                MessageDeduplicationId=str(uuid4()),
            )
    client = somebody()
    job = transcode(client, make_video(client, SAMPLE), formats=["480p"])
    assert job["attempts"] == 1
    assert owner.get(f"jobs/{belongings.job['id']}") == belongings.job
