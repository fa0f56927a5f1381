"""A07 to A10: expired credentials are refused, guesses are limited, and other sites change
nothing."""

import time
from typing import Any
from uuid import uuid4

import pytest

from demo.api_client import ApiClient
from tests.attacks.conftest import find_public_origin, sign_in_browser
from tests.attacks.kit.people import read_problem
from tests.callers import call_from
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.e2e, pytest.mark.attacks]

NEW_PASSWORD = "Canary-Horse-8"
WEB = {"X-VideoForge-Client": "web"}
REFUSED = {(401, "sign_in_needed"), (401, "session_expired")}
SPOOFED = (
    "X-Forwarded-For: 203.0.113.{n}",
    "X-Forwarded-For: 203.0.113.{n}, 198.51.100.{n}",
    "X-Real-IP: 203.0.113.{n}",
    "Forwarded: for=203.0.113.{n}",
    "X-Client-IP: 203.0.113.{n}",
    "True-Client-IP: 203.0.113.{n}",
    "CF-Connecting-IP: 203.0.113.{n}",
    "X-Forwarded-Host: {n}.example.com",
    "User-Agent: guesser-{n}",
)


class Browser:
    """A page on some origin, with the session cookie of a user."""

    def __init__(self, client: ApiClient) -> None:
        self.client = client
        self.origin = find_public_origin(client)
        self.secret = sign_in_browser(client, email=client.user["email"])

    def send(self, method, path, *, secret=None, headers=None, **options):
        shown = {"Authorization": None, "Cookie": f"videoforge_session={secret or self.secret}"}
        return self.client.send(method, path, headers=shown | (headers or {}), **options)


@pytest.fixture
def browser(somebody):
    return Browser(somebody())


def open_doors(client, token):
    """Return the responses to an expired token for a read, a write and a stream."""
    headers = {"Authorization": f"Bearer {token}"}
    doors = (
        ("GET", "auth/me"),
        ("GET", "jobs"),
        ("POST", "storage/upload-url"),
        ("GET", "jobs/x/events"),
        ("GET", "gallery/videos"),
    )
    return {read_problem(client.send(*door, headers=headers)) for door in doors}


def get_tokens(client):
    return client._tokens["access_token"], client._tokens["refresh_token"]


def refresh(client, token):
    return client.send("POST", "auth/refresh", json={"refresh_token": token}, headers={"Authorization": None})


def test_signing_out_ends_every_token_and_session_at_once(somebody, nobody):
    client = somebody()
    browser = Browser(client)
    access, refreshing = get_tokens(client)
    assert browser.send("GET", "auth/me").status_code == 200
    assert client.send("POST", "auth/logout", json={}).status_code == 204
    assert open_doors(nobody, access) <= REFUSED
    assert refresh(nobody, refreshing).status_code == 401
    assert read_problem(browser.send("GET", "auth/me")) in REFUSED


def test_a_changed_password_ends_every_other_sign_in(somebody, nobody):
    client = somebody()
    browser = Browser(client)
    access, refreshing = get_tokens(client)
    time.sleep(1)  # tokens have their time of issue in whole seconds
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert client.send("POST", "auth/change-password", json=body).status_code == 200
    assert open_doors(nobody, access) <= REFUSED
    assert refresh(nobody, refreshing).status_code == 401
    assert read_problem(browser.send("GET", "auth/me")) in REFUSED
    old = nobody.send("POST", "auth/login", json={"email": client.user["email"], "password": PASSWORD})
    assert read_problem(old) == (401, "invalid_credentials")


@pytest.mark.parametrize("code", ["654321", "123456", "000000"])
def test_no_code_that_everybody_knows_resets_a_password(somebody, nobody, code):
    client = somebody()
    email = client.user["email"]
    assert nobody.send("POST", "auth/forgot-password", json={"email": email}).status_code == 204
    body = {"email": email, "code": code, "new_password": NEW_PASSWORD}
    assert read_problem(nobody.send("POST", "auth/reset-password", json=body))[0] == 422
    client.sign_in(email, password=PASSWORD)


def test_a_session_that_was_ended_by_another_device_opens_nothing(browser):
    second = Browser(browser.client)
    sessions = browser.send("GET", "auth/sessions").json()["items"]
    [other] = [session["id"] for session in sessions if not session["is_current"]]
    ended = browser.send("DELETE", f"auth/sessions/{other}", headers=WEB | {"Origin": browser.origin})
    assert ended.status_code == 204
    assert read_problem(second.send("GET", "auth/me")) in REFUSED
    assert browser.send("GET", "auth/me").status_code == 200


@pytest.mark.parametrize(
    "secret", ["", "x", "a" * 5000, "{0}x", "x{0}", "{0}.{0}", "../../{0}", "' OR 1=1--"]
)
def test_a_cookie_that_was_made_up_or_edited_opens_nothing(browser, secret):
    shown = secret.format(browser.secret) or "none"
    answer = browser.send("GET", "auth/me", secret=shown)
    assert answer.status_code in {401, 431}
    assert browser.send("GET", "auth/me").status_code == 200


def test_the_session_cookie_is_for_the_server_alone(somebody):
    client = somebody()
    body = {"email": client.user["email"], "password": PASSWORD}
    headers = WEB | {"Origin": find_public_origin(client), "Authorization": None}
    answer = client.send("POST", "auth/login", json=body, headers=headers)
    cookie = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert "token" not in answer.text


