"""Signs in with a recovery code instead of an authenticator code: the stored secret answers the
pool's challenge.

The second factor therefore stays on throughout, and a crash leaves nothing half done
(docs/decisions.md).
"""

from job_service.auth.credentials import TokenSet
from job_service.auth.ports import AuthPorts
from job_service.auth.reauthenticate import find_secret, put_back, take_recovery_code
from job_service.auth.recovery_code import read_recovery_code
from job_service.auth.refusals import code_mismatch
from videoforge.problems import Code, Problem


def recover(auth: AuthPorts, *, email: str, session: str, recovery_code: str) -> TokenSet:
    """Use up the code and return the tokens; if the pool rejects our answer, the code stays valid.

    Raises Problem 422 `code_mismatch`, 401 `challenge_expired`, 503 `identity_unavailable`.
    """
    code, user_id = read_recovery_code(recovery_code), auth.identity.find_user_id(email)
    if code is None or user_id is None:
        raise code_mismatch()
    kept = take_recovery_code(auth, user_id=user_id, code=code)
    try:
        secret = find_secret(auth, user_id=user_id)
        if secret is None:
            raise Problem(Code.identity_unavailable)
        return _answer(auth, email=email, session=session, secret=secret)
    except Problem:
        put_back(auth, user_id=user_id, code=kept)
        raise


def _answer(auth: AuthPorts, *, email: str, session: str, secret: str) -> TokenSet:
    """The pool accepts each authenticator code once: if the current one has been used, a
    neighbouring one may work."""
    for code in auth.authenticator.list_codes(secret):
        try:
            return auth.identity.answer_challenge(email, session=session, code=code)
        except Problem as problem:
            if problem.code not in {Code.code_mismatch.name, Code.code_expired.name}:
                raise
    raise Problem(Code.identity_unavailable)
