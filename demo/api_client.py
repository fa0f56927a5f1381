"""The public API over HTTP: JSON in, JSON out, problems as exceptions, the access token renewed on expiry.

Several threads may share one client.
"""

import threading
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Final
from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from demo.errors import ApiError, DemoError

#: The confirm request reads and probes the whole file, so a response may take a while.
ANSWER_SECONDS: Final = 120
_CONNECT_SECONDS: Final = 5
#: Four parts of an upload, the event streams of two jobs and a request in between.
_CONNECTIONS: Final = 16
#: Waits as long as the Retry-After of a 429 says, twice at most; no other response is retried.
_RETRY_WHEN_LIMITED: Final = Retry(
    total=2,
    connect=0,
    read=0,
    redirect=0,
    other=0,
    status_forcelist=[429],
    allowed_methods=None,
    raise_on_status=False,
)


class ApiClient(AbstractContextManager["ApiClient"]):
    """Talks to one origin, such as `http://localhost:8080`, as one user or anonymously. With
    `waits_when_limited` it waits when it has sent too many requests, instead of raising ApiError 429."""

    def __init__(self, origin: str, *, waits_when_limited: bool = False) -> None:
        self.origin = origin.rstrip("/")
        self.user: dict[str, Any] = {}
        self._tokens: dict[str, str] = {}
        self._renewing = threading.Lock()
        self.http = requests.Session()
        self.http.trust_env = False  # no proxy from the environment between us and localhost
        for scheme in ("http://", "https://"):
            retries = _RETRY_WHEN_LIMITED if waits_when_limited else 0
            self.http.mount(scheme, HTTPAdapter(pool_maxsize=_CONNECTIONS, max_retries=retries))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.http.close()

    def build_url(self, path: str) -> str:
        """Return the URL of an API path (`jobs`) or of a link from a response (`/media/…`)."""
        return urljoin(self.origin + "/api/", path)

    def build_headers(self) -> dict[str, str]:
        token = self._tokens.get("access_token")
        return {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **query: Any) -> Any:
        return self.request("GET", path, params=query)

    def post(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        """Send JSON; keyword arguments are headers, with `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", path, json=body or {}, headers=named)

    def delete(self, path: str, **query: Any) -> Any:
        return self.request("DELETE", path, params=query)

    def request(self, method: str, path: str, **options: Any) -> Any:
        """Return the JSON of the response, None for an empty one. Raises ApiError for a problem and DemoError
        when nothing answers. An expired token is renewed once."""
        answer = self.send(method, path, **options)
        if answer.status_code == 401 and self._renew(answer.request.headers.get("Authorization", "")):
            answer = self.send(method, path, **options)
        return _read(answer)

    def _post_anonymously(self, path: str, body: dict[str, str]) -> Any:
        return _read(self.send("POST", path, json=body, headers={"Authorization": None}))

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send one request as it is and return the response, whatever its status."""
        headers = {**self.build_headers(), **options.pop("headers", {})}
        options.setdefault("timeout", (_CONNECT_SECONDS, ANSWER_SECONDS))
        try:
            return self.http.request(method, self.build_url(path), headers=headers, **options)
        except requests.ConnectionError as error:
            raise DemoError(f"Nothing answers at {self.origin}. Start the stack with `make up`.") from error
        except requests.Timeout as error:
            raise DemoError(f"{self.origin} took too long to answer {method} {path}.") from error

    def sign_in(self, email: str, *, password: str) -> None:
        """Sign in. Raises ApiError, for example 401 for a wrong password, and DemoError for an account with
        a second factor, because nobody is there to type it in."""
        answer = self._post_anonymously("auth/login", {"email": email, "password": password})
        if "challenge" in answer:
            raise DemoError(f"{email} has a second factor; use an account without one.")
        self._tokens = {name: answer[name] for name in ("access_token", "refresh_token")}
        self.user = answer["user"]

    def register(self, email: str, *, password: str) -> None:
        """Create an account and sign in. Raises DemoError where sign-ups need a code sent by mail."""
        made = self._post_anonymously("auth/register", {"email": email, "password": password})
        if not made["confirmed"]:
            raise DemoError(f"{email} must be confirmed with the code sent by mail; then run this again.")
        self.sign_in(email, password=password)

    def _renew(self, used_header: str) -> bool:
        """Get a new access token unless another thread just did; say whether to retry."""
        with self._renewing:
            if not self._tokens:
                return False
            if used_header != self.build_headers()["Authorization"]:
                return True
            try:
                fresh = self._post_anonymously(
                    "auth/refresh", {"refresh_token": self._tokens["refresh_token"]}
                )
            except ApiError:
                self._tokens = {}
                return False
            self._tokens["access_token"] = fresh["access_token"]
            return True


def _read(answer: requests.Response) -> Any:
    if answer.status_code >= 400:
        raise ApiError(_read_problem(answer), status=answer.status_code)
    return answer.json() if answer.content else None


def _read_problem(answer: requests.Response) -> dict[str, Any]:
    """Return the members of the problem; for anything else, such as a proxy's page, an empty one."""
    try:
        problem = answer.json()
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}
