"""A video is watched while it is encoded, through its publication: real database, store and Redis;
the gallery is in memory, and a processor without media lists segments."""

import subprocess
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient

from job_service.platform.s3_object_store import S3ObjectStore
from job_service.tasks.complete_task import complete_task
from job_service.tasks.list_segments import list_segments
from job_service.testing.auth import TokenIssuer, trust_issuer
from job_service.testing.gallery import MemoryGallery
from job_service.testing.postgres_jobs import PostgresStage
from job_service.testing.processor import METRICS, FakeProcessor, build_completion, build_proof, build_result
from job_service.web.services import EXTENSION
from tests.servers.databases import RedisServer
from tests.servers.fixtures import ObjectStore
from videoforge.media_playlist import build_media_playlist
from videoforge.messages import ClaimGrant, EncodedTrack, Segment, SegmentReport, TaskCompletion

pytestmark = pytest.mark.integration

ISSUER = TokenIssuer()
PUBLIC_URL = "http://videos.test"


class Viewer:
    """One user of the API, and the processor at work on his film of two chunks of 30 s."""

    def __init__(self, client: FlaskClient, gallery: MemoryGallery) -> None:
        self.client, self.gallery = client, gallery
        self.user_id = str(uuid.uuid4())
        self.services = client.application.extensions[EXTENSION]
        self.processor = FakeProcessor(self.services.jobs)
        self.video_id = self.job_id = ""

    def call(
        self, method: str, path: str, body: Any = None, *, expect: int = 200, as_user: Any = None
    ) -> Any:
        headers = ISSUER.build_headers(as_user or self.user_id)
        answer = self.client.open("/api/" + path, method=method, json=body, headers=headers)
        assert answer.status_code == expect, answer.get_data(as_text=True)
        return answer.get_json(silent=True)

    def get(self, url: str, *, expect: int = 200) -> Any:
        answer = self.client.get(url.removeprefix(PUBLIC_URL))
        assert answer.status_code == expect, answer.get_data(as_text=True)
        return answer

    def begin(self, clip: bytes) -> None:
        """Upload a private video, ask for its encode, and prepare it."""
        announced = {"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": len(clip)}
        upload = self.call("POST", "storage/upload-url", announced, expect=201)
        requests.put(upload["url"], data=clip, headers=upload["headers"], timeout=30)
        confirm = {"s3_key": upload["s3_key"], "visibility": "private"}
        self.video_id = self.call("POST", "upload/confirm", confirm, expect=201)["id"]
        self.ask_for_job()

    def ask_for_job(self) -> None:
        job = {"video_id": self.video_id, "output_formats": ["720p", "480p"]}
        self.job_id = self.call("POST", "jobs", job, expect=202)["id"]
        grant = self.processor.claim_next(self.job_id)
        proof = build_proof(grant).model_dump()
        result = build_result(grant, chunks=2)
        complete_task(
            self.services.jobs, grant.task_id, TaskCompletion(**proof, result=result, metrics=METRICS)
        )
        self.gallery.change(self.video_id, status="processing")

    def claim_both(self) -> tuple[ClaimGrant, ClaimGrant]:
        """Claim the sound and the picture of the first chunk."""
        grants = [self.processor.claim_next(self.job_id) for _ in range(2)]
        by_kind = {grant.input.kind: grant for grant in grants}
        return by_kind["audio"], by_kind["encode"]

    def list_segments(self, grant: ClaimGrant, *names: str, numbers: range) -> None:
        tracks = [build_track(grant, name, numbers) for name in names]
        report = SegmentReport(**build_proof(grant).model_dump(), tracks=tracks)
        list_segments(self.services.jobs, grant.task_id, report)

    def open_stream(self) -> Any:
        return self.call("GET", f"stream/{self.video_id}")


