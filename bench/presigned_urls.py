"""Measure the server's cost of a pre-signed URL: `python -m bench.presigned_urls`.

Signing contacts no server, so none is needed. Prints the median and the 95th percentile in
microseconds of one PUT, one part and one GET with a reused client, and for comparison with a new
client for each URL. Exits 1 if a reused client's p95 reaches LIMIT_MS.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Final

from job_service.platform.s3_object_store import S3ObjectStore

LIMIT_MS: Final = 1.0
_ROUNDS: Final = 1000
_NEW_CLIENT_ROUNDS: Final = 20
_KEY: Final = "users/0/uploads/00000000-0000-0000-0000-000000000000/source.mp4"


def measure_us(call: Callable[[], object], *, rounds: int) -> list[float]:
    """Return the microseconds of each call."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1e6)
    return times


def make_store() -> S3ObjectStore:
    return S3ObjectStore("bench", region="us-east-1", endpoint_url="http://127.0.0.1:9000")


def main() -> int:
    os.environ |= {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
    store = make_store()
    kept: dict[str, Callable[[], object]] = {
        "PUT": lambda: store.sign_put(_KEY, content_type="video/mp4", size_bytes=1, seconds=900),
        "part": lambda: store.sign_part(_KEY, upload_id="upload", part_number=1, size_bytes=1, seconds=900),
        "GET": lambda: store.sign_get(_KEY, seconds=900, content_type="video/mp4"),
    }
    is_slow = False
    for name, call in kept.items():
        call()
        times = measure_us(call, rounds=_ROUNDS)
        p95 = statistics.quantiles(times, n=20)[-1]
        is_slow |= p95 >= LIMIT_MS * 1000
        print(f"{name:12} kept client   median {statistics.median(times):8.0f} µs   p95 {p95:8.0f} µs")
    times = measure_us(lambda: make_store().sign_get(_KEY, seconds=900), rounds=_NEW_CLIENT_ROUNDS)
    print(f"{'GET':12} new client    median {statistics.median(times):8.0f} µs")
    return 1 if is_slow else 0


if __name__ == "__main__":
    sys.exit(main())
