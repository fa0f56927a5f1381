"""A04 to A06: only a current access token of our pool and our client gives access."""

import base64
import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from demo.api_client import ApiClient
from infra.local.provisioning.aws import make_pool
from infra.local.provisioning.bootstrap import find_credentials
from tests.attacks.kit.forgery import encode, forge_all, put_together, sign_rs256, take_apart
from tests.attacks.kit.people import read_problem
from tests.callers import call_from
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.e2e, pytest.mark.attacks]

REFUSED = (401, "sign_in_needed")
#: the server does not read headers of more than 8 KB
TOO_LONG = 431
#: Where a token matters: a route for users, a public one, a change, a stream, one for
#: administrators.
DOORS = (
    ("GET", "auth/me"),
    ("GET", "gallery/videos"),
    ("POST", "jobs"),
    ("GET", "jobs/x/events"),
    ("GET", "admin/stats"),
)


@pytest.fixture
def nobody(stack):
    """A new user for each test: bad tokens count for their address, 600 a minute."""
    client = call_from(ApiClient(stack.settings.origin), f"127.0.4.{uuid.uuid4().int % 250 + 1}")
    yield client
    client.close()


@pytest.fixture(scope="module")
def token(owner):
    return owner.build_headers()["Authorization"].split()[1]


@pytest.fixture(scope="module")
def trap():
    """A server that records requests for keys."""
    asked: list[str] = []

    class Trap(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Trap)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/keys.json", asked
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def pool(stack, aws, token):
    """The ids of the pool and its client, from a token that anyone can read."""
    claims = take_apart(token)[1]
    return claims["iss"].rsplit("/", 1)[1], claims["client_id"]


@pytest.fixture(scope="module")
def forgeries(stack, token, trap, pool):
    keys = requests.get(f"{stack.settings.aws_url}/{pool[0]}/.well-known/jwks.json", timeout=5).json()["keys"]
    [pool_key] = [key for key in keys if key["kid"] == take_apart(token)[0]["kid"]]
    return forge_all(token, pool_key=pool_key, trap_url=trap[0])


def knock(client, token, *, door=DOORS[0]):
    headers = {"Authorization": f"Bearer {token}".encode("latin-1", "replace")}
    return read_problem(client.send(*door, headers=headers, json=None if door[0] == "GET" else {}))


def test_every_forged_token_is_refused_at_every_door(nobody, forgeries, trap):
    taken = {
        (name, door): answer
        for name, forgery in forgeries.items()
        for door in DOORS
        if (answer := knock(nobody, forgery, door=door)) != REFUSED and answer[0] != TOO_LONG
    }
    assert not taken
    assert len(forgeries) > 30
    assert not trap[1], "somebody looked a key up where the token said"


@pytest.mark.parametrize(
    "value",
    [
        "{0}",
        "bearer",
        "Bearer",
        "Bearer  ",
        "Basic {0}",
        "Token {0}",
        "Bearer {0} {0}",
        "Bearer {0},Bearer {0}",
        "Bearer\t{0}x",
        "Bearer null",
        "Bearer undefined",
        "Bearer [object Object]",
    ],
)
def test_an_authorization_that_is_no_bearer_token_is_refused(nobody, token, value):
    answer = nobody.send("GET", "auth/me", headers={"Authorization": value.format(token)})
    assert read_problem(answer) == REFUSED
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("name", ["access_token", "token", "id_token", "jwt"])
def test_a_token_in_a_query_a_body_or_another_cookie_counts_for_nothing(nobody, token, name):
    assert nobody.send("GET", "jobs", params={name: token}).status_code in {401, 422}
    assert read_problem(nobody.send("POST", "jobs", json={name: token})) == REFUSED
    assert read_problem(nobody.send("GET", "jobs", cookies={name: token})) == REFUSED
    answer = nobody.send("GET", "jobs", cookies={"videoforge_session": token})
    assert read_problem(answer) == (401, "session_expired")


