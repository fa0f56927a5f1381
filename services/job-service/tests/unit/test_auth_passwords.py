"""The password rules, and when a sign-in has ended."""

from datetime import UTC, datetime

import pytest

from job_service.auth.password import list_missing
from job_service.auth.sign_in_rules import is_cut_off, name_sign_in
from videoforge.tokens import Principal


@pytest.mark.parametrize("password", ["Aa1!aaaa", "Correct-Horse-7", "a" * 253 + "B2#", "ünïcode Aa1!"])
def test_a_good_password_lacks_nothing(password: str) -> None:
    assert list_missing(password) == []


@pytest.mark.parametrize(
    ("password", "phrase"),
    [
        ("Aa1!aaa", "8 characters or more"),
        ("aa1!aaaa", "an upper-case letter"),
        ("AA1!AAAA", "a lower-case letter"),
        ("Aaa!aaaa", "a digit"),
        ("Aa1aaaaa", "a special character such as ! or -"),
        ("Aa1 aaaa", "a special character such as ! or -"),
        ("Éa1!aaaa", "an upper-case letter"),
        ("Aa²!aaaa", "a digit"),
        ("Aa1!" + "a" * 253, "at most 256 characters"),
    ],
)
def test_only_what_is_missing_is_listed(password: str, phrase: str) -> None:
    assert list_missing(password) == [phrase]


def test_an_empty_password_lacks_everything() -> None:
    assert len(list_missing("")) == 5


@pytest.mark.parametrize(("issued_at", "is_over"), [(99, True), (100, True), (101, False)])
def test_a_token_from_the_second_of_a_sign_out_counts_as_older(issued_at: int, is_over: bool) -> None:
    signed_out_at = datetime.fromtimestamp(100.7, UTC)
    assert is_cut_off(issued_at, signed_out_at=signed_out_at) is is_over
    assert not is_cut_off(issued_at, signed_out_at=None)


def test_a_sign_in_is_named_by_its_origin_or_else_by_its_token() -> None:
    def build(origin_jti: str) -> Principal:
        return Principal(
            user_id="a",
            groups=frozenset(),
            issued_at_seconds=0,
            expires_at_seconds=0,
            jti="token",
            origin_jti=origin_jti,
        )

    assert name_sign_in(build("sign-in")) == "sign-in"
    assert name_sign_in(build("")) == "token"
