"""The kept mails over HTTP, from the local stack's mail process that keeps them
(infra/local/mail)."""

from typing import Any, Final
from urllib.parse import quote

import requests
from pydantic import TypeAdapter, ValidationError

from job_service.admin.mail import KeptMail
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem
from videoforge.service_tokens import ServiceTokens

_TIMEOUT_SECONDS: Final = (1.0, 3.0)
_MAIL: Final = TypeAdapter(KeptMail)
_MAILS: Final = TypeAdapter(list[KeptMail])

_log = get_logger("API")


class HttpMails:
    """KeptMails. Without a URL, as on AWS, no mails are kept."""

    def __init__(self, url: str, *, tokens: ServiceTokens) -> None:
        self._url = url.rstrip("/")
        self._tokens = tokens
        self._session = requests.Session()
        self._session.trust_env = False  # the machine's proxy is not for our own processes

    def list_mails(self, *, to: str) -> list[KeptMail]:
        answer = self._get("/mails", to=to)
        mails: list[KeptMail] = _read(_MAILS, answer.get("items") if isinstance(answer, dict) else None)
        return mails

    def find_mail(self, mail_id: str) -> KeptMail | None:
        answer = self._get(f"/mails/{quote(mail_id, safe='')}")
        if answer is None:
            return None
        mail: KeptMail = _read(_MAIL, answer)
        return mail

    def _get(self, path: str, **query: str) -> Any:
        """Return the answer's JSON; None for a 404."""
        if not self._url:
            raise Problem(Code.mails_not_kept)
        try:
            answer = self._session.get(
                self._url + path, params=query, headers=self._tokens.build_headers(), timeout=_TIMEOUT_SECONDS
            )
            if answer.status_code == 404:
                return None
            if answer.status_code == 410:  # the process sends mails on instead of keeping them
                raise Problem(Code.mails_not_kept)
            answer.raise_for_status()
            return answer.json()
        except (requests.RequestException, ValueError) as error:
            _log.warning("mail does not answer", error=type(error).__name__)
            raise Problem(Code.mail_unavailable) from error


def _read(adapter: TypeAdapter[Any], value: Any) -> Any:
    """The validation error is not logged, because it would show the mail's text."""
    try:
        return adapter.validate_python(value)
    except ValidationError:
        _log.error("mail's answer has an unexpected shape")
        raise Problem(Code.mail_unavailable) from None