def build_track(grant: ClaimGrant, name: str, numbers: range) -> EncodedTrack:
    prefix = f"{grant.output_prefix}{name}/"
    return EncodedTrack(
        format=name,
        init_key=f"{prefix}init.mp4",
        init_size_bytes=800,
        codecs="mp4a.40.2" if name == "audio" else "avc1.64001F",
        segments=[
            Segment(key=f"{prefix}{number:05d}.m4s", duration_seconds=6, size_bytes=1000)
            for number in numbers
        ],
    )


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi"]
    command += ["-i", "testsrc2=size=320x180:rate=25:duration=2", "-pix_fmt", "yuv420p", str(path)]
    subprocess.run(command, check=True)
    return path.read_bytes()


@pytest.fixture
def viewer(
    start_app: Callable[..., Flask],
    redis_server: RedisServer,
    store_keys: ObjectStore,
    tmp_path: Path,
    clip: bytes,
) -> Iterator[Viewer]:
    app = start_app(
        redis_host=redis_server.host,
        redis_port=redis_server.port,
        aws_endpoint_url_s3=store_keys.endpoint_url,
        s3_bucket_name=store_keys.bucket,
        public_url=PUBLIC_URL,
        scratch_dir=str(tmp_path / "scratch"),
    )
    trust_issuer(app, ISSUER)
    services, gallery = app.extensions[EXTENSION], MemoryGallery()
    app.extensions[EXTENSION] = replace(services, videos=replace(services.videos, gallery=gallery))
    viewer = Viewer(app.test_client(), gallery)
    viewer.begin(clip)
    yield viewer


def test_a_film_is_watched_from_its_first_seconds_through_publication(
    viewer: Viewer, store: S3ObjectStore, tmp_path: Path
) -> None:
    sound, picture = viewer.claim_both()
    viewer.list_segments(picture, "480p", "720p", numbers=range(1))
    assert viewer.call("GET", f"stream/{viewer.video_id}", expect=409)["code"] == "video_not_ready"
    viewer.list_segments(sound, "audio", numbers=range(4))

    stream = viewer.open_stream()
    told = [stream[name] for name in ("duration_seconds", "playable_seconds", "is_complete", "renditions")]
    assert told == [60, 6, False, []]
    assert viewer.call("GET", f"gallery/videos/{viewer.video_id}")["playable_seconds"] == 6
    assert viewer.call("GET", "gallery/my-videos")["items"][0]["playable_seconds"] == 6
    assert viewer.call("GET", f"jobs/{viewer.job_id}")["playable_seconds"] == 6
    master = viewer.get(stream["hls_url"])
    assert master.headers["Cache-Control"] == "no-store"
    names = [f"{viewer.job_id}/{name}/index.m3u8" for name in ("480p", "720p")]
    assert [line for line in master.text.splitlines() if not line.startswith("#")] == names
    assert 'CODECS="avc1.64001F,mp4a.40.2"' in master.text
    assert f'URI="{viewer.job_id}/audio/index.m3u8"' in master.text

    base = stream["hls_url"].removesuffix("master.m3u8")
    attempt = picture.attempt
    early = viewer.get(base + names[0])
    assert early.headers["Cache-Control"] == "no-store"
    assert early.text == (
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:0\n"
        "#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        f'#EXT-X-MAP:URI="../{attempt}/480p/init.mp4"\n#EXTINF:6.000000,\n../{attempt}/480p/00000.m4s\n'
    )
    for name in ("init.mp4", "00000.m4s"):
        viewer.get(f"{base}{viewer.job_id}/{attempt}/480p/{name}", expect=307)
    for name in (f"{attempt}/480p.mp4", f"{attempt}/480p/index.m3u8", "1080p/index.m3u8"):
        viewer.get(f"{base}{viewer.job_id}/{name}", expect=404)

    viewer.list_segments(picture, "720p", numbers=range(5))
    assert viewer.get(base + names[1]).text.count("#EXTINF") == 1, "480p is not as far"
    viewer.list_segments(picture, "480p", numbers=range(5))
    later = viewer.get(base + names[0]).text
    assert later.startswith(early.text)
    assert later.count("#EXTINF") == 5
    assert viewer.open_stream()["playable_seconds"] == 24

    publish(viewer, sound, picture, store=store, folder=tmp_path)
    last = viewer.get(base + names[0])
    assert last.text.startswith(later)
    assert last.text.endswith("#EXT-X-ENDLIST\n")
    assert last.text.count("#EXTINF") == 10
    assert last.headers["Cache-Control"].startswith("private, max-age")
    viewer.get(f"{base}{viewer.job_id}/audio/index.m3u8")
    viewer.get(f"{base}{viewer.job_id}/{attempt}/480p/00000.m4s", expect=307)
    assert viewer.job_id + "/480p/" not in viewer.get(stream["hls_url"]).text
    stream = viewer.open_stream()
    assert (stream["is_complete"], stream["playable_seconds"]) == (True, stream["duration_seconds"])
    assert len(stream["renditions"]) == 2
    viewer.call("DELETE", f"gallery/videos/{viewer.video_id}", expect=204)
    viewer.get(base + names[0], expect=404)


