"""A25: secrets that users send, and the services' own, are never shown to anyone."""

import json
from dataclasses import asdict

import pytest

from infra.local.provisioning.bootstrap import find_credentials
from tests.conftest import PASSWORD
from tests.e2e.film import SAMPLE, make_video, transcode

pytestmark = [pytest.mark.e2e, pytest.mark.attacks]

CANARY_TITLE = "a-title-is-no-secret-but-file-content-is"


def test_no_log_holds_a_password_a_token_or_a_signature(stack, client, tmp_path):
    film = tmp_path / "film.mp4"
    film.write_bytes(SAMPLE.read_bytes() + b"\0\0\0\x28freecanary-in-the-file-content-----")
    video = make_video(client, film)
    transcode(client, video, formats=["480p"])
    stream = client.get(f"stream/{video['id']}")
    token = client.build_headers()["Authorization"].split()[1]
    grant = client.post(
        "storage/upload-url", {"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": 10}
    )
    signature = grant["url"].rpartition("X-Amz-Signature=")[2].partition("&")[0]
    client.send("POST", "auth/login", json={"email": client.user["email"], "password": "Canary-Wrong-8"})
    client.send("GET", f"jobs?access_token={token}")
    canaries = {
        "password": PASSWORD,
        "wrong password": "Canary-Wrong-8",
        "token": token,
        "token's signature": token.rpartition(".")[2],
        "signed URL": signature,
        "playback token": stream["hls_url"].split("/media/")[1].split("/")[0],
        "file content": "canary-in-the-file-content",
    }
    logs = {path.name: path.read_text(errors="replace") for path in stack.settings.log_dir.glob("*.log*")}
    assert len(logs) >= 9
    found = [
        (name, what) for name, text in logs.items() for what, canary in canaries.items() if canary in text
    ]
    assert not found


def test_every_line_of_the_services_is_json_of_one_shape(stack, client):
    client.get("jobs")
    for name in ("job-service", "events", "relay", "gallery", "processor-1", "processor-2"):
        for line in (stack.settings.log_dir / f"{name}.log").read_text().splitlines():
            assert set(json.loads(line)) == {
                "timestamp",
                "level",
                "service",
                "category",
                "message",
                "context",
            }, f"{name}: {line[:300]}"


#: Requests whose refusal might echo what was sent.
TELLING = (
    ("POST", "auth/login", {"email": "a@b", "password": ["{canary}"]}),
    ("POST", "auth/login", {"email": "{canary}", "password": "x"}),
    ("POST", "auth/register", {"email": "a@example.com", "password": "{canary}", "x": "{canary}"}),
    ("POST", "auth/refresh", {"refresh_token": "{canary}"}),
    ("POST", "auth/mfa", {"email": "a@b", "session": "{canary}", "code": "{canary}"}),
    ("POST", "auth/reset-password", {"email": "a@b", "code": "{canary}", "new_password": "{canary}"}),
    ("GET", "jobs?cursor={canary}", None),
    ("GET", "jobs?access_token={canary}", None),
    ("GET", "gallery/videos/{canary}", None),
)


def test_no_secret_of_the_stack_is_in_a_log_an_error_or_the_client(stack, secrets, nobody, owner):
    canary = "Canary-Secret-9"
    refusals = []
    for method, path, body in TELLING:
        text = json.dumps(body).replace("{canary}", canary) if body else None
        headers = {"Content-Type": "application/json"}
        path = path.replace("{canary}", canary)
        for client in (nobody, owner):
            answer = client.send(method, path, data=text, headers=headers)
            assert 400 <= answer.status_code < 500
            refusals.append(answer.text)
    assert not [text for text in refusals if canary in text]
    people = find_credentials(stack.settings)
    assert people
    hidden = [*asdict(secrets).values(), *(person["password"] for person in people.values())]
    shown = {path.name: path.read_text(errors="replace") for path in stack.settings.log_dir.glob("*.log*")}
    built = [
        path for path in stack.settings.client_root.rglob("*") if path.suffix in {".js", ".json", ".html"}
    ]
    shown |= {path.name: path.read_text(errors="replace") for path in built}
    shown["refusals"] = "\n".join(refusals)
    assert not [(name, text[:4]) for name, content in shown.items() for text in hidden if text in content]
