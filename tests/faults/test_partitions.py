"""One processor loses its connection to one part for longer than its lease, and the others do
not."""

import time

import pytest

from tests.faults.harness.proxy import HANGING
from tests.faults.stories import LEASED_SECONDS, begin_encode, find_worker

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

LASTS_SECONDS = 110


@pytest.mark.faults_long
@pytest.mark.parametrize("server", ["job-service", "store", "aws"])
@pytest.mark.story(
    fault="The busy processor is cut off from one part: job-service, the store or the queue",
    how=f"in mid-encode its connection passes nothing for {LASTS_SECONDS} s, without closing",
    wanted="it stops before its lease expires, or still holds it; one publication, and the job completes",
)
def test_a_processor_is_cut_off(stack, driver, film_4k, saw, server):
    watch = begin_encode(driver, film_4k)
    with stack.link(find_worker(stack, watch), server).broken(HANGING):
        time.sleep(LASTS_SECONDS)
    assert not driver.wait_for_all(seconds=LEASED_SECONDS)
    assert watch.sightings[-1].status == "completed"
    saw("completed, published once")
