"""The process as it runs: gunicorn, PostgreSQL, Redis, a key set over HTTP, real tokens."""

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jose import jwk, jwt
from sqlalchemy import make_url

from tests.servers.ports import find_free_ports
from videoforge.service_tokens import HEADER

pytestmark = pytest.mark.integration

SERVICE_TOKEN, CLIENT_ID, ISSUER = "s" * 40, "client", "https://issuer.example/pool"
ANNA = str(uuid.uuid4())


@pytest.fixture(scope="module")
def private_key() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


@pytest.fixture
def key_set_url(private_key: bytes) -> Iterator[str]:
    public = jwk.construct(private_key.decode(), "RS256").public_key().to_dict()
    document = json.dumps({"keys": [public | {"kid": "one", "use": "sig"}]}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(document)

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/keys"
        server.shutdown()


@pytest.fixture
def service(gallery_url: str, redis_server: Any, key_set_url: str, tmp_path: Path) -> Iterator[Any]:
    """Yields (address, private address); SIGTERM has to end it cleanly."""
    database, (port, private_port) = make_url(gallery_url), find_free_ports(2)
    environment = {
        "PATH": os.environ["PATH"],
        "SERVER_PORT": str(port),
        "PRIVATE_PORT": str(private_port),
        "DB_HOST": str(database.host),
        "DB_PORT": str(database.port),
        "DB_NAME": str(database.database),
        "DB_USER": str(database.username),
        "DB_PASSWORD": str(database.password),
        "REDIS_HOST": redis_server.host,
        "REDIS_PORT": str(redis_server.port),
        "SERVICE_TOKENS": SERVICE_TOKEN,
        "COGNITO_USER_POOL_ID": "pool",
        "COGNITO_CLIENT_ID": CLIENT_ID,
        "COGNITO_ISSUER": ISSUER,
        "COGNITO_JWKS_URL": key_set_url,
        "TMPDIR": str(tmp_path),
    }
    command = ["-m", "gunicorn", "-c", "python:gallery_service.gunicorn_web"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, *command, "gallery_service.app:create_app()"],
            env=environment,
            stdout=log,
            stderr=log,
        )
    left = tmp_path / "videoforge-metrics-a1b2c3d4"
    left.mkdir()
    (left / ".owner").touch()
    addresses = (f"http://127.0.0.1:{port}", f"http://127.0.0.1:{private_port}")
    try:
        deadline = time.monotonic() + 20
        while not _answers(addresses[1]):
            assert process.poll() is None and time.monotonic() < deadline, (tmp_path / "log").read_text()
            time.sleep(0.1)
        assert not left.exists()
        yield addresses
    finally:
        process.terminate()
        assert process.wait(timeout=25) == 0, (tmp_path / "log").read_text()
    assert not list(tmp_path.glob("videoforge-metrics-*"))
    for line in (tmp_path / "log").read_text().splitlines():
        assert json.loads(line)["service"] == "gallery-service"


def _answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/health", timeout=1).status_code == 200
    except requests.RequestException:
        return False


def build_token(private_key: bytes, **changes: Any) -> str:
    now = int(time.time())
    claims = {
        "sub": ANNA,
        "iss": ISSUER,
        "client_id": CLIENT_ID,
        "token_use": "access",
        "iat": now,
        "exp": now + 600,
    }
    return str(jwt.encode(claims | changes, private_key.decode(), "RS256", headers={"kid": "one"}))


def test_a_video_goes_from_draft_to_the_public_list(service: Any, private_key: bytes) -> None:
    address, private = service
    as_service = {HEADER: SERVICE_TOKEN}
    as_anna = as_service | {"Authorization": f"Bearer {build_token(private_key)}"}
    video_id = str(uuid.uuid4())
    draft = {
        "id": video_id,
        "title": "Bunny",
        "original_filename": "bunny.mp4",
        "content_type": "video/mp4",
        "s3_key": f"users/{ANNA}/uploads/{uuid.uuid4()}/source.mp4",
        "thumbnail_key": None,
        "duration_seconds": 60,
        "width": 640,
        "height": 360,
        "resolution": "640x360",
        "video_codec": "h264",
        "audio_codec": None,
        "frame_rate": "25/1",
        "container": "mov",
        "file_size_bytes": 1000,
        "description": "",
        "tags": [],
        "visibility": "public",
    }
    assert requests.post(f"{address}/internal/videos", json=draft, headers=as_anna).status_code == 201
    publication = {
        "job_id": "job-1",
        "renditions": [
            {"format": "480p", "width": 640, "height": 360, "bitrate_bps": 10**6, "size_bytes": 10**6}
        ],
    }
    published = requests.post(
        f"{address}/internal/videos/{video_id}/publish", json=publication, headers=as_service
    )
    assert published.status_code == 204
    for _ in range(10):
        found = requests.get(f"{address}/api/gallery/videos?q=bun", headers=as_service).json()
        assert [item["id"] for item in found["items"]] == [video_id]
    forged = build_token(private_key, client_id="another")
    refused = requests.get(
        f"{address}/api/gallery/videos", headers=as_service | {"Authorization": f"Bearer {forged}"}
    )
    assert refused.status_code == 401
    ready = requests.get(f"{address}/ready").json()
    assert [check["ok"] for check in ready["checks"].values()] == [True, True]
    # Ten requests over two workers: only their sum is ten.
    line = 'videoforge_http_request_seconds_count{method="GET",route="/api/gallery/videos",status="200"} 10.0'
    assert line in requests.get(f"{private}/metrics").text


def test_the_longest_search_and_cursor_fit_into_the_request_line(service: Any) -> None:
    longest = {"q": "🎬" * 200, "cursor": "x" * 2000}  # 4.4 KB; gunicorn's own limit is 4094
    answer = requests.get(f"{service[0]}/api/gallery/videos", params=longest, headers={HEADER: SERVICE_TOKEN})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")
