"""The token check against hostile tokens; joserfc, another implementation, is compared with it."""

import base64
import hashlib
import hmac
import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from joserfc import jwt as oracle_jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet as OracleKeySet

from videoforge.tokens import KeySet, KeySetUnavailable, Principal, TokenRefused, TokenVerifier

ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_TestPool"
CLIENT_ID = "test-client"
KID = "key-1"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def build_jwk(key: rsa.RSAPrivateKey, *, kid: str) -> dict[str, Any]:
    numbers = key.public_key().public_numbers()
    modulus = encode(numbers.n.to_bytes(256, "big"))
    return {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid, "n": modulus, "e": "AQAB"}


JWK = build_jwk(KEY, kid=KID)


def build_claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of a Cognito access token; None leaves one out."""
    now = int(time.time())
    claims = {
        "sub": "user-1",
        "cognito:groups": ["user"],
        "iss": ISSUER,
        "client_id": CLIENT_ID,
        "origin_jti": "sign-in-1",
        "token_use": "access",
        "exp": now + 3600,
        "iat": now,
        "jti": str(uuid.uuid4()),
        "username": "user-1",
    } | changes
    return {name: value for name, value in claims.items() if value is not None}


Signer = Callable[[bytes], bytes]


def sign_rs256(text: bytes, *, key: rsa.RSAPrivateKey = KEY) -> bytes:
    return key.sign(text, padding.PKCS1v15(), hashes.SHA256())


def build_token(
    claims: Any = None, *, header: Mapping[str, Any] | None = None, sign: Signer = sign_rs256
) -> str:
    shown = {"alg": "RS256", "kid": KID, "typ": "JWT"} | dict(header or {})
    body = build_claims() if claims is None else claims
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    text = f"{encode(json.dumps(shown).encode())}.{encode(payload)}"
    return f"{text}.{encode(sign(text.encode()))}"


def sign_hs256(secret: bytes) -> Signer:
    return lambda text: hmac.new(secret, text, hashlib.sha256).digest()


@pytest.fixture
def verifier() -> TokenVerifier:
    return TokenVerifier(issuer=ISSUER, client_id=CLIENT_ID, key_set=KeySet(lambda: [JWK]))


def is_good_to_the_oracle(token: str) -> bool:
    """Return joserfc's verdict under the same rules, as far as it supports them."""
    registry = oracle_jwt.JWTClaimsRegistry(
        leeway=30,
        iss={"essential": True, "value": ISSUER},
        exp={"essential": True},
        sub={"essential": True},
        token_use={"essential": True, "value": "access"},
        client_id={"essential": True, "value": CLIENT_ID},
    )
    try:
        keys = OracleKeySet.import_key_set({"keys": [JWK]})
        decoded = oracle_jwt.decode(token, keys, algorithms=["RS256"])
        registry.validate(decoded.claims)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return False
    return True


def test_a_good_token_names_its_user_and_sign_in(verifier: TokenVerifier) -> None:
    claims = build_claims(**{"cognito:groups": ["user", "admin"]})
    token = build_token(claims)
    principal = verifier.verify(token)
    assert principal == Principal(
        user_id="user-1",
        groups=frozenset({"user", "admin"}),
        issued_at_seconds=claims["iat"],
        expires_at_seconds=claims["exp"],
        jti=claims["jti"],
        origin_jti="sign-in-1",
    )
    assert principal.is_admin
    assert is_good_to_the_oracle(token)


def test_a_user_of_no_group_is_no_admin(verifier: TokenVerifier) -> None:
    assert not verifier.verify(build_token(build_claims(**{"cognito:groups": None}))).is_admin