def publish(
    viewer: Viewer, sound: ClaimGrant, picture: ClaimGrant, *, store: S3ObjectStore, folder: Path
) -> None:
    """Finish the job, and write the playlists that its assemble writes."""
    for grant in (sound, picture, viewer.processor.claim_next(viewer.job_id)):
        complete_task(viewer.services.jobs, grant.task_id, build_completion(grant))
    last = viewer.processor.claim_next(viewer.job_id)
    tracks = {"audio": last.input.sound.segments}  # type: ignore[union-attr]
    for result in last.input.encoded:  # type: ignore[union-attr]
        for track in result.renditions:
            tracks[track.format] = [*tracks.get(track.format, []), *track.segments]
    for name, segments in tracks.items():
        key = f"{last.output_prefix}{name}/index.m3u8"
        init = f"{(sound if name == 'audio' else picture).output_prefix}{name}/init.mp4"
        (folder / "x").write_text(build_media_playlist(segments, playlist_key=key, init_key=init))
        store.put_file(key, folder / "x", content_type="application/octet-stream")
    complete_task(viewer.services.jobs, last.task_id, build_completion(last))
    viewer.gallery.change(viewer.video_id, status="ready")


def test_nobody_else_watches_a_private_film_early(viewer: Viewer) -> None:
    sound, picture = viewer.claim_both()
    viewer.list_segments(sound, "audio", numbers=range(1))
    viewer.list_segments(picture, "480p", "720p", numbers=range(1))
    viewer.open_stream()
    other = str(uuid.uuid4())
    refused = viewer.call("GET", f"stream/{viewer.video_id}", expect=404, as_user=other)
    assert refused["code"] == "video_not_found"
    assert viewer.client.get(f"/api/stream/{viewer.video_id}").status_code == 404
    viewer.call("GET", f"jobs/{viewer.job_id}", expect=404, as_user=other)


def list_first(film: Viewer) -> tuple[ClaimGrant, ClaimGrant]:
    """List the first segment of sound and picture."""
    sound, picture = film.claim_both()
    film.list_segments(sound, "audio", numbers=range(1))
    film.list_segments(picture, "480p", "720p", numbers=range(1))
    return sound, picture


def test_a_token_of_one_film_opens_nothing_of_another(
    viewer: Viewer, store: S3ObjectStore, tmp_path: Path, clip: bytes
) -> None:
    """Neither what is published nor what is being encoded."""
    sound, picture = list_first(viewer)
    publish(viewer, sound, picture, store=store, folder=tmp_path)
    early = Viewer(viewer.client, viewer.gallery)
    early.begin(clip)
    _, first = list_first(early)
    films = (viewer, early)
    segments = [
        f"{film.job_id}/{grant.attempt}/480p/00000.m4s"
        for film, grant in zip(films, (picture, first), strict=True)
    ]
    bases = [film.open_stream()["hls_url"].removesuffix("master.m3u8") for film in films]
    for film, segment, own, foreign in zip(films, segments, bases, reversed(bases), strict=True):
        for name in ("480p", "audio"):
            viewer.get(f"{own}{film.job_id}/{name}/index.m3u8")
            viewer.get(f"{foreign}{film.job_id}/{name}/index.m3u8", expect=404)
        viewer.get(own + segment, expect=307)
        viewer.get(foreign + segment, expect=404)


