"""Classifies the object store's errors by what they affect: one object, one request, or all
requests (no answer, wrong keys, no bucket). The last kind costs a task no try."""

import errno
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError

from video_processor.domain.machine import explain_os_error
from video_processor.errors import ObjectChanged, ObjectMissing, ProcessorError, StoreAway, StoreFailed
from videoforge.problem_codes import Code

_MISSING_CODES: Final = {"404", "NoSuchKey", "NotFound", "NoSuchVersion"}
#: The store does not know our keys or bucket, or rejects our clock: no task can do anything about
#: it.
_DENIED_CODES: Final = {
    "403",
    "AccessDenied",
    "AccountProblem",
    "AllAccessDisabled",
    "ExpiredToken",
    "Forbidden",
    "InvalidAccessKeyId",
    "InvalidToken",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
}
#: The store answers and asks for a retry. An upload that it no longer knows was lost when it
#: restarted.
_BUSY_CODES: Final = {
    "BandwidthLimitExceeded",
    "BadDigest",
    "IncompleteBody",
    "InternalError",
    "NoSuchUpload",
    "OperationAborted",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
}
_NETWORK_ERRORS: Final = {errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH}


@contextmanager
def translate_errors(key: str) -> Iterator[None]:
    """Raise the vendor's errors as ours; botocore's retries are over by now. `key` is the
    object's."""
    try:
        yield
    except ClientError as error:
        raise _explain(error, key=key) from error
    except (BotoCoreError, aiohttp.ClientError, TimeoutError, ConnectionError, ssl.SSLError) as error:
        raise StoreAway(Code.store_unavailable, "The object store does not answer.") from error
    except OSError as error:
        if error.errno in _NETWORK_ERRORS:
            raise StoreAway(Code.store_unavailable, "The object store cannot be reached.") from error
        raise explain_os_error(error) from error


def _explain(error: ClientError, *, key: str) -> ProcessorError:
    """Return the error for a refusal that affects this object, this request, or all requests."""
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _MISSING_CODES:
        return ObjectMissing(key)
    if code in {"PreconditionFailed", "412", "InvalidRange", "416"}:
        return ObjectChanged(key)
    if code == "NoSuchBucket":
        return build_no_bucket()
    if code in _DENIED_CODES or status == HTTPStatus.FORBIDDEN:
        return StoreAway(Code.store_access_denied, f"The object store denies the processor access: {code}.")
    if code in _BUSY_CODES or status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500:
        return StoreAway(Code.store_unavailable, f"The object store cannot answer at the moment: {code}.")
    return StoreFailed(Code.store_refused, f"The object store refused a request: {code}.")


def build_no_bucket() -> StoreAway:
    return StoreAway(Code.store_bucket_missing, "The object store does not have the processor's bucket.")
