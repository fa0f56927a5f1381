"""A storm is determined by its seed, and all its targets exist."""

from itertools import pairwise

from tests.faults.harness.storm import plan_storm

PLACES = {"processes": ["relay", "postgres", "processor-1"], "links": ["relay to postgres"]}


def plan(seed, **changed):
    return plan_storm(seed, **{"seconds": 600, "every_seconds": 5, **PLACES, **changed})


def test_the_same_seed_gives_the_same_blows_in_whatever_order_the_places_come():
    turned = {name: places[::-1] for name, places in PLACES.items()}
    assert plan(1) == plan(1, **turned)
    assert plan(1) != plan(2)


def test_one_blow_is_over_before_the_next_falls_and_all_fall_within_the_time():
    blows = plan(1, longest_seconds=4)
    for blow, following in pairwise(blows):
        assert blow.at_seconds + blow.seconds <= following.at_seconds + 0.01
    assert blows[-1].at_seconds < 600
    assert max(blow.seconds for blow in blows) <= 4
    assert 60 < len(blows) < 160


def test_ways_are_cut_and_processes_are_killed():
    for blow in plan(3, seconds=6000):
        if blow.kind in {"cut", "hang"}:
            assert blow.target in PLACES["links"]
        if blow.kind in {"kill", "freeze"}:
            assert blow.target in PLACES["processes"]
    assert {blow.kind for blow in plan(3, seconds=6000)} >= {
        "kill",
        "freeze",
        "cut",
        "hang",
        "purge",
        "flush",
    }
