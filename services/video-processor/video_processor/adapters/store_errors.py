"""What the object store's errors mean, told apart by who can mend them: this object's, this request's, or
everybody's: no answer, wrong keys, no bucket. The last kind costs no task a try."""

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

_MISSING_CODES: Final = {"404", "NoSuchKey", "NotFound", "NoSuchVersion"}
#: The keys, the clock or the bucket are not what the store knows: nothing that a task could do about it.
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
#: It answers, and asks us to come again. An upload that it does not know any more was lost when it stopped.
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
    """Turn the vendor's errors into ours; retries are botocore's and are over by now. `key` is the
    object's."""
    try:
        yield
    except ClientError as error:
        raise _explain(error, key=key) from error
    except (BotoCoreError, aiohttp.ClientError, TimeoutError, ConnectionError, ssl.SSLError) as error:
        raise StoreAway("store_unavailable", "The object store does not answer.") from error
    except OSError as error:
        if error.errno in _NETWORK_ERRORS:
            raise StoreAway("store_unavailable", "The object store cannot be reached.") from error
        raise explain_os_error(error) from error


def _explain(error: ClientError, *, key: str) -> ProcessorError:
    """Return what a refusal means: of this object, of this request, or of everybody's."""
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _MISSING_CODES:
        return ObjectMissing(key)
    if code in {"PreconditionFailed", "412", "InvalidRange", "416"}:
        return ObjectChanged(key)
    if code == "NoSuchBucket":
        return build_no_bucket()
    if code in _DENIED_CODES or status == HTTPStatus.FORBIDDEN:
        return StoreAway("store_access_denied", f"The object store does not let the processor in: {code}.")
    if code in _BUSY_CODES or status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500:
        return StoreAway("store_unavailable", f"The object store cannot answer at the moment: {code}.")
    return StoreFailed("store_refused", f"The object store refused a request: {code}.")


def build_no_bucket() -> StoreAway:
    return StoreAway("store_bucket_missing", "The object store has no bucket of the processor's.")
