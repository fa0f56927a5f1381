"""Resets a forgotten password with the code sent by mail.

Where the stack keeps its mail instead of sending it, an administrator can read it.
"""

import re
import secrets
import time
from typing import Any, Final

from demo.api_client import ApiClient
from demo.errors import ApiError, DemoError

#: A separate account, because a reset signs its user out everywhere.
ADDRESS: Final = "mail-demo@example.com"
_MAIL_SECONDS: Final = 15.0


def reset_password_by_mail(origin: str, *, admin: ApiClient) -> str:
    """Return what happened, as a line to print. Raises DemoError or ApiError if it fails."""
    client, password = ApiClient(origin), f"{secrets.token_urlsafe(12)}Aa1!"
    try:
        _ensure_account(client, admin=admin, password=password)
        seen = _list_ids(admin)
        client.post("auth/forgot-password", {"email": ADDRESS})
        code = _await_code(admin, seen=seen)
        client.post("auth/reset-password", {"email": ADDRESS, "code": code, "new_password": password})
        client.sign_in(ADDRESS, password=password)
    except ApiError as error:
        if error.status == 429:
            return "Mail       a password can be reset five times an hour; skipped this time"
        if error.code == "mails_not_kept":
            return "Mail       is sent by a real server here; skipped"
        raise
    finally:
        client.close()
    return f"Mail       {ADDRESS} has a new password, by the code of the mail at {origin}/admin/mails"


def _ensure_account(client: ApiClient, *, admin: ApiClient, password: str) -> None:
    """Create the account if it does not exist yet, and confirm it with its code where one is needed."""
    seen = _list_ids(admin)
    try:
        made = client.post("auth/register", {"email": ADDRESS, "password": password})
    except ApiError as error:
        if error.status != 409:
            raise
        return
    if not made["confirmed"]:
        client.post("auth/confirm", {"email": ADDRESS, "code": _await_code(admin, seen=seen)})


def _list_ids(admin: ApiClient) -> set[str]:
    return {mail["id"] for mail in _list_mails(admin)}


def _list_mails(admin: ApiClient) -> list[dict[str, Any]]:
    mails: list[dict[str, Any]] = admin.get("admin/mails", to=ADDRESS)["items"]
    return mails


def _await_code(admin: ApiClient, *, seen: set[str]) -> str:
    """Return the code from the first mail whose id is not in `seen`."""
    deadline = time.monotonic() + _MAIL_SECONDS
    while time.monotonic() < deadline:
        for mail in _list_mails(admin):
            if mail["id"] not in seen:
                text = admin.get(f"admin/mails/{mail['id']}")["text"]
                return str(re.findall(r"\b\d{6}\b", text)[0])
        time.sleep(0.2)
    raise DemoError("The mail with the code did not come.")
