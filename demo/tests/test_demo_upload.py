"""The demo's uploads: complete, in order, and with retries of parts that the store refuses."""

from types import SimpleNamespace

import pytest

from demo import upload
from demo.errors import ApiError, DemoError
from demo.upload import upload_file

PART_BYTES = 4


class MemoryStore:
    """Stands in for the API and the store: takes parts, and refuses those in `refusals`."""

    def __init__(self, *, refusals: dict[int, int] | None = None, lost_uploads: int = 0) -> None:
        self.parts: dict[int, bytes] = {}
        self.started_uploads = 0
        self._refusals = dict(refusals or {})
        self._lost_uploads = lost_uploads
        self.http = SimpleNamespace(put=self._put)

    def post(self, path: str, body: dict | None = None) -> dict:
        if path == "storage/uploads":
            self.started_uploads += 1
            self.parts.clear()
            count = -(-body["size_bytes"] // PART_BYTES)
            return {"id": "u", "part_size_bytes": PART_BYTES, "part_count": count}
        if path.endswith("/parts"):
            if self.started_uploads <= self._lost_uploads:
                raise ApiError({"code": "upload_lost"}, status=409)
            return {"parts": [{"part_number": n, "url": str(n)} for n in body["part_numbers"]]}
        return {"s3_key": "users/a/uploads/u/source.mp4"}

    def _put(self, url: str, *, data: bytes, timeout: float) -> SimpleNamespace:
        number = int(url)
        if self._refusals.get(number, 0):
            self._refusals[number] -= 1
            return SimpleNamespace(ok=False, status_code=403)
        self.parts[number] = data
        return SimpleNamespace(ok=True, status_code=200)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(upload, "time", SimpleNamespace(sleep=lambda _seconds: None))


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(bytes(range(250)) * 4)
    return path


def join(store: MemoryStore) -> bytes:
    return b"".join(store.parts[number] for number in sorted(store.parts))


def test_a_file_with_more_parts_than_one_batch_arrives_whole(film):
    store, heard = MemoryStore(), []
    assert upload_file(store, film, on_bytes=heard.append) == "users/a/uploads/u/source.mp4"
    assert join(store) == film.read_bytes()
    assert sum(heard) == film.stat().st_size


def test_a_part_that_was_refused_is_signed_and_sent_again(film):
    store = MemoryStore(refusals={1: 3, 250: 1})
    upload_file(store, film)
    assert join(store) == film.read_bytes()


def test_a_part_that_is_always_refused_fails_the_upload(film):
    with pytest.raises(DemoError, match=r"part 7 in 4 tries \(status 403\)"):
        upload_file(MemoryStore(refusals={7: 99}), film)


def test_an_upload_that_the_store_lost_starts_over(film):
    store = MemoryStore(lost_uploads=1)
    upload_file(store, film)
    assert (store.started_uploads, join(store)) == (2, film.read_bytes())
