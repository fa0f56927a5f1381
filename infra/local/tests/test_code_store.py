"""Codes are random, valid once, for a limited time and few guesses; limits do not reveal
accounts."""

import pytest

from infra.local.identity.code_store import (
    MAX_REQUESTS,
    MAX_WRONG,
    REQUEST_SECONDS,
    WRONG_SECONDS,
    CodeName,
    CodeStore,
    Purpose,
    Verdict,
)

ANN = CodeName(Purpose.RESET, "pool", "ann@example.org")
BEN = CodeName(Purpose.RESET, "pool", "ben@example.org")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(clock: Clock) -> CodeStore:
    return CodeStore(clock=clock)


def find_wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_a_code_has_six_digits_and_is_another_one_each_time(book):
    codes = {book.issue(ANN) for _ in range(50)}
    assert len(codes) > 45
    assert all(len(code) == 6 and code.isdigit() for code in codes)


def test_a_code_is_good_once(book):
    code = book.issue(ANN)
    assert book.take(ANN, code=code) is Verdict.RIGHT
    assert book.take(ANN, code=code) is Verdict.WRONG


def test_a_newer_code_ends_the_one_before(book):
    old, new = book.issue(ANN), book.issue(ANN)
    if old != new:
        assert book.take(ANN, code=old) is Verdict.WRONG
    assert book.take(ANN, code=new) is Verdict.RIGHT


@pytest.mark.parametrize(
    "name", [BEN, ANN._replace(purpose=Purpose.CONFIRM), ANN._replace(pool_id="another")]
)
def test_a_code_is_for_one_user_one_purpose_and_one_pool(book, name):
    assert book.take(name, code=book.issue(ANN)) is Verdict.WRONG


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_code_ends_and_only_who_knows_it_learns_so(book, clock, purpose):
    name = ANN._replace(purpose=purpose)
    code = book.issue(name)
    clock.now += purpose.value
    assert book.take(name, code=find_wrong(code)) is Verdict.WRONG
    assert book.take(name, code=code) is Verdict.EXPIRED


def test_wrong_guesses_void_the_code_and_close_the_name_for_a_while(book, clock):
    code = book.issue(ANN)
    for _ in range(MAX_WRONG):
        assert book.take(ANN, code=find_wrong(code)) is Verdict.WRONG
    assert book.take(ANN, code=code) is Verdict.TOO_MANY
    assert book.take(BEN, code=book.issue(BEN)) is Verdict.RIGHT
    clock.now += WRONG_SECONDS
    assert book.take(ANN, code=code) is Verdict.WRONG


def test_a_new_code_does_not_open_a_closed_name(book):
    for _ in range(MAX_WRONG):
        book.take(ANN, code="none")
    assert book.take(ANN, code=book.issue(ANN)) is Verdict.TOO_MANY


def test_guesses_for_nobody_are_judged_like_those_for_somebody(book):
    book.issue(ANN)
    assert [book.take(ANN, code="x") for _ in range(7)] == [book.take(BEN, code="x") for _ in range(7)]


def test_requests_are_limited_for_everybody(book, clock):
    assert [book.may_request(ANN) for _ in range(MAX_REQUESTS + 1)] == [True] * MAX_REQUESTS + [False]
    assert book.may_request(BEN)
    clock.now += REQUEST_SECONDS
    assert book.may_request(ANN)


def test_a_code_that_was_given_back_is_good_again_until_its_end(book, clock):
    code = book.issue(ANN)
    assert book.take(ANN, code=code) is Verdict.RIGHT
    book.give_back(ANN, code=code)
    clock.now += Purpose.RESET.value - 1
    assert book.take(ANN, code=code) is Verdict.RIGHT


def test_a_code_given_back_does_not_replace_a_newer_one(book):
    old = book.issue(ANN)
    book.take(ANN, code=old)
    new = book.issue(ANN)
    book.give_back(ANN, code=old)
    assert book.take(ANN, code=new) is Verdict.RIGHT


def test_codes_are_not_shown_by_repr(book):
    code = book.issue(ANN)
    assert code not in repr(vars(book))


def test_the_memory_is_bounded(book, monkeypatch):
    monkeypatch.setattr("infra.local.identity.code_store.MAX_NAMES", 10)
    for number in range(50):
        book.take(ANN._replace(address=f"{number}@example.org"), code="x")
    assert len(book._entries) == 10