@pytest.fixture(scope="module")
def sign_in_elsewhere(aws, owner):
    """Sign in at another client of the pool and return Cognito's tokens."""
    cognito = aws.client("cognito-idp")

    def sign_in(*, client_id, email=owner.user["email"], password=PASSWORD):
        answer = cognito.initiate_auth(
            ClientId=client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
        return answer["AuthenticationResult"]

    yield cognito, sign_in
    cognito.close()


def test_an_id_token_is_no_access_token(nobody, pool, sign_in_elsewhere):
    tokens = sign_in_elsewhere[1](client_id=pool[1])
    assert knock(nobody, tokens["IdToken"]) == REFUSED
    assert knock(nobody, tokens["RefreshToken"]) == REFUSED
    assert nobody.send("GET", "auth/me", headers={"Authorization": f"Bearer {tokens['AccessToken']}"}).ok


def test_a_token_of_another_client_of_our_pool_is_refused(nobody, pool, sign_in_elsewhere):
    cognito, sign_in = sign_in_elsewhere
    other = cognito.create_user_pool_client(
        UserPoolId=pool[0], ClientName="another", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    token = sign_in(client_id=other)["AccessToken"]
    assert take_apart(token)[1]["client_id"] == other
    assert knock(nobody, token) == REFUSED


def test_a_token_of_another_pool_is_refused(nobody, owner, sign_in_elsewhere):
    cognito, sign_in = sign_in_elsewhere
    other = make_pool(cognito, name=f"another-{uuid.uuid4().hex}")
    cognito.sign_up(ClientId=other.client_id, Username=owner.user["email"], Password=PASSWORD)
    cognito.admin_confirm_sign_up(UserPoolId=other.pool_id, Username=owner.user["email"])
    token = sign_in(client_id=other.client_id)["AccessToken"]
    assert knock(nobody, token) == REFUSED
    cognito.delete_user_pool(UserPoolId=other.pool_id)


def test_a_flood_of_unknown_kids_shuts_nobody_out(owner, nobody, token):
    header, claims, _ = take_apart(token)
    flood = [put_together({**header, "kid": str(uuid.uuid4())}, claims, sign_rs256) for _ in range(200)]
    with ThreadPoolExecutor(8) as attackers:
        answers = list(attackers.map(lambda forgery: knock(nobody, forgery), flood))
        shown = [owner.send("GET", "auth/me").status_code for _ in range(5)]
    assert set(answers) == {REFUSED}
    assert shown == [200] * 5


def mutate(token, *, kind, place, text):
    """Return the token with one change."""
    header, claims, signature = token.split(".")
    parts = [header, claims, signature]
    index = place % 3
    if kind == "bit":
        raw = bytearray(base64.urlsafe_b64decode(parts[index] + "=="))
        raw[place % len(raw)] ^= 1 << (place % 8)
        parts[index] = encode(bytes(raw))
    elif kind == "claim":
        parts[1] = encode(json.dumps(json.loads(base64.urlsafe_b64decode(claims + "==")) | text).encode())
    elif kind == "duplicate":
        named = json.dumps(text)[1:-1]
        known = base64.urlsafe_b64decode(claims + "==")
        parts[1] = encode(known[:-1] + (b"," + named.encode() if named else b",") + b"}")
    elif kind == "swap":
        parts[index], parts[(index + 1) % 3] = parts[(index + 1) % 3], parts[index]
    else:
        parts[index] = parts[index][: place % max(len(parts[index]), 1)]
    return ".".join(parts)


CLAIMS = st.dictionaries(
    st.sampled_from(["sub", "exp", "iat", "nbf", "iss", "client_id", "token_use", "cognito:groups", "jti"]),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.lists(st.text()),
    max_size=3,
)


def test_no_mutation_of_a_good_token_is_good_or_breaks_anything(nobody, token):
    """Changed bits, segments and claims, duplicate claims: never accepted and never a 5xx."""

    @seed(20261130)
    @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(
        kind=st.sampled_from(["bit", "claim", "duplicate", "swap", "cut"]),
        place=st.integers(0, 4000),
        text=CLAIMS,
    )
    def attack(kind, place, text):
        changed = mutate(token, kind=kind, place=place, text=text)
        if changed != token:
            answers.append(knock(nobody, changed))

    answers: list[tuple[int, str]] = []
    attack()
    assert set(answers) == {REFUSED}
    assert len(answers) > 100


def test_no_header_of_any_kind_is_let_in_or_breaks_anything(nobody):
    @seed(20261130)
    @settings(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(
        name=st.sampled_from(
            ["Authorization", "Cookie", "X-Request-Id", "Idempotency-Key", "Last-Event-ID", "Accept", "Range"]
        ),
        value=st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_categories=["Cc"])),
    )
    def attack(name, value):
        header = {name: value.encode("latin-1")}
        statuses.add(nobody.send("GET", "jobs", headers=header).status_code)

    statuses: set[int] = set()
    attack()
    assert statuses <= {401, 400}


def test_an_administrators_name_is_no_administrator(stack, stranger):
    credentials = find_credentials(stack.settings)
    assert credentials
    answer = stranger.send("GET", "admin/stats", headers={"X-User": credentials["admin"]["email"]})
    assert read_problem(answer) == (403, "admin_only")
