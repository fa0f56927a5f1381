"""A user pool in memory with fixed codes: 123456 confirms, 654321 resets a password.

It passes the same tests as the Cognito adapter (tests/integration/test_auth_identity.py), except
that its second factor accepts the fixed code 111111 unless the test computes real ones from the
secret with `totp`.
"""

import base64
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from job_service.auth import refusals
from job_service.auth.credentials import Challenge, NewUser, Profile, TokenSet
from job_service.auth.password import list_missing
from job_service.testing.token_issuer import TokenIssuer
from videoforge.problems import Code, Problem

CONFIRM_CODE = "123456"
RESET_CODE = "654321"
TOTP_CODE = "111111"
ID_USE = "id"


@dataclass
class _Account:
    user_id: str
    email: str
    password: str = field(repr=False)
    is_confirmed: bool = False
    has_mfa: bool = False
    reset_code: str | None = None
    mfa_secret: str | None = None
    groups: set[str] = field(default_factory=set)
    refresh_tokens: dict[str, str] = field(default_factory=dict)


class MemoryIdentity:
    """IdentityProvider. `is_down` makes every call fail as if the pool did not answer."""

    def __init__(
        self, issuer: TokenIssuer, *, totp: Callable[[str], str] = lambda _secret: TOTP_CODE
    ) -> None:
        self.is_down = False
        self.accounts: dict[str, _Account] = {}
        self.refreshes = 0
        self.access_life_seconds = 3600
        self._issuer = issuer
        self._totp = totp
        self._challenges: dict[str, str] = {}
        self._access_tokens: dict[str, str] = {}

    def register(self, email: str, *, password: str) -> NewUser:
        self._answer()
        if email in self.accounts:
            raise Problem(Code.email_taken)
        if missing := list_missing(password):
            raise refusals.weak_password(missing, field="password")
        account = _Account(user_id=str(uuid.uuid4()), email=email, password=password)
        self.accounts[email] = account
        return NewUser(user_id=account.user_id, is_confirmed=False)

    def confirm(self, email: str, *, code: str) -> None:
        self._answer()
        account = self.accounts.get(email)
        if account is None or account.is_confirmed or code != CONFIRM_CODE:
            raise refusals.code_mismatch()
        account.is_confirmed = True

    def auto_confirm(self, email: str) -> None:
        self._answer()
        self.accounts[email].is_confirmed = True

    def add_to_group(self, email: str, *, group: str) -> None:
        self._answer()
        self.accounts[email].groups.add(group)

    def send_confirmation_code(self, email: str) -> None:
        self._answer()

    def sign_in(self, email: str, *, password: str) -> TokenSet | Challenge:
        self._answer()
        account = self.accounts.get(email)
        if account is None or account.password != password:
            raise Problem(Code.invalid_credentials)
        if not account.is_confirmed:
            raise Problem(Code.user_not_confirmed)
        if not account.has_mfa:
            return self._issue(account, sign_in_id=str(uuid.uuid4()))
        session = secrets.token_urlsafe(32)
        self._challenges[session] = email
        return Challenge(name="SOFTWARE_TOKEN_MFA", session=session)

    def answer_challenge(self, email: str, *, session: str, code: str) -> TokenSet:
        self._answer()
        if self._challenges.get(session) != email:
            raise Problem(Code.challenge_expired)
        account = self.accounts[email]
        if code != self._totp(account.mfa_secret or ""):
            raise refusals.code_mismatch()
        return self._issue(account, sign_in_id=str(uuid.uuid4()))

    def refresh(self, refresh_token: str) -> TokenSet:
        self._answer()
        self.refreshes += 1
        for account in self.accounts.values():
            if refresh_token in account.refresh_tokens:
                sign_in_id = account.refresh_tokens[refresh_token]
                return self._issue(account, sign_in_id=sign_in_id, refresh_token=refresh_token)
        raise Problem(Code.session_expired)

    def sign_out(self, access_token: str) -> None:
        self._answer()
        email = self._access_tokens.get(access_token)
        if email is not None:
            self.sign_out_user(email)

    def sign_out_user(self, email: str) -> None:
        self._answer()
        self.accounts[email].refresh_tokens.clear()
        self._access_tokens = {token: who for token, who in self._access_tokens.items() if who != email}

    def revoke(self, refresh_token: str) -> None:
        self._answer()
        for account in self.accounts.values():
            account.refresh_tokens.pop(refresh_token, None)

    def find_user_id(self, email: str) -> str | None:
        self._answer()
        account = self.accounts.get(email)
        return account.user_id if account else None

    def send_reset_code(self, email: str) -> None:
        self._answer()
        if email in self.accounts:
            self.accounts[email].reset_code = RESET_CODE

    def reset_password(self, email: str, *, code: str, password: str) -> None:
        self._answer()
        account = self.accounts.get(email)
        if account is None or account.reset_code != code:  # also if none was requested
            raise refusals.code_mismatch()
        account.password, account.reset_code, account.is_confirmed = password, None, True

    def change_password(self, access_token: str, *, current: str, new: str) -> None:
        account = self._get(access_token)
        if account.password != current:
            raise refusals.wrong_password()
        account.password = new

    def get_profile(self, access_token: str) -> Profile:
        account = self._get(access_token)
        return Profile(user_id=account.user_id, email=account.email, has_mfa=account.has_mfa)

    def start_mfa(self, access_token: str) -> str:
        account = self._get(access_token)
        account.mfa_secret = base64.b32encode(secrets.token_bytes(20)).decode()
        return account.mfa_secret

    def verify_mfa(self, access_token: str, *, code: str) -> None:
        account = self._get(access_token)
        if account.mfa_secret is None or code != self._totp(account.mfa_secret):
            raise refusals.code_mismatch()
        account.has_mfa = True

    def stop_mfa(self, access_token: str) -> None:
        self._get(access_token).has_mfa = False

    def check(self) -> None:
        self._answer()

    def _answer(self) -> None:
        if self.is_down:
            raise Problem(Code.identity_unavailable)

    def _get(self, access_token: str) -> _Account:
        self._answer()
        email = self._access_tokens.get(access_token)
        if email is None:
            raise Problem(Code.sign_in_needed, detail="The access token is not valid.")
        return self.accounts[email]

    def _issue(self, account: _Account, *, sign_in_id: str, refresh_token: str | None = None) -> TokenSet:
        access_token = self._issuer.issue(
            account.user_id,
            groups=sorted(account.groups),
            life_seconds=self.access_life_seconds,
            origin_jti=sign_in_id,
        )
        refresh_token = refresh_token or secrets.token_urlsafe(32)
        account.refresh_tokens[refresh_token] = sign_in_id
        self._access_tokens[access_token] = account.email
        return TokenSet(
            access_token=access_token,
            id_token=self._issuer.issue(account.user_id, email=account.email, token_use=ID_USE),
            refresh_token=refresh_token,
            expires_in_seconds=self.access_life_seconds,
        )