def test_a_job_that_is_cancelled_takes_its_lists_along(viewer: Viewer) -> None:
    sound, picture = viewer.claim_both()
    viewer.list_segments(sound, "audio", numbers=range(1))
    viewer.list_segments(picture, "480p", "720p", numbers=range(1))
    base = viewer.open_stream()["hls_url"].removesuffix("master.m3u8")
    address = f"{base}{viewer.job_id}/480p/index.m3u8"
    viewer.get(address)
    viewer.call("POST", f"jobs/{viewer.job_id}/cancel", expect=202)
    viewer.get(address, expect=404)
    viewer.get(base + "master.m3u8", expect=404)
    viewer.call("GET", f"stream/{viewer.video_id}", expect=409)


def test_a_film_in_the_trash_is_not_watched_early(viewer: Viewer, stage: PostgresStage) -> None:
    """A deletion also cancels the job, which takes its lists along; here the job runs on, so that
    nothing but the trash stands between a viewer and the film."""
    sound, picture = viewer.claim_both()
    viewer.list_segments(sound, "audio", numbers=range(1))
    viewer.list_segments(picture, "480p", "720p", numbers=range(1))
    base = viewer.open_stream()["hls_url"].removesuffix("master.m3u8")
    # The master playlist comes first, while the set in the cache is still the one from before.
    addresses = [base + "master.m3u8"]
    addresses += [f"{base}{viewer.job_id}/{name}/index.m3u8" for name in ("480p", "audio")]
    for address in addresses:
        viewer.get(address)
    stage.trash(viewer.video_id)
    for address in addresses:
        viewer.get(address, expect=404)
    refused = viewer.call("GET", f"stream/{viewer.video_id}", expect=404)
    assert refused["code"] == "video_not_found"
    assert viewer.call("GET", f"jobs/{viewer.job_id}")["status"] == "processing"


def test_a_film_that_is_deleted_is_gone_for_its_early_viewers(viewer: Viewer) -> None:
    sound, picture = viewer.claim_both()
    viewer.list_segments(sound, "audio", numbers=range(1))
    viewer.list_segments(picture, "480p", "720p", numbers=range(1))
    base = viewer.open_stream()["hls_url"].removesuffix("master.m3u8")
    viewer.call("DELETE", f"gallery/videos/{viewer.video_id}", expect=204)
    viewer.get(f"{base}{viewer.job_id}/480p/index.m3u8", expect=404)
    viewer.get(base + "master.m3u8", expect=404)


def test_a_published_film_plays_on_while_a_job_makes_it_again(
    viewer: Viewer, store: S3ObjectStore, tmp_path: Path
) -> None:
    publish(viewer, *viewer.claim_both(), store=store, folder=tmp_path)
    before = viewer.get(viewer.open_stream()["hls_url"]).text
    viewer.ask_for_job()
    sound, picture = viewer.claim_both()
    viewer.list_segments(sound, "audio", numbers=range(1))
    viewer.list_segments(picture, "480p", "720p", numbers=range(1))
    stream = viewer.open_stream()
    assert (stream["is_complete"], len(stream["renditions"])) == (True, 2)
    assert viewer.get(stream["hls_url"]).text == before


def test_whoever_began_early_can_go_on_although_everything_was_made_again(
    viewer: Viewer, store: S3ObjectStore, tmp_path: Path
) -> None:
    sound, picture = viewer.claim_both()
    viewer.list_segments(sound, "audio", numbers=range(1))
    viewer.list_segments(picture, "480p", "720p", numbers=range(1))
    base = viewer.open_stream()["hls_url"].removesuffix("master.m3u8") + viewer.job_id
    publish(viewer, sound, picture, store=store, folder=tmp_path)
    viewer.ask_for_job()
    publish(viewer, *viewer.claim_both(), store=store, folder=tmp_path)
    for name in ("480p", "720p", "audio"):
        assert viewer.get(f"{base}/{name}/index.m3u8").text.endswith("#EXT-X-ENDLIST\n")
    viewer.get(f"{base}/{picture.attempt}/480p/00000.m4s", expect=307)
    viewer.get(f"{base}/1080p/index.m3u8", expect=404)
