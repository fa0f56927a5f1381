"""A storm of random blows, by a seed: what nobody thought of."""

import pytest

from tests.faults.harness.storm import plan_storm, run_storm
from tests.faults.stories import LEASED_SECONDS, check_whole

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

SECONDS, EVERY_SECONDS, LONGEST_SECONDS, JOBS, SEED = 30, 3, 5, 6, 2


@pytest.mark.story(
    fault="A storm: any process killed or frozen, any connection cut or hung, queue purged, Redis flushed",
    how=f"random faults for {SECONDS} s, one every {EVERY_SECONDS} s, seed {SEED}; {JOBS} jobs running",
    wanted="every job completes, by itself",
)
def test_a_storm(stack, driver, clip, film_4k, saw):
    video = driver.send_video(clip)
    film = driver.make(film_4k, formats=("4K",))
    for _ in range(JOBS - 1):
        driver.ask(video)
    processes = stack.supervisor.list_processes()
    links = [link.name for link in stack.links.list_links()]
    blows = plan_storm(
        SEED,
        seconds=SECONDS,
        every_seconds=EVERY_SECONDS,
        processes=list(processes),
        links=links,
        longest_seconds=LONGEST_SECONDS,
    )
    run_storm(stack, blows, say=print)
    assert not driver.wait_for_all(seconds=LEASED_SECONDS)
    assert {watch.sightings[-1].status for watch in driver.watches} == {"completed"}
    check_whole(driver, film, film_4k)
    saw(f"{JOBS} of {JOBS} jobs completed; the 4K film has every frame and looks right")