PEM = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
DER = KEY.public_key().public_bytes(
    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
)
NOW = int(time.time())
HOSTILE: dict[str, str] = {
    "alg none, no signature": build_token(header={"alg": "none"}, sign=lambda _text: b""),
    "alg None, no signature": build_token(header={"alg": "None"}, sign=lambda _text: b""),
    "alg none, signed": build_token(header={"alg": "none"}),
    "no alg": build_token(header={"alg": None}),
    "HS256 with the public key as PEM": build_token(header={"alg": "HS256"}, sign=sign_hs256(PEM)),
    "HS256 with the PEM, stripped": build_token(header={"alg": "HS256"}, sign=sign_hs256(PEM.strip())),
    "HS256 with the public key as DER": build_token(header={"alg": "HS256"}, sign=sign_hs256(DER)),
    "HS256 with the key as JWK text": build_token(
        header={"alg": "HS256"}, sign=sign_hs256(json.dumps(JWK).encode())
    ),
    "HS256 with the modulus": build_token(header={"alg": "HS256"}, sign=sign_hs256(JWK["n"].encode())),
    "HS256 with nothing": build_token(header={"alg": "HS256"}, sign=sign_hs256(b"")),
    "RS256 shown, HS256 with the PEM done": build_token(sign=sign_hs256(PEM)),
    "RS512 shown": build_token(header={"alg": "RS512"}),
    "another key": build_token(sign=lambda text: sign_rs256(text, key=OTHER_KEY)),
    "another key in the header": build_token(
        header={"jwk": build_jwk(OTHER_KEY, kid=KID)}, sign=lambda text: sign_rs256(text, key=OTHER_KEY)
    ),
    "wrong kid": build_token(header={"kid": "key-2"}),
    "no kid": build_token(header={"kid": None}),
    "kid that is a path": build_token(header={"kid": "../../dev/null"}),
    "kid that is a list": build_token(header={"kid": [KID]}),
    "empty kid": build_token(header={"kid": ""}),
    "unknown critical header": build_token(header={"crit": ["b64"], "b64": False}),
    "no signature": build_token(sign=lambda _text: b""),
    "cut signature": build_token()[:-10],
    "edited claims": "{0}.{2}.{1}".format(*build_token().split(".")[::2], encode(b'{"sub":"root"}')),
    "no exp": build_token(build_claims(exp=None)),
    "exp as text": build_token(build_claims(exp="never")),
    "exp as digits in text": build_token(build_claims(exp=str(NOW + 3600))),
    "exp as true": build_token(build_claims(exp=True)),
    "exp as infinity": build_token(build_claims(exp=float("inf"))),
    "exp as a huge number": build_token(build_claims(exp=10**400)),
    "exp before all time": build_token(build_claims(exp=-1)),
    "exp as not a number": build_token(build_claims(exp=float("nan"))),
    "expired": build_token(build_claims(exp=NOW - 60, iat=NOW - 3660)),
    "no iat": build_token(build_claims(iat=None)),
    "iat as text": build_token(build_claims(iat="now")),
    "iat as true": build_token(build_claims(iat=True)),
    "issued tomorrow": build_token(build_claims(iat=NOW + 86_400, exp=NOW + 90_000)),
    "not before tomorrow": build_token(build_claims(nbf=NOW + 86_400)),
    "wrong iss": build_token(build_claims(iss=ISSUER + "x")),
    "iss of another case": build_token(build_claims(iss=ISSUER.upper())),
    "iss as a list": build_token(build_claims(iss=[ISSUER])),
    "no iss": build_token(build_claims(iss=None)),
    "another client": build_token(build_claims(client_id="another")),
    "client as a list": build_token(build_claims(client_id=[CLIENT_ID])),
    "no client": build_token(build_claims(client_id=None)),
    "client as audience": build_token(build_claims(client_id=None, aud=CLIENT_ID)),
    "an id token": build_token(build_claims(token_use="id", aud=CLIENT_ID, client_id=None)),
    "an id token with a client": build_token(build_claims(token_use="id")),
    "a refresh token": build_token(build_claims(token_use="refresh")),
    "no token_use": build_token(build_claims(token_use=None)),
    "no sub": build_token(build_claims(sub=None)),
    "empty sub": build_token(build_claims(sub="")),
    "sub as a number": build_token(build_claims(sub=1)),
    "sub as a list": build_token(build_claims(sub=["user-1"])),
    "claims that are a list": build_token([build_claims()]),
    "claims that are no JSON": build_token(b"{"),
    "claims that are no text": build_token(b"\xff\xfe"),
    "deep header": encode(b'{"alg":' * 1000 + b"1" + b"}" * 1000) + ".e30.eHg",
    "deep JSON": build_token(b'{"a":' * 1000 + b"1" + b"}" * 1000),
    "9 KB": build_token(build_claims(padding="x" * 9000)),
    "empty": "",
    "one part": "abc",
    "four parts": build_token() + ".x",
    "not ASCII": "ä.ö.ü",
    "lone surrogate": "\udcff.x.y",
    "spaces inside": build_token().replace(".", " ."),
    "line break at the end": build_token() + "\n",
}
#: Where joserfc is less strict: header names it does not read, types it converts, its size.
LAXER_IN_THE_ORACLE = {
    "no iat", "9 KB", "sub as a number", "sub as a list", "empty sub", "exp as infinity", "exp as true",
    "another key in the header", "line break at the end", "iat as true", "client as a list",
    "exp as a huge number",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_token_is_refused(verifier: TokenVerifier, name: str) -> None:
    with pytest.raises(TokenRefused):
        verifier.verify(HOSTILE[name])


@pytest.mark.parametrize("name", [name for name in HOSTILE if name not in LAXER_IN_THE_ORACLE])
def test_the_oracle_refuses_it_too(name: str) -> None:
    assert not is_good_to_the_oracle(HOSTILE[name])


def test_a_refusal_names_no_part_of_the_token(verifier: TokenVerifier) -> None:
    for token in HOSTILE.values():
        with pytest.raises(TokenRefused) as caught:
            verifier.verify(token)
        assert len(caught.value.reason) < 40
        assert token == "" or token not in caught.value.reason


@pytest.mark.parametrize("seconds_ago", [5, 25])
def test_a_clock_that_is_some_seconds_off_is_no_fault(verifier: TokenVerifier, seconds_ago: int) -> None:
    now = int(time.time())
    verifier.verify(build_token(build_claims(exp=now - seconds_ago, iat=now - 3600)))
    verifier.verify(build_token(build_claims(iat=now + seconds_ago)))


def test_groups_of_another_shape_give_no_rights(verifier: TokenVerifier) -> None:
    for groups in ("admin", {"admin": True}, [["admin"]], 1, [1]):
        token = build_token(build_claims(**{"cognito:groups": groups}))
        with pytest.raises(TokenRefused):
            verifier.verify(token)


class Pool:
    """The server of a key set: counts its calls, and can be down or rotate."""

    def __init__(self) -> None:
        self.calls = 0
        self.keys: list[Mapping[str, Any]] = [JWK]
        self.error: Exception | None = None

    def fetch(self) -> list[Mapping[str, Any]]:
        self.calls += 1
        if self.error is not None:
            raise self.error
        return self.keys


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def key_set(pool: Pool, clock: Clock) -> KeySet:
    return KeySet(pool.fetch, clock=clock)


def test_cached_keys_go_on_working_while_the_pool_is_down(pool: Pool, clock: Clock, key_set: KeySet) -> None:
    verifier = TokenVerifier(issuer=ISSUER, client_id=CLIENT_ID, key_set=key_set)
    verifier.verify(build_token())
    for error in (requests.ConnectionError(), ValueError("no JSON"), KeyError("keys")):
        pool.error = error
        clock.now += 100
        with pytest.raises(TokenRefused):
            verifier.verify(HOSTILE["wrong kid"])
        verifier.verify(build_token())


def test_without_any_key_it_is_the_pool_that_is_unavailable(pool: Pool, key_set: KeySet) -> None:
    pool.error = requests.ConnectionError()
    with pytest.raises(KeySetUnavailable):
        key_set.get(KID)


def test_a_pool_that_was_down_at_the_start_is_asked_again(pool: Pool, clock: Clock, key_set: KeySet) -> None:
    pool.error = requests.ConnectionError()
    with pytest.raises(KeySetUnavailable):
        key_set.get(KID)
    pool.error = None
    clock.now += 2
    assert key_set.get(KID)


def test_a_flood_of_unknown_kids_asks_once_in_thirty_seconds(
    pool: Pool, clock: Clock, key_set: KeySet
) -> None:
    key_set.get(KID)
    for second in range(300):
        clock.now = 1000.0 + second / 10
        with pytest.raises(TokenRefused):
            key_set.get(str(uuid.uuid4()))
    assert pool.calls == 1
    clock.now = 1030.1
    for _ in range(100):
        with pytest.raises(TokenRefused):
            key_set.get(str(uuid.uuid4()))
    assert pool.calls == 2


def test_many_threads_at_the_start_ask_once_and_all_get_the_key(pool: Pool) -> None:
    def fetch_slowly() -> list[Mapping[str, Any]]:
        keys = pool.fetch()
        barrier.wait(timeout=5)
        return keys

    barrier = threading.Barrier(2)
    key_set = KeySet(fetch_slowly)
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(key_set.get(KID))) for _ in range(8)]
    for thread in threads:
        thread.start()
    barrier.wait(timeout=5)
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert pool.calls == 1


def test_a_rotated_key_is_found_and_the_old_one_ends(pool: Pool, clock: Clock, key_set: KeySet) -> None:
    key_set.get(KID)
    pool.keys = [build_jwk(OTHER_KEY, kid="key-2")]
    clock.now += 31
    assert key_set.get("key-2")
    with pytest.raises(TokenRefused):
        key_set.get(KID)


def test_keys_of_other_kinds_are_never_used(pool: Pool, key_set: KeySet) -> None:
    secret = {"kty": "oct", "kid": "secret", "k": encode(b"x" * 32), "alg": "HS256"}
    encryption = build_jwk(OTHER_KEY, kid="for-encryption") | {"use": "enc"}
    pool.keys = [JWK, secret, {"kty": "EC", "kid": "curve"}, {"kty": "RSA"}, encryption]
    assert key_set.get(KID)
    for kid in ("secret", "curve", "for-encryption"):
        with pytest.raises(TokenRefused):
            key_set.get(kid)


def test_one_broken_key_does_not_spoil_the_others(pool: Pool, key_set: KeySet) -> None:
    pool.keys = [{"kty": "RSA", "kid": "broken", "n": "!", "e": 3}, JWK]
    assert key_set.get(KID)
