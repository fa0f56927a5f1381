"""The public API over HTTP: JSON in, JSON out, problems as exceptions, the access token renewed when it ends.

One client may be used by several threads at once.
"""

import threading
from typing import Any, Final
from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from infra.local.demo.faults import ApiRefused, DemoFault

#: Confirm reads the whole file and probes it, so an answer may take a while.
ANSWER_SECONDS: Final = 120
_CONNECT_SECONDS: Final = 5
#: Four parts of an upload, the streams of two jobs and a request in between.
_CONNECTIONS: Final = 16
#: Waits as long as a 429's Retry-After says, twice at most; everything else is answered as it comes.
_PATIENCE: Final = Retry(
    total=2,
    connect=0,
    read=0,
    redirect=0,
    other=0,
    status_forcelist=[429],
    allowed_methods=None,
    raise_on_status=False,
)


class ApiClient:
    """Speaks to one origin, such as `http://localhost:8080`, as one user or as nobody. A patient one waits
    where it is told that something was asked too often, in place of raising ApiRefused 429."""

    def __init__(self, origin: str, *, is_patient: bool = False) -> None:
        self.origin = origin.rstrip("/")
        self.user: dict[str, Any] = {}
        self._tokens: dict[str, str] = {}
        self._renewing = threading.Lock()
        self.http = requests.Session()
        self.http.trust_env = False  # a proxy of the desk must not stand between us and localhost
        for scheme in ("http://", "https://"):
            self.http.mount(
                scheme, HTTPAdapter(pool_maxsize=_CONNECTIONS, max_retries=_PATIENCE if is_patient else 0)
            )

    def close(self) -> None:
        self.http.close()

    def build_url(self, path: str) -> str:
        """Return the address of an API path (`jobs`), or of a link that an answer gave (`/media/…`)."""
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
        """Return the answer's JSON, None where there is none. Raises ApiRefused for a problem and DemoFault
        where nothing answers. A token that ended is renewed once."""
        answer = self.send(method, path, **options)
        if answer.status_code == 401 and self._renew(answer.request.headers.get("Authorization", "")):
            answer = self.send(method, path, **options)
        return _read(answer)

    def _post_as_nobody(self, path: str, body: dict[str, str]) -> Any:
        return _read(self.send("POST", path, json=body, headers={"Authorization": None}))

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send one request as it is and return the answer, whatever its status."""
        headers = {**self.build_headers(), **options.pop("headers", {})}
        options.setdefault("timeout", (_CONNECT_SECONDS, ANSWER_SECONDS))
        try:
            return self.http.request(method, self.build_url(path), headers=headers, **options)
        except requests.ConnectionError as error:
            raise DemoFault(f"Nothing answers at {self.origin}. Start the stack with `make up`.") from error
        except requests.Timeout as error:
            raise DemoFault(f"{self.origin} took too long to answer {method} {path}.") from error

    def sign_in(self, email: str, *, password: str) -> None:
        """Sign in. Raises ApiRefused, for example 401 for a wrong password, and DemoFault for a user with a
        second factor, which nobody is here to type in."""
        answer = self._post_as_nobody("auth/login", {"email": email, "password": password})
        if "challenge" in answer:
            raise DemoFault(f"{email} has a second factor; use an account without one.")
        self._tokens = {name: answer[name] for name in ("access_token", "refresh_token")}
        self.user = answer["user"]

    def register(self, email: str, *, password: str) -> None:
        """Make an account and sign in. Raises DemoFault where sign-ups wait for a code sent by mail."""
        made = self._post_as_nobody("auth/register", {"email": email, "password": password})
        if not made["confirmed"]:
            raise DemoFault(f"{email} must be confirmed by the code that was mailed; then run this again.")
        self.sign_in(email, password=password)

    def _renew(self, used_header: str) -> bool:
        """Get a new access token unless another thread just did; say whether to try again."""
        with self._renewing:
            if not self._tokens:
                return False
            if used_header != self.build_headers()["Authorization"]:
                return True
            try:
                fresh = self._post_as_nobody("auth/refresh", {"refresh_token": self._tokens["refresh_token"]})
            except ApiRefused:
                self._tokens = {}
                return False
            self._tokens["access_token"] = fresh["access_token"]
            return True


def _read(answer: requests.Response) -> Any:
    if answer.status_code >= 400:
        raise ApiRefused(_read_problem(answer), status=answer.status_code)
    return answer.json() if answer.content else None


def _read_problem(answer: requests.Response) -> dict[str, Any]:
    """Return the problem's members; an answer that is none, such as a proxy's page, becomes an empty one."""
    try:
        problem = answer.json()
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}
