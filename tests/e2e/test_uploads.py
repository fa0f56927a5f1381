"""Uploads arrive complete, under their own key, and only while the URL is valid."""

import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from demo.upload import upload_file
from infra.local.processes.services import build_aws_access
from infra.local.provisioning.generated_secrets import load_or_make_secrets
from tests.conftest import UPLOAD_URL_SECONDS

pytestmark = pytest.mark.e2e

BODY = b"\0" * 1000
FILE = {"filename": "film.mp4", "content_type": "video/mp4", "size_bytes": len(BODY)}


def put(client, grant, *, url=None, body=BODY):
    return client.http.put(url or grant["url"], data=body, headers=grant["headers"], timeout=30)


def read_object_hash(stack, key):
    """Download an object with the store's key, and return its SHA-256."""
    access = build_aws_access(stack.settings, secrets=load_or_make_secrets(stack.settings.state_dir))
    digest = hashlib.sha256()
    with closing(access.client("s3")) as s3:
        body = s3.get_object(Bucket=stack.settings.s3_bucket_name, Key=key)["Body"]
        for block in body.iter_chunks(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def make_file(path, *, size_bytes):
    """Write random bytes, and return their SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for start in range(0, size_bytes, 1 << 20):
            block = os.urandom(min(1 << 20, size_bytes - start))
            file.write(block)
            digest.update(block)
    return digest.hexdigest()


def test_an_upload_url_ends_when_it_says(client):
    grant = client.post("storage/upload-url", FILE)
    time.sleep(UPLOAD_URL_SECONDS + 2)
    refused = put(client, grant)
    assert refused.status_code in {400, 403}
    assert "AccessDenied" in refused.text


def test_an_upload_url_is_for_its_own_key_alone(client):
    first, second = (client.post("storage/upload-url", FILE) for _ in range(2))
    stolen = first["url"].replace(first["s3_key"].split("/")[3], second["s3_key"].split("/")[3])
    assert stolen != first["url"]
    assert put(client, first, url=stolen).status_code == 403
    assert put(client, first).status_code == 200


def test_an_upload_url_takes_the_announced_size_alone(client):
    grant = client.post("storage/upload-url", FILE)
    assert put(client, grant, body=BODY * 2).status_code == 403


def test_a_large_upload_by_four_workers_arrives_whole_beside_three_others(stack, sign_up, tmp_path):
    sizes_bytes = [200_000_000, 20_000_000, 20_000_000, 9_000_000]
    files = [tmp_path / f"film-{index}.mp4" for index in range(len(sizes_bytes))]
    hashes = [make_file(path, size_bytes=size) for path, size in zip(files, sizes_bytes, strict=True)]
    clients = [sign_up() for _ in files]
    with ThreadPoolExecutor(len(files)) as people:
        keys = list(people.map(upload_file, clients, files))
    assert [read_object_hash(stack, key) for key in keys] == hashes
