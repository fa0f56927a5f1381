"""Translates Cognito's errors: its error names stay in this module, and callers see problems with
our codes.

Error names: "Amazon Cognito user pools API reference", the Errors section of each action. What an
error means depends on the call: NotAuthorizedException is a wrong password at sign-in, an expired
session at a challenge and a revoked token at a refresh, so each call passes the problem that a
refusal becomes.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from job_service.auth import refusals
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem

_log = get_logger("AUTH")
_REFUSED: Final = frozenset({"NotAuthorizedException", "UserNotFoundException"})
_PROBLEMS: Final[Mapping[str, Callable[[], Problem]]] = {
    "UsernameExistsException": partial(Problem, Code.email_taken),
    "AliasExistsException": partial(Problem, Code.email_taken),
    "UserNotConfirmedException": partial(Problem, Code.user_not_confirmed),
    "PasswordResetRequiredException": partial(Problem, Code.new_password_required),
    "CodeMismatchException": refusals.code_mismatch,
    "EnableSoftwareTokenMFAException": refusals.code_mismatch,
    "ExpiredCodeException": refusals.code_expired,
    "SoftwareTokenMFANotFoundException": partial(Problem, Code.mfa_not_set_up),
    "CodeDeliveryFailureException": partial(Problem, Code.mail_unavailable),
    # too many wrong codes; Cognito gives no duration, the local pool locks an account for 15
    # minutes
    "LimitExceededException": partial(Problem, Code.too_many_attempts, retry_after_seconds=15 * 60),
    "TooManyFailedAttemptsException": partial(Problem, Code.too_many_attempts),
}
#: The pool is reachable but cannot serve: its own limit, or its own fault.
_UNAVAILABLE: Final = frozenset({"TooManyRequestsException", "InternalErrorException"})


def call(
    request: Callable[[], Any],
    *,
    refused: Problem | None = None,
    invalid: Problem | None = None,
    weak_field: str = "password",
) -> Any:
    """Return the answer or raise the problem: `refused` for a user or a secret that is rejected,
    `invalid` for a parameter that the pool cannot parse."""
    try:
        return request()
    except BotoCoreError as error:
        _log.warning("user pool not responding", error=type(error).__name__)
        raise Problem(Code.identity_unavailable) from error
    except ClientError as error:
        raise _translate(error, refused=refused, invalid=invalid, weak_field=weak_field) from error


def call_quietly(request: Callable[[], Any]) -> Any:
    """Like `call`, but a user or token unknown to the pool is not an error; the answer is then
    None."""
    try:
        return request()
    except BotoCoreError as error:
        raise Problem(Code.identity_unavailable) from error
    except ClientError as error:
        if _read_code(error) in _REFUSED | {"InvalidParameterException", "UnauthorizedException"}:
            return None
        raise _translate(error, refused=None, invalid=None, weak_field="password") from error


def _translate(
    error: ClientError,
    *,
    refused: Problem | None,
    invalid: Problem | None,
    weak_field: str,
) -> Problem:
    code, message = _read_code(error), str(error.response.get("Error", {}).get("Message", ""))
    if code in _REFUSED:
        return _translate_refusal(message, refused=refused)
    if code in _PROBLEMS:
        return _PROBLEMS[code]()
    if code == "InvalidPasswordException":
        return refusals.weak_password(["to meet the user pool's own rules"], field=weak_field)
    if code == "InvalidParameterException":
        values = Problem(Code.validation_failed, detail="The identity service cannot use these values.")
        return invalid or values
    # a wrong pool id or missing permissions: for the operator to fix, not the caller
    if code not in _UNAVAILABLE:
        _log.error("user pool rejected our request", error=code)
    return Problem(Code.identity_unavailable)


def _translate_refusal(message: str, *, refused: Problem | None) -> Problem:
    """NotAuthorizedException covers many cases; these texts are Cognito's."""
    if "attempts exceeded" in message.lower():
        return Problem(Code.too_many_attempts)
    if "access token" in message.lower():
        return Problem(Code.sign_in_needed, detail="The access token is not valid.")
    return refused or Problem(Code.sign_in_needed)


def _read_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
