"""What Cognito's errors become: its error names end here, and callers see problems with our codes.

Error names: "Amazon Cognito user pools API reference", the Errors section of each action. What an error means
depends on the call: NotAuthorizedException is a wrong password at sign-in, a finished session at a challenge
and a revoked token at a refresh, so each call says what its refusal is.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from job_service.auth import refusals
from job_service.errors import Problem, sign_in_needed, unavailable
from videoforge.logs import get_logger

_log = get_logger("AUTH")
_REFUSED: Final = frozenset({"NotAuthorizedException", "UserNotFoundException"})
_PROBLEMS: Final[Mapping[str, Callable[[], Problem]]] = {
    "UsernameExistsException": refusals.email_taken,
    "AliasExistsException": refusals.email_taken,
    "UserNotConfirmedException": refusals.user_not_confirmed,
    "PasswordResetRequiredException": refusals.new_password_required,
    "CodeMismatchException": refusals.code_mismatch,
    "EnableSoftwareTokenMFAException": refusals.code_mismatch,
    "ExpiredCodeException": refusals.code_expired,
    "SoftwareTokenMFANotFoundException": refusals.mfa_not_set_up,
    "CodeDeliveryFailureException": lambda: unavailable("mail"),
    # of codes; Cognito names no time, the local pool closes a name for 15 minutes
    "LimitExceededException": lambda: refusals.too_many_attempts(retry_after_seconds=15 * 60),
    "TooManyFailedAttemptsException": refusals.too_many_attempts,
}
#: The pool is there but cannot serve: its own limit, or its own fault.
_UNAVAILABLE: Final = frozenset({"TooManyRequestsException", "InternalErrorException"})


def call(
    request: Callable[[], Any],
    *,
    refused: Callable[[], Problem] = sign_in_needed,
    invalid: Callable[[], Problem] | None = None,
    weak_field: str = "password",
) -> Any:
    """Return the answer or raise the problem: `refused` for a user or a secret that is not accepted,
    `invalid` for a parameter that the pool cannot read."""
    try:
        return request()
    except BotoCoreError as error:
        _log.warning("user pool does not answer", error=type(error).__name__)
        raise unavailable("identity") from error
    except ClientError as error:
        raise _translate(error, refused=refused, invalid=invalid, weak_field=weak_field) from error


def call_quietly(request: Callable[[], Any]) -> Any:
    """As `call`, but a user or token that the pool does not know is no fault, and the answer None."""
    try:
        return request()
    except BotoCoreError as error:
        raise unavailable("identity") from error
    except ClientError as error:
        if _read_code(error) in _REFUSED | {"InvalidParameterException", "UnauthorizedException"}:
            return None
        raise _translate(error, refused=sign_in_needed, invalid=None, weak_field="password") from error


def _translate(
    error: ClientError,
    *,
    refused: Callable[[], Problem],
    invalid: Callable[[], Problem] | None,
    weak_field: str,
) -> Problem:
    code, message = _read_code(error), str(error.response.get("Error", {}).get("Message", ""))
    if code in _REFUSED:
        return _translate_refusal(message, refused=refused)
    if code in _PROBLEMS:
        return _PROBLEMS[code]()
    if code == "InvalidPasswordException":
        return refusals.weak_password(["what the user pool asks for"], field=weak_field)
    if code == "InvalidParameterException":
        return (
            invalid()
            if invalid
            else Problem(422, "validation_failed", "The identity service cannot use these values.")
        )
    if code not in _UNAVAILABLE:  # a wrong pool id, missing rights: an operator's, not the caller's
        _log.error("user pool refuses us", error=code)
    return unavailable("identity")


def _translate_refusal(message: str, *, refused: Callable[[], Problem]) -> Problem:
    """NotAuthorizedException has one name for many things; these texts are Cognito's."""
    if "attempts exceeded" in message.lower():
        return refusals.too_many_attempts()
    if "access token" in message.lower():
        return sign_in_needed("The access token is not valid.")
    return refused()


def _read_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
