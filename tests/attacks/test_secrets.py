"""Whatever a user shows the services, their logs do not."""

import pytest

from tests.conftest import PASSWORD
from tests.e2e.film import SAMPLE, make_video, transcode

pytestmark = pytest.mark.e2e

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
    import json

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
