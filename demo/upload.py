"""Uploads a file to the object store through pre-signed part URLs and confirms it, as a browser does.

Parts start in order, four at a time, because the local store keeps parts that arrive early in memory.
A part that fails gets a new URL and is sent again; an upload that the store has lost starts over.
"""

import mimetypes
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import requests

from demo.api_client import ApiClient
from demo.errors import ApiError, DemoError

PARTS_IN_FLIGHT: Final = 4
_PARTS_PER_BATCH: Final = 100
_TRIES: Final = 4
_PART_SECONDS: Final = 300

OnBytes = Callable[[int], None]


class UploadLost(DemoError):
    """The store no longer knows an open upload; the local store forgets them when it stops."""


def upload_file(client: ApiClient, path: Path, *, on_bytes: OnBytes = lambda _count: None) -> str:
    """Send the file and return its `s3_key`. `on_bytes` gets the size of each finished part, from several
    threads. Raises ApiError (size, type, too many open uploads) and DemoError."""
    for remaining in reversed(range(_TRIES)):
        upload = _begin(client, path)
        try:
            _send_parts(client, path, upload=upload, on_bytes=on_bytes)
            return str(client.post(f"storage/uploads/{upload['id']}/complete")["s3_key"])
        except DemoError as fault:
            if not remaining or not _is_lost(fault):
                raise
    raise AssertionError("the last try returns or raises")


def confirm_upload(client: ApiClient, s3_key: str, *, title: str, **details: Any) -> dict[str, Any]:
    """Return the video made from the upload. Raises ApiError if the file is not a video."""
    video: dict[str, Any] = client.post("upload/confirm", {"s3_key": s3_key, "title": title, **details})
    return video


def _is_lost(fault: DemoError) -> bool:
    return isinstance(fault, UploadLost) or (isinstance(fault, ApiError) and fault.code == "upload_lost")


def _begin(client: ApiClient, path: Path) -> dict[str, Any]:
    upload: dict[str, Any] = client.post(
        "storage/uploads",
        {
            "filename": path.name,
            "content_type": mimetypes.guess_type(path.name)[0] or "application/octet-stream",
            "size_bytes": path.stat().st_size,
        },
    )
    return upload


def _send_parts(client: ApiClient, path: Path, *, upload: dict[str, Any], on_bytes: OnBytes) -> None:
    numbers = range(1, upload["part_count"] + 1)
    for first in range(0, len(numbers), _PARTS_PER_BATCH):
        batch = list(numbers[first : first + _PARTS_PER_BATCH])
        urls = _sign_parts(client, upload["id"], numbers=batch)

        def send(number: int, urls: dict[int, str] = urls) -> None:
            part = _read_part(path, number=number, part_size_bytes=upload["part_size_bytes"])
            _send_part(client, upload["id"], number=number, url=urls[number], part=part)
            on_bytes(len(part))

        # the executor hands out work in the order of submission, so parts start in order
        with ThreadPoolExecutor(PARTS_IN_FLIGHT) as workers:
            for done in [workers.submit(send, number) for number in batch]:
                done.result()


def _sign_parts(client: ApiClient, upload_id: str, *, numbers: list[int]) -> dict[int, str]:
    signed = client.post(f"storage/uploads/{upload_id}/parts", {"part_numbers": numbers})
    return {part["part_number"]: part["url"] for part in signed["parts"]}


def _read_part(path: Path, *, number: int, part_size_bytes: int) -> bytes:
    with path.open("rb") as file:
        file.seek((number - 1) * part_size_bytes)
        return file.read(part_size_bytes)


def _send_part(client: ApiClient, upload_id: str, *, number: int, url: str, part: bytes) -> None:
    """Try four times; the store may refuse a URL because it expired, so each retry gets a new one."""
    reason = ""
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(random.uniform(0, 2**attempt / 2))  # noqa: S311 - spreads retries, hides nothing
            url = _sign_parts(client, upload_id, numbers=[number])[number]
        try:
            answer = client.http.put(url, data=part, timeout=_PART_SECONDS)
        except requests.RequestException as error:
            reason = type(error).__name__
            continue
        if answer.ok:
            return
        if answer.status_code == 404:
            raise UploadLost("The store lost the upload.")
        reason = f"status {answer.status_code}"
    raise DemoError(f"The store did not take part {number} in {_TRIES} tries ({reason}).")
