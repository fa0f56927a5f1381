"""One rendition of a video is made again, in front of those who watch it."""

import threading
from contextlib import contextmanager
from uuid import uuid4

import pytest
from kit.clips import build_beep_inputs
from kit.measure import measure_sync
from kit.sound import is_in_step

from demo.media_tools import list_streams, make
from demo.playback import fetch, fetch_all, fetch_playlist, fetch_playlists, list_files, play_video
from demo.workflow import watch_job
from infra.local.processes.health import wait_until
from tests.e2e.film import QuietView, make_video, transcode
from tests.faults.harness.collect import JOBS, list_stored_keys, query

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


@pytest.fixture
def beeps(tmp_path):
    """A film with a flash and a beep each second."""
    film = tmp_path / "beeps.mp4"
    encode = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
    make([*build_beep_inputs(seconds=8, size="1280x720"), *encode], target=film)
    return film


def find_hls(client, video):
    return client.build_url(client.get(f"stream/{video['id']}")["hls_url"])


def list_tracks(client, hls_url):
    """Return the playlist of each format and of the audio, below the token."""
    master = fetch_playlist(client, hls_url)
    paths = [item.uri for item in (*master.playlists, *master.media)]
    return {path.split("/")[2]: path for path in paths}


def watch(client, hls_url):
    """Fetch everything that a player of all renditions fetches."""
    fetch_all(client, [url for playlist in fetch_playlists(client, hls_url) for url in list_files(playlist)])


@contextmanager
def watching(client, video, hls_url):
    """Somebody plays with the old link while others come, until the end of the block."""
    stop, faults, rounds = threading.Event(), [], []

    def play():
        while not stop.wait(0.5):
            try:
                watch(client, hls_url)
                watch(client, find_hls(client, video))
            except Exception as fault:
                faults.append(fault)
            rounds.append(1)

    viewer = threading.Thread(target=play)
    viewer.start()
    try:
        yield
    finally:
        stop.set()
        viewer.join(60)
    assert not faults
    assert rounds


def measure_hls_sync(hls_url, *, height, folder):
    """Return by how many milliseconds each beep is off its flash, in this variant."""
    videos = [stream for stream in list_streams(hls_url) if stream["codec_type"] == "video"]
    index = next(at for at, stream in enumerate(videos) if stream["height"] == height)
    film = folder / f"{height}.mkv"
    make(["-i", hls_url, "-map", f"0:v:{index}", "-map", "0:a:0", "-c", "copy"], target=film)
    return measure_sync(film)


def list_outputs(stack, job):
    prefix = f"videos/output/{job['id']}/"
    return sorted(key.removeprefix(prefix) for key in list_stored_keys(stack) if key.startswith(prefix))


def test_one_rendition_is_made_again_and_the_others_stay(stack, client, beeps, tmp_path):
    video = make_video(client, beeps)
    first = transcode(client, video, formats=["720p", "480p"], seconds=300)
    old_url = find_hls(client, video)
    before, files = list_tracks(client, old_url), list_outputs(stack, first)
    old_files = [url for playlist in fetch_playlists(client, old_url) for url in list_files(playlist)]

    body = {"video_id": video["id"], "output_formats": ["720p"], "replace": True}
    with watching(client, video, old_url):
        again = client.post("jobs", body, Idempotency_Key=str(uuid4()))
        assert client.get(f"gallery/videos/{video['id']}")["status"] == "ready"
        done = watch_job(client, again["id"], title="again", view=QuietView(), seconds=300)
        assert wait_until(lambda: list_tracks(client, find_hls(client, video)) != before, seconds=30)
    assert [item["format"] for item in done["renditions"]] == ["720p"]

    new_url = find_hls(client, video)
    after = list_tracks(client, new_url)
    assert after["480p"] == before["480p"]
    assert {name: path.split("/")[0] for name, path in after.items()} == {
        "480p": first["id"],
        "720p": again["id"],
        "audio": again["id"],
    }
    fetch_all(client, old_files)  # whoever began before plays the old one to the end
    for height in (480, 720):
        assert is_in_step(measure_hls_sync(new_url, height=height, folder=tmp_path))

    made = list_outputs(stack, again)
    query(stack, JOBS, "update deletions set due_at = now() where target = %s", removal_of(first, again))
    kept = [name for name in files if "/480p" in name]
    assert wait_until(lambda: list_outputs(stack, first) == kept, seconds=90, step_seconds=1)
    assert list_outputs(stack, again) == made
    play_video(client, video)
    shown = client.get(f"gallery/videos/{video['id']}")
    assert fetch(client, shown["thumbnail_url"])

    nothing = client.send("POST", "jobs", json={**body, "replace": False})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "formats_exist")


def removal_of(first, again):
    """Return the target of the deletion of what the second job replaced."""
    return f"videos/output/{first['id']}/{again['id']}"
