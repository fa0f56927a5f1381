"""The tokens with which services authenticate to each other, and their rotation."""

import itertools

import pytest
from pydantic import SecretStr

from videoforge.service_tokens import HEADER, ServiceTokens

OLD, NEW, OTHER = "old-" * 8, "new-" * 8, "xxx-" * 8


def build(*tokens: str) -> ServiceTokens:
    return ServiceTokens(SecretStr(",".join(tokens)))


def test_the_first_is_sent_and_both_are_accepted() -> None:
    tokens = build(NEW, f" {OLD} ")
    assert tokens.build_headers() == {HEADER: NEW}
    assert tokens.is_accepted(NEW)
    assert tokens.is_accepted(OLD)


@pytest.mark.parametrize(
    "shown", [None, "", OTHER, NEW[:-1], NEW + "x", NEW.upper(), f"{NEW},{OLD}", "ü" * 32]
)
def test_anything_else_is_refused(shown: str | None) -> None:
    assert not build(NEW, OLD).is_accepted(shown)


def test_a_rotation_in_three_steps_refuses_no_call() -> None:
    steps = [build(OLD), build(OLD, NEW), build(NEW, OLD), build(NEW)]
    for before, after in itertools.pairwise(steps):
        for caller, callee in ((before, after), (after, before)):
            assert callee.is_accepted(caller.build_headers()[HEADER])


@pytest.mark.parametrize("tokens", [(), ("short",), (NEW, "short"), (NEW, OLD, OTHER), (" ",)])
def test_a_setting_that_is_not_one_or_two_long_tokens_is_a_fault(tokens: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="SERVICE_TOKENS") as caught:
        build(*tokens)
    assert NEW not in str(caught.value)


def test_a_token_shows_in_no_repr() -> None:
    assert NEW not in repr(build(NEW))
