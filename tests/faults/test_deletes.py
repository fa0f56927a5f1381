"""What a user deletes is gone, whatever is down at that moment, and can be taken back from the
trash."""

import pytest

from infra.local.processes.health import wait_until
from tests.faults.stories import BACK_SECONDS

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


def is_listed(driver, video_id, **query):
    """Say whether a video is in a list; None without a response."""
    answer = driver.client.send("GET", "gallery/my-videos", params=query)
    return any(item["id"] == video_id for item in answer.json()["items"]) if answer.ok else None


def wait_for_list(driver, video_id, *, is_wanted, **query):
    return wait_until(
        lambda: is_listed(driver, video_id, **query) is is_wanted, seconds=BACK_SECONDS, step_seconds=1
    )


@pytest.mark.story(
    fault="A video is deleted while the gallery is away",
    how="stop the gallery, DELETE /api/gallery/videos/{id}, start the gallery",
    wanted="it leaves the list when the gallery is back, is in the trash, and plays again when restored",
)
def test_a_video_is_deleted_while_the_gallery_is_away(stack, driver, clip, saw):
    watch = driver.make(clip)
    assert not driver.wait_for_all(seconds=BACK_SECONDS)
    with stack.away("gallery"):
        answer = driver.client.send("DELETE", f"gallery/videos/{watch.video_id}")
    if answer.ok:
        assert wait_for_list(driver, watch.video_id, is_wanted=False)
        assert wait_for_list(driver, watch.video_id, is_wanted=True, deleted="true")
        driver.client.post(f"gallery/videos/{watch.video_id}/restore")
    else:
        assert answer.status_code == 503
    assert wait_for_list(driver, watch.video_id, is_wanted=True)
    assert driver.client.get(f"stream/{watch.video_id}")["hls_url"]
    saw(
        "deleted and restored, as if the gallery had not been away"
        if answer.ok
        else "refused, and nothing changed"
    )
