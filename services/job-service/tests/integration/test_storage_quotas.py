"""Quotas of one user, and of all users together, with the real database and the real store."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import delete, insert, update
from sqlalchemy.engine import Connection

from job_service.platform.tables import MediaAssetRow, UploadRow
from job_service.quotas.store import PostgresUsage
from job_service.testing.auth import TokenIssuer
from job_service.uploads.parts import MIB
from job_service.web.services import EXTENSION
from tests.servers.fixtures import ObjectStore

pytestmark = pytest.mark.integration

USER, OTHER = str(uuid.uuid4()), str(uuid.uuid4())
FILE = {"filename": "cat.mp4", "content_type": "video/mp4", "size_bytes": 1000}


class Api:
    def __init__(self, app: Flask, issuer: TokenIssuer) -> None:
        self.app = app
        self._issuer = issuer

    def call(
        self, method: str, path: str, body: Any = None, *, user_id: str = USER, groups: Any = None
    ) -> Any:
        headers = self._issuer.build_headers(user_id, **({"groups": groups} if groups else {}))
        return self.app.test_client().open(f"/api/{path}", method=method, json=body, headers=headers)

    def start(self, size_bytes: int = 1000, *, user_id: str = USER, path: str = "storage/uploads") -> Any:
        return self.call("POST", path, {**FILE, "size_bytes": size_bytes}, user_id=user_id)

    def read_usage(self, user_id: str = USER) -> dict[str, dict[str, int | None]]:
        answer = self.call("GET", "storage/usage", user_id=user_id)
        assert answer.status_code == 200
        usage: dict[str, dict[str, int | None]] = answer.get_json()
        return usage

    def begin(self) -> Any:
        return self.app.extensions[EXTENSION].platform.database.begin()


@pytest.fixture
def start_api(
    start_app: Callable[..., Flask], store_keys: ObjectStore, issuer: TokenIssuer
) -> Callable[..., Api]:
    def start(**settings: Any) -> Api:
        app = start_app(
            aws_endpoint_url_s3=store_keys.endpoint_url, s3_bucket_name=store_keys.bucket, **settings
        )
        return Api(app, issuer)

    return start


def add_asset(transaction: Connection, *, kind: str = "source", size_bytes: int = 1000, **values: Any) -> str:
    asset_id = str(uuid.uuid4())
    row = {"id": asset_id, "video_id": asset_id, "user_id": USER, "kind": kind, "s3_key": asset_id}
    transaction.execute(insert(MediaAssetRow).values(**row | {"size_bytes": size_bytes} | values))
    return asset_id


@pytest.mark.parametrize(
    ("settings", "status", "code"),
    [
        ({"max_open_uploads": 2}, 409, "too_many_open_uploads"),
        ({"max_unconfirmed_bytes": 2500}, 409, "upload_quota_reached"),
        ({"max_stored_bytes": 2500}, 409, "storage_quota_reached"),
        ({"max_open_uploads_total": 2}, 503, "uploads_full"),
        ({"max_unconfirmed_bytes_total": 2500}, 503, "uploads_full"),
        ({"max_stored_bytes_total": 2500}, 503, "storage_full"),
    ],
)
@pytest.mark.parametrize("path", ["storage/uploads", "storage/upload-url"])
def test_an_upload_beyond_a_limit_is_refused_and_an_aborted_one_frees_its_quota(
    start_api: Callable[..., Api], settings: dict[str, int], status: int, code: str, path: str
) -> None:
    api = start_api(**settings)
    # Limits for all users count what others have, limits per user do not.
    holder = OTHER if status == 503 else USER
    first = api.start(user_id=holder, path=path).get_json()["id"]
    assert api.start(user_id=holder, path=path).status_code == 201
    refused = api.start(path=path)
    assert (refused.status_code, refused.get_json()["code"]) == (status, code)
    if status == 503:
        assert int(refused.headers["Retry-After"]) > 0
    else:
        assert api.start(user_id=OTHER, path=path).status_code == 201
    assert api.call("DELETE", f"storage/uploads/{first}", user_id=holder).status_code == 204
    assert api.start(path=path).status_code == 201


def test_what_a_user_has_stored_counts_against_the_next_upload(start_api: Callable[..., Api]) -> None:
    api = start_api(max_stored_bytes=3000)
    with api.begin() as connection:
        add_asset(connection, size_bytes=2500)
    assert api.start(501).get_json()["code"] == "storage_quota_reached"
    assert api.start(501).get_json()["limit_bytes"] == 3000
    assert api.start(500).status_code == 201


def test_a_completed_unconfirmed_upload_still_counts_against_the_quota(start_api: Callable[..., Api]) -> None:
    api = start_api(max_open_uploads=1)
    upload_id = api.start().get_json()["id"]
    with api.begin() as connection:
        connection.execute(update(UploadRow).where(UploadRow.id == upload_id).values(status="completed"))
    assert api.start().get_json()["code"] == "too_many_open_uploads"
    assert api.read_usage()["unconfirmed_bytes"]["used"] == 1000


def test_a_limit_of_zero_means_no_limit(start_api: Callable[..., Api]) -> None:
    names = ("max_open_uploads", "max_unconfirmed_bytes", "max_stored_bytes")
    api = start_api(**dict.fromkeys(names, 0), **{f"{name}_total": 0 for name in names})
    assert [api.start(10**9).status_code for _ in range(25)] == [201] * 25
    assert [api.read_usage()[name[4:]]["limit"] for name in names] == [None] * 3


def test_bytes_are_granted_once_even_for_simultaneous_requests(start_api: Callable[..., Api]) -> None:
    api = start_api(max_unconfirmed_bytes=3000)
    with ThreadPoolExecutor(max_workers=8) as pool:
        statuses = list(pool.map(lambda _: api.start().status_code, range(8)))
    assert sorted(statuses) == [201] * 3 + [409] * 5


def test_usage_shows_the_figures_and_the_limits(start_api: Callable[..., Api]) -> None:
    api = start_api(max_stored_bytes=10_000, max_open_uploads=7, max_stored_bytes_total=50_000)
    with api.begin() as connection:
        add_asset(connection, size_bytes=3000)
        add_asset(connection, size_bytes=50, user_id=OTHER)
    api.start(200)
    assert api.read_usage() == {
        "stored_bytes": {"used": 3000, "limit": 10_000},
        "unconfirmed_bytes": {"used": 200, "limit": 200 * 1024**3},
        "open_uploads": {"used": 1, "limit": 7},
        "unfinished_jobs": {"used": 0, "limit": 200},
        "event_streams": {"used": None, "limit": 20},
    }
    assert api.call("GET", "admin/usage").status_code == 403
    of_all = api.call("GET", "admin/usage", groups=["admin"]).get_json()
    assert of_all["stored_bytes"] == {"used": 3050, "limit": 50_000}


def test_the_sum_of_stored_bytes_follows_every_change_of_the_assets(start_api: Callable[..., Api]) -> None:
    api = start_api()

    def read() -> int:
        with api.begin() as connection:
            return PostgresUsage(connection).read(user_id=USER).stored_bytes

    with api.begin() as connection:
        source = add_asset(connection, size_bytes=1000)
        add_asset(connection, kind="rendition", size_bytes=300, detail={"mp4_size_bytes": 310})
        add_asset(connection, kind="images", size_bytes=0, detail={"thumbnail_key": "t.jpg"})
    assert read() == 1610
    with api.begin() as connection:
        connection.execute(update(MediaAssetRow).where(MediaAssetRow.id == source).values(size_bytes=900))
    assert read() == 1510
    with pytest.raises(RuntimeError), api.begin() as connection:
        add_asset(connection, size_bytes=10**6)
        raise RuntimeError
    assert read() == 1510
    with api.begin() as connection:
        connection.execute(delete(MediaAssetRow).where(MediaAssetRow.user_id == USER))
    assert read() == 0


def test_two_transactions_of_one_user_do_not_wait_for_each_other_before_they_commit(
    start_api: Callable[..., Api],
) -> None:
    """The counter is locked at commit: otherwise the second would wait for the first forever."""
    api = start_api()
    with api.begin() as first, api.begin() as second:
        add_asset(first)
        add_asset(second)
    assert api.read_usage()["stored_bytes"]["used"] == 2000


def test_a_signed_part_accepts_exactly_its_own_size(start_api: Callable[..., Api]) -> None:
    """Parts that are never completed take up storage too, and no listing of objects shows them."""
    api = start_api()
    upload = api.start(8 * MIB + 10).get_json()
    answer = api.call("POST", f"storage/uploads/{upload['id']}/parts", {"part_numbers": [1, 2]})
    urls = [part["url"] for part in answer.get_json()["parts"]]
    assert requests.put(urls[1], data=b"x" * 11, timeout=30).status_code in {400, 403}
    assert requests.put(urls[1], data=b"x" * 10, timeout=30).status_code == 200
    assert requests.put(urls[0], data=b"x" * (9 * MIB), timeout=30).status_code in {400, 403}
    assert requests.put(urls[0], data=b"x" * (8 * MIB), timeout=30).status_code == 200
    assert api.call("DELETE", f"storage/uploads/{upload['id']}").status_code == 204
