"""Tokens that must be refused, each made from a valid one or with our own keys."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

Parts = tuple[dict[str, Any], dict[str, Any], str]
OWN_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def take_apart(token: str) -> Parts:
    """Return header, claims and signature."""
    header, claims, signature = token.split(".")
    return json.loads(decode(header)), json.loads(decode(claims)), signature


def put_together(header: Any, claims: Any, sign: Callable[[bytes], bytes] | str) -> str:
    """Return a token; `sign` is a signature, or a function that makes one."""
    text = ".".join(encode(json.dumps(part).encode()) for part in (header, claims))
    return f"{text}.{sign if isinstance(sign, str) else encode(sign(text.encode()))}"


def sign_rs256(text: bytes) -> bytes:
    return OWN_KEY.sign(text, padding.PKCS1v15(), hashes.SHA256())


def sign_es256(text: bytes) -> bytes:
    return EC_KEY.sign(text, ec.ECDSA(hashes.SHA256()))


def sign_hs256(secret: bytes) -> Callable[[bytes], bytes]:
    return lambda text: hmac.new(secret, text, hashlib.sha256).digest()


def build_jwk(kid: str) -> dict[str, str]:
    """Return our own key as an attacker would put it in a header."""
    numbers = OWN_KEY.public_key().public_numbers()
    return {"kty": "RSA", "kid": kid, "n": encode(numbers.n.to_bytes(256, "big")), "e": "AQAB"}


def forge_all(token: str, *, pool_key: dict[str, str], trap_url: str) -> dict[str, str]:
    """Return forgeries of a valid token, by what is wrong with them. `pool_key` is the pool's
    public key as published; a server that looks up a key at `trap_url` is detected."""
    header, claims, signature = take_apart(token)
    number = rsa.RSAPublicNumbers(
        int.from_bytes(decode(pool_key["e"]), "big"), int.from_bytes(decode(pool_key["n"]), "big")
    )
    public = number.public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    hs256 = {**header, "alg": "HS256"}
    root = {**claims, "sub": "root", "cognito:groups": ["admin"]}
    now = int(time.time())
    return {
        "alg none without a signature": put_together({**header, "alg": "none"}, root, ""),
        "alg none in capitals": put_together({**header, "alg": "NONE"}, root, ""),
        "alg none with the old signature": put_together({**header, "alg": "none"}, root, signature),
        "no alg": put_together({"kid": header["kid"]}, root, signature),
        "alg in small letters": put_together({**header, "alg": "rs256"}, claims, signature),
        "HS256 with the public key as PEM": put_together(hs256, root, sign_hs256(pem)),
        "HS256 with the public key as DER": put_together(hs256, root, sign_hs256(der)),
        "HS256 with the key's JSON": put_together(hs256, root, sign_hs256(json.dumps(pool_key).encode())),
        "HS256 with the modulus": put_together(hs256, root, sign_hs256(pool_key["n"].encode())),
        "HS256 with nothing": put_together(hs256, root, sign_hs256(b"")),
        "ES256": put_together({**header, "alg": "ES256"}, root, sign_es256),
        "a key of the attacker's": put_together(header, root, sign_rs256),
        "a key in the header": put_together({**header, "jwk": build_jwk(header["kid"])}, root, sign_rs256),
        "a key set's address in the header": put_together({**header, "jku": trap_url}, root, sign_rs256),
        "a certificate's address in the header": put_together({**header, "x5u": trap_url}, root, sign_rs256),
        "an unknown kid": put_together({**header, "kid": "unknown"}, root, sign_rs256),
        "a kid that is a path": put_together({**header, "kid": "../../dev/null"}, root, sign_hs256(b"")),
        "a kid that is SQL": put_together({**header, "kid": "x' UNION SELECT 'k"}, root, sign_rs256),
        "a kid that is a list": put_together({**header, "kid": [header["kid"]]}, root, sign_rs256),
        "a critical extension": put_together({**header, "crit": ["b64"], "b64": False}, claims, signature),
        "other claims under the old signature": put_together(header, root, signature),
        "a later end under the old signature": put_together(
            header, {**claims, "exp": now + 10**6}, signature
        ),
        "an expired one of the attacker's": put_together(header, {**root, "exp": now - 31}, sign_rs256),
        "no signature": token.rsplit(".", 1)[0] + ".",
        "half a signature": token[: -len(signature) // 2],
        "two signatures": f"{token}.{signature}",
        "two parts": token.rsplit(".", 1)[0],
        "a JWE's five parts": ".".join([token.split(".")[0], "", "", "", ""]),
        "a JSON serialization": json.dumps({"payload": claims, "signature": signature}),
        "more than 8 KB": put_together({**header, "x": "y" * 6100}, claims, signature),
        "not ASCII": f"{token}ü".encode().decode("latin-1"),
        "another letter case": token.swapcase(),
        "nothing but dots": "..",
        "the user's id": claims["sub"],
    }