def test_a_session_that_an_attacker_planted_is_not_the_one_after_the_sign_in(browser, somebody):
    """Session fixation: the attacker's own cookie in the victim's browser."""
    victim = somebody()
    answer = browser.send(
        "POST",
        "auth/login",
        json={"email": victim.user["email"], "password": PASSWORD},
        headers=WEB | {"Origin": browser.origin},
    )
    fresh = answer.cookies["videoforge_session"]
    assert fresh != browser.secret
    me = browser.send("GET", "auth/me", secret=fresh).json()
    assert me["id"] == victim.user["id"]
    planted = browser.send("GET", "auth/me")
    assert planted.status_code == 401 or planted.json()["id"] == browser.client.user["id"]


def test_of_two_cookies_of_one_name_the_victim_is_never_made_the_attacker(browser, somebody):
    """Cookie tossing: a related host adds a cookie with the same name for a longer path."""
    attacker = Browser(somebody())
    both = f"{browser.secret}; videoforge_session={attacker.secret}"
    answer = browser.send("GET", "auth/me", secret=both)
    assert answer.status_code == 401 or answer.json()["id"] == browser.client.user["id"]


FOREIGN = {
    "a page of another site": WEB | {"Origin": "https://evil.example"},
    "a page of another port": WEB | {"Origin": "http://localhost:1"},
    "a page of no origin": WEB | {"Origin": "null"},
    "a page that hides where it is": WEB,
    "a page of a site that sounds like ours": WEB | {"Origin": "{origin}.evil.example"},
    "a referrer alone that is another's": WEB | {"Referer": "https://evil.example/{origin}"},
    "a fetch that is cross-site": WEB | {"Sec-Fetch-Site": "cross-site"},
    "a fetch that is same-site": WEB | {"Sec-Fetch-Site": "same-site"},
    "a request without our header": {"Origin": "{origin}"},
    "another client's name": {"X-VideoForge-Client": "app", "Origin": "{origin}"},
}
CHANGES: tuple[tuple[str, str, dict[str, Any] | None], ...] = (
    ("POST", "storage/upload-url", {"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": 1}),
    ("POST", "auth/logout", {}),
    ("POST", "auth/mfa/setup", {}),
    ("POST", "auth/mfa/disable", {"code": "123456"}),
    ("DELETE", "gallery/videos/00000000-0000-4000-8000-000000000000", None),
    ("PATCH", "gallery/videos/00000000-0000-4000-8000-000000000000", {"title": "x"}),
)


@pytest.mark.parametrize("page", FOREIGN)
def test_a_change_from_a_foreign_page_is_refused(browser, page):
    headers = {name: value.format(origin=browser.origin) for name, value in FOREIGN[page].items()}
    for method, path, body in CHANGES:
        answer = browser.send(method, path, json=body, headers=headers)
        assert read_problem(answer) == (403, "csrf_refused"), (method, path)
    assert browser.send("GET", "auth/me").status_code == 200


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_a_form_of_another_site_does_nothing(browser, content_type):
    """What a browser sends without a preflight (Fetch Standard, "simple requests")."""
    headers = {"Content-Type": content_type, "Origin": "https://evil.example"}
    for method, path, _ in CHANGES[:3]:
        answer = browser.send(method, path, data=b'{"a":"="}', headers=headers)
        assert read_problem(answer) == (403, "csrf_refused")


def test_a_page_of_another_site_signs_nobody_in_and_may_read_nothing(somebody, browser):
    victim = somebody()
    body = {"email": victim.user["email"], "password": PASSWORD}
    headers = WEB | {"Origin": "https://evil.example", "Authorization": None}
    answer = victim.send("POST", "auth/login", json=body, headers=headers)
    assert read_problem(answer) == (403, "csrf_refused")
    assert "Set-Cookie" not in answer.headers
    for method in ("GET", "OPTIONS"):
        shown = browser.send(
            method,
            "auth/me",
            headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"},
        )
        assert not [name for name in shown.headers if name.lower().startswith("access-control-")]
        assert method == "OPTIONS" or "no-store" in shown.headers["Cache-Control"]


@pytest.mark.parametrize("claim", SPOOFED)
def test_the_sixth_guess_is_refused_whatever_address_it_claims(stack, nobody, claim):
    name, value = claim.split(": ", 1)
    email = f"{uuid4().hex}@example.com"
    answers = [
        read_problem(
            nobody.send(
                "POST",
                "auth/login",
                json={"email": email, "password": "Wrong-Horse-7"},
                headers={name: value.format(n=number)},
            )
        )
        for number in range(6)
    ]
    assert answers == [(401, "invalid_credentials")] * 5 + [(429, "rate_limited")]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("auth/login", {"password": "Wrong-Horse-7"}),
        ("auth/confirm", {"code": "111111"}),
        ("auth/forgot-password", {}),
        ("auth/resend-code", {}),
        ("auth/reset-password", {"code": "111111", "new_password": NEW_PASSWORD}),
        ("auth/mfa", {"session": "x", "code": "111111"}),
    ],
)
def test_an_unknown_account_is_answered_and_limited_as_a_known_one(stack, somebody, nobody, path, body):
    known, unknown = somebody().user["email"], f"{uuid4().hex}@example.com"
    seen = [
        [read_problem(nobody.send("POST", path, json=body | {"email": email})) for _ in range(6)]
        for email in (known, unknown)
    ]
    assert seen[0] == seen[1]
    assert seen[0][5] == (429, "rate_limited")


def test_guesses_at_one_account_stop_nobody_else(stack, somebody, nobody):
    victim = somebody()
    body = {"email": victim.user["email"], "password": "Wrong-Horse-7"}
    assert [nobody.send("POST", "auth/login", json=body).status_code for _ in range(6)][-1] == 429
    elsewhere = call_from(ApiClient(stack.settings.origin), "127.0.3.1")
    elsewhere.sign_in(victim.user["email"], password=PASSWORD)
    elsewhere.close()
