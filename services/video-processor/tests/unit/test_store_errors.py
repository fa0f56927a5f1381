"""What an error of the store affects: this object, this request, or all requests."""

import errno

import aiohttp
import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from video_processor.adapters.store_errors import translate_errors
from video_processor.errors import (
    ObjectChanged,
    ObjectMissing,
    ProcessorFault,
    ScratchFull,
    StoreAway,
    StoreFailed,
    TaskFailed,
)


def refuse(code: str, *, status: int = 400) -> ClientError:
    answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "PutObject")  # type: ignore[arg-type]


def translate(error: Exception) -> Exception:
    with pytest.raises(Exception) as caught, translate_errors("key"):
        raise error
    return caught.value


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="http://store"),
        ConnectTimeoutError(endpoint_url="http://store"),
        ReadTimeoutError(endpoint_url="http://store"),
        # the role's own service is away: identity costs a task no try either
        CredentialRetrievalError(provider="container-role", error_msg="timed out"),
        NoCredentialsError(),
        aiohttp.ClientPayloadError("the body broke off"),
        aiohttp.ServerDisconnectedError(),
        TimeoutError(),
        ConnectionResetError(),
        OSError(errno.EHOSTUNREACH, "No route to host"),
        refuse("InternalError", status=500),
        refuse("SlowDown", status=503),
        refuse("502", status=502),
        refuse("TooManyRequests", status=429),
        refuse("NoSuchUpload", status=404),  # the local store loses open uploads when it stops
    ],
)
def test_no_answer_is_an_outage(error: Exception) -> None:
    found = translate(error)
    assert isinstance(found, StoreAway)
    assert (found.kind, found.waiting_for, found.code) == ("outage", "store", "store_unavailable")


@pytest.mark.parametrize(
    ("code", "status", "named"),
    [
        ("AccessDenied", 403, "store_access_denied"),
        ("403", 403, "store_access_denied"),
        ("InvalidAccessKeyId", 403, "store_access_denied"),
        ("SignatureDoesNotMatch", 403, "store_access_denied"),
        ("RequestTimeTooSkewed", 403, "store_access_denied"),
        ("ExpiredToken", 400, "store_access_denied"),
        ("NoSuchBucket", 404, "store_bucket_missing"),
    ],
)
def test_a_store_that_denies_all_access_is_waited_for_and_named(code: str, status: int, named: str) -> None:
    found = translate(refuse(code, status=status))
    assert isinstance(found, StoreAway)
    assert (found.kind, found.code) == ("outage", named)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (refuse("NoSuchKey", status=404), ObjectMissing),
        (refuse("404", status=404), ObjectMissing),
        (refuse("PreconditionFailed", status=412), ObjectChanged),
        (refuse("InvalidRange", status=416), ObjectChanged),
        (OSError(errno.ENOSPC, "No space left on device"), ScratchFull),
        (OSError(errno.EMFILE, "Too many open files"), ProcessorFault),
        (FileNotFoundError(errno.ENOENT, "the segment is gone"), ProcessorFault),
    ],
)
def test_what_is_the_object_s_or_the_machine_s(error: Exception, kind: type[Exception]) -> None:
    assert type(translate(error)) is kind


def test_any_other_refusal_is_a_failure_of_ours() -> None:
    found = translate(refuse("InvalidArgument"))
    assert type(found) is StoreFailed
    assert isinstance(found, TaskFailed)
    assert (found.kind, found.code) == ("failure", "store_refused")
