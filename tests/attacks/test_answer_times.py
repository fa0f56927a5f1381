"""A08: response times do not reveal whether an account exists."""

import statistics
import time
from uuid import uuid4

import pytest

from tests.attacks.conftest import register
from tests.attacks.kit.people import read_problem

pytestmark = [pytest.mark.e2e, pytest.mark.attacks]

#: The limit per account and route is five requests a minute.
ASKED = 4
ACCOUNTS = 4
#: Over a network an attacker needs a gap of about this size; on a busy machine, times vary more.
GAP_SECONDS = 0.02


@pytest.fixture(scope="module")
def known(stack):
    clients = [register(stack, address=f"127.0.4.{number}") for number in range(1, ACCOUNTS + 1)]
    yield [client.user["email"] for client in clients]
    for client in clients:
        client.close()


def time_answer(client, path, body):
    began = time.perf_counter()
    answer = read_problem(client.send("POST", path, json=body))
    return time.perf_counter() - began, answer


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("auth/login", {"password": "Wrong-Horse-7"}),
        ("auth/forgot-password", {}),
        ("auth/resend-code", {}),
        ("auth/confirm", {"code": "111111"}),
        ("auth/reset-password", {"code": "111111", "new_password": "Canary-Horse-8"}),
        ("auth/mfa", {"session": "x", "code": "111111"}),
    ],
)
def test_an_unknown_account_is_answered_as_soon_as_a_known_one(nobody, known, path, body):
    """Registration is not among them: it says openly that an address is taken."""
    unknown = [f"{uuid4().hex}@example.com" for _ in known]
    time_answer(nobody, path, body | {"email": f"{uuid4().hex}@example.com"})  # connections are open now
    taken: dict[bool, list[float]] = {True: [], False: []}
    answers = set()
    for _ in range(ASKED):
        for pair in zip(known, unknown, strict=True):  # alternately, so that load affects both
            for email, is_known in zip(pair, (True, False), strict=True):
                seconds, answer = time_answer(nobody, path, body | {"email": email})
                taken[is_known].append(seconds)
                answers.add(answer)
    assert len(answers) == 1, answers
    assert 429 not in {status for status, _ in answers}
    gap = abs(statistics.median(taken[True]) - statistics.median(taken[False]))
    first, _, third = statistics.quantiles(taken[True], n=4)
    assert gap < max(GAP_SECONDS, third - first), taken
