"""New tokens for a program from its refresh token; browsers never have one, the server renews theirs."""

from job_service.auth.credentials import SignedIn
from job_service.auth.identify_caller import verify_token
from job_service.auth.ports import AuthPorts


def refresh_tokens(auth: AuthPorts, *, refresh_token: str) -> SignedIn:
    """Raises Problem 401: `session_expired` when the pool refuses, `sign_in_needed` after a sign-out here."""
    tokens = auth.identity.refresh(refresh_token)
    principal = verify_token(auth, token=tokens.access_token)
    with auth.database.begin() as tx:
        email = tx.users.find_email(principal.user_id)
    if email is None:  # signed in at the pool itself
        email = auth.identity.get_profile(tokens.access_token).email
    return SignedIn(user_id=principal.user_id, email=email, groups=principal.groups, tokens=tokens)
