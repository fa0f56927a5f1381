"""From the upload to the player to the removal of the last object: real database, store, Redis and
ffmpeg; the gallery is in memory."""

import subprocess
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, text

from job_service.platform.s3_object_store import S3ObjectStore
from job_service.platform.tables import JobRow, MediaAssetRow
from job_service.relaying.notify_gallery import notify_gallery
from job_service.sweeps.expire_uploads import expire_uploads
from job_service.sweeps.run_deletions import run_deletions
from job_service.testing.auth import TokenIssuer, trust_issuer
from job_service.testing.gallery import MemoryGallery
from job_service.videos import source_sample, trash
from job_service.videos.asset_store import PostgresMediaAssets
from job_service.videos.media_cache import RedisMediaCache
from job_service.videos.ports import VideoPorts
from job_service.web.services import EXTENSION
from tests.servers.databases import RedisServer
from tests.servers.fixtures import ObjectStore
from videoforge.messages import FinishedAudio, FinishedRendition
from videoforge.problems import Code, Problem
from videoforge_clients.quiet_redis import QuietRedis, build_redis

pytestmark = pytest.mark.integration

ISSUER = TokenIssuer()
MASTER = "#EXTM3U\n#EXT-X-VERSION:7\n"


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Two seconds of video with audio, the index at the end."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi"]
    command += ["-i", "testsrc2=size=320x180:rate=25:duration=2", "-f", "lavfi", "-i", "sine=duration=2"]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", str(path)]
    subprocess.run(command, check=True)
    return path.read_bytes()


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("sound") / "sound.m4a"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", "sine=duration=1"]
    subprocess.run([*command, str(path)], check=True)
    return path.read_bytes()


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Twelve seconds in fragments, none of which states the total duration."""
    path = tmp_path_factory.mktemp("recording") / "recording.mp4"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi"]
    command += ["-i", "testsrc2=size=320x180:rate=25:duration=12", "-pix_fmt", "yuv420p", "-g", "25"]
    command += ["-movflags", "frag_keyframe+empty_moov+default_base_moof+skip_trailer", str(path)]
    subprocess.run(command, check=True)
    return path.read_bytes()


class Stage:
    """The API with a gallery in memory, as one user sees it."""

    def __init__(self, client: FlaskClient, gallery: MemoryGallery, user_id: str) -> None:
        self.client = client
        self.gallery = gallery
        self.user_id = user_id
        self.headers = ISSUER.build_headers(user_id)

    def call(self, method: str, path: str, body: Any = None, *, expect: int = 200) -> Any:
        answer = self.client.open("/api/" + path, method=method, json=body, headers=self.headers)
        assert answer.status_code == expect, answer.get_data(as_text=True)
        return answer.get_json(silent=True)

    def as_other(self) -> "Stage":
        return Stage(self.client, self.gallery, str(uuid.uuid4()))

    @property
    def ports(self) -> VideoPorts:
        ports: VideoPorts = self.client.application.extensions[EXTENSION].videos
        return ports

    def upload(self, content: bytes, *, filename: str = "my_cat.mp4") -> str:
        """Upload a file with one PUT and return its key."""
        announced = {"filename": filename, "content_type": "video/mp4", "size_bytes": len(content)}
        grant = self.call("POST", "storage/upload-url", announced, expect=201)
        sent = requests.put(grant["url"], data=content, headers=grant["headers"], timeout=30)
        assert sent.status_code == 200
        return str(grant["s3_key"])

    def confirm(self, s3_key: str, *, expect: int = 201, **fields: Any) -> Any:
        return self.call("POST", "upload/confirm", {"s3_key": s3_key, **fields}, expect=expect)

    def list_ids(self, path: str) -> list[str]:
        return [video["id"] for video in self.call("GET", f"gallery/{path}")["items"]]

    def notify_gallery(self) -> int:
        """Run the relay once, some minutes later."""
        self.execute(text("update outbox set next_try_at = now() where sent_at is null"))
        relay = self.client.application.extensions[EXTENSION].relay
        return notify_gallery(replace(relay, gallery=self.gallery))

    def execute(self, statement: Any, values: Any = None) -> None:
        with self.ports.database.connections.begin() as connection:
            connection.execute(statement, values)

    def publish(self, video: Any, store: S3ObjectStore, folder: Path) -> str:
        """Write the outputs of a finished job to the store and the database; return the job's
        id."""
        job_id = str(uuid.uuid4())
        for name, content in OUTPUTS.items():
            (folder / "x").write_text(content)
            key = f"videos/output/{job_id}/{name}"
            store.put_file(key, folder / "x", content_type="application/octet-stream")
        owner = {"video_id": video["id"], "user_id": self.user_id}
        self.execute(insert(JobRow).values(id=job_id, output_formats=["480p"], status="completed", **owner))
        for kind, detail in build_asset_details(f"videos/output/{job_id}").items():
            self.execute(
                insert(MediaAssetRow).values(
                    id=str(uuid.uuid4()),
                    job_id=job_id,
                    kind=kind,
                    format="480p" if kind == "rendition" else None,
                    s3_key=f"videos/output/{job_id}/2/480p/index.m3u8",
                    size_bytes=1,
                    detail=detail,
                    **owner,
                )
            )
        return job_id


OUTPUTS = {
    "2/480p/index.m3u8": "#EXTM3U\n../../1/480p/00000.m4s\n",
    "1/480p/00000.m4s": "segment",
    "2/480p.mp4": "film",
    "1/thumbnail.jpg": "picture",
    "1/storyboard.vtt": "WEBVTT\n",
}


def build_asset_details(prefix: str) -> dict[str, Any]:
    """Return the rows of media_assets for those outputs, by kind."""
    rendition = FinishedRendition(
        format="480p",
        width=854,
        height=480,
        frame_rate="25/1",
        codecs="avc1.64001e",
        bitrate_bps=700_000,
        peak_bitrate_bps=900_000,
        duration_seconds=2,
        size_bytes=7,
        playlist_key=f"{prefix}/2/480p/index.m3u8",
        mp4_key=f"{prefix}/2/480p.mp4",
        mp4_size_bytes=4,
    )
    audio = FinishedAudio(
        codecs="mp4a.40.2",
        bitrate_bps=128_000,
        size_bytes=1,
        playlist_key=f"{prefix}/2/audio/index.m3u8",
    )
    images = {
        "thumbnail_key": f"{prefix}/1/thumbnail.jpg",
        "storyboard_key": f"{prefix}/1/storyboard.vtt",
    }
    return {"rendition": rendition.model_dump(), "audio": audio.model_dump(), "images": images}


@pytest.fixture
def stage(
    start_app: Callable[..., Flask], redis_server: RedisServer, store_keys: ObjectStore, tmp_path: Path
) -> Iterator[Stage]:
    app = start_app(
        redis_host=redis_server.host,
        redis_port=redis_server.port,
        aws_endpoint_url_s3=store_keys.endpoint_url,
        s3_bucket_name=store_keys.bucket,
        public_url="http://videos.test",
        scratch_dir=str(tmp_path / "scratch"),
    )
    trust_issuer(app, ISSUER)
    services = app.extensions[EXTENSION]
    gallery = MemoryGallery()
    app.extensions[EXTENSION] = replace(services, videos=replace(services.videos, gallery=gallery))
    yield Stage(app.test_client(), gallery, str(uuid.uuid4()))
    assert not list((tmp_path / "scratch").glob("*")), "scratch files are left"


def test_an_upload_becomes_a_video_with_measured_metadata_and_a_thumbnail(stage: Stage, clip: bytes) -> None:
    key = stage.upload(clip)
    found = stage.call("POST", "metadata/extract", {"s3_key": key})
    assert (found["width"], found["height"], found["video_codec"]) == (320, 180, "h264")
    video = stage.confirm(key, tags=["cats"])
    assert (video["title"], video["s3_key"], video["status"]) == ("my cat", key, "uploaded")
    assert (video["resolution"], video["frame_rate"]) == ("320x180", "25/1")
    offer = {"format": "480p", "rendition": "180p", "width": 320, "height": 180}
    assert video["available_formats"] == found["available_formats"] == [offer]
    assert video["file_size_bytes"] == len(clip)
    assert video["thumbnail_url"].startswith("http://videos.test/media/")
    redirect = stage.client.get(video["thumbnail_url"].removeprefix("http://videos.test"))
    assert redirect.status_code == 307
    picture = requests.get(redirect.headers["Location"], timeout=10)
    assert picture.content[:3] == b"\xff\xd8\xff"
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert stage.call("POST", "metadata/extract", {"s3_key": key}) == found


def test_the_metadata_warn_of_what_no_rendition_will_have(stage: Stage, clip: bytes, tmp_path: Path) -> None:
    plain, marks, film = (tmp_path / name for name in ("plain.mp4", "marks.txt", "film.mp4"))
    plain.write_bytes(clip)
    marks.write_text(";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=1\ntitle=One\n")
    inputs = ["-i", str(plain), "-i", str(marks), "-map_chapters", "1", "-c", "copy", str(film)]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *inputs], check=True)
    keys = [stage.upload(clip), stage.upload(film.read_bytes())]
    for status in (201, 200):  # as probed now, then as saved by confirm
        found = [stage.call("POST", "metadata/extract", {"s3_key": key})["warnings"] for key in keys]
        assert [[warning["code"] for warning in warnings] for warnings in found] == [[], ["chapters_dropped"]]
        for key in keys:
            stage.confirm(key, expect=status)


def test_a_second_confirm_returns_the_same_video(stage: Stage, clip: bytes) -> None:
    key = stage.upload(clip)
    first = stage.confirm(key)
    again = stage.confirm(key, expect=200)
    assert again["id"] == first["id"]
    assert len(stage.gallery.videos) == 1


def test_a_confirm_with_a_key_repeats_its_first_answer(stage: Stage, clip: bytes) -> None:
    body = {"s3_key": stage.upload(clip)}
    headers = stage.headers | {"Idempotency-Key": "once"}
    answers = [stage.client.post("/api/upload/confirm", json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    other = stage.client.post("/api/upload/confirm", json={"s3_key": "x"}, headers=headers)
    assert other.json["code"] == "idempotency_key_reused"


def test_a_late_repeat_of_the_first_answer_has_a_valid_picture_url(stage: Stage, clip: bytes) -> None:
    body = {"s3_key": stage.upload(clip)}
    headers = stage.headers | {"Idempotency-Key": "once"}
    first = stage.client.post("/api/upload/confirm", json=body, headers=headers).json
    services = stage.client.application.extensions[EXTENSION]
    later = replace(services.videos, clock=lambda: services.videos.clock() + timedelta(hours=20))
    stage.client.application.extensions[EXTENSION] = replace(services, videos=later)
    get(stage, first["thumbnail_url"], expect=403)
    again = stage.client.post("/api/upload/confirm", json=body, headers=headers)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json == first | {"thumbnail_url": again.json["thumbnail_url"]}
    picture = get(stage, again.json["thumbnail_url"], expect=307)
    assert requests.get(picture.headers["Location"], timeout=10).content[:3] == b"\xff\xd8\xff"


@pytest.mark.parametrize("crash", ["gallery", "database"])
def test_a_confirm_that_crashed_is_completed_by_the_next(
    stage: Stage, clip: bytes, crash: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = stage.upload(clip)
    if crash == "gallery":
        stage.gallery.is_down = True
        assert stage.confirm(key, expect=503)["code"] == "gallery_unavailable"
        stage.gallery.is_down = False
    else:
        with monkeypatch.context() as patch:
            patch.setattr(PostgresMediaAssets, "save_source", lambda *_: 1 / 0)
            stage.confirm(key, expect=500)
        assert len(stage.gallery.videos) == 1
    video = stage.confirm(key)
    assert list(stage.gallery.videos) == [video["id"]]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"just some text, longer than nothing\n" * 50, "not_media"),
        (
            b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
            "unsupported_format",
        ),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "unsupported_format"),
        (None, "no_video_stream"),
        ("half", "truncated_media"),
    ],
    ids=["text", "playlist", "concat", "sound", "truncated"],
)
def test_a_file_that_is_not_a_video_is_refused_and_leaves_nothing(
    stage: Stage, store: S3ObjectStore, clip: bytes, sound: bytes, content: Any, code: str | None
) -> None:
    given: bytes = sound if content is None else clip[: len(clip) // 2] if content == "half" else content
    key = stage.upload(given)
    problem = stage.call("POST", "metadata/extract", {"s3_key": key}, expect=422)
    assert store.find_object(key) is not None
    again = stage.confirm(key, expect=422)
    assert again["code"] == problem["code"]
    assert code is None or problem["code"] == code
    assert problem["hint"]
    assert store.find_object(key) is None
    assert stage.gallery.videos == {}
    assert stage.confirm(key, expect=409)["code"] == "upload_not_open"


def test_a_missing_object_or_another_users_is_refused(stage: Stage, clip: bytes) -> None:
    announced = {"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": 5}
    grant = stage.call("POST", "storage/upload-url", announced, expect=201)
    assert stage.confirm(grant["s3_key"], expect=409)["code"] == "object_missing"
    parts = stage.call("POST", "storage/uploads", announced, expect=201)
    assert stage.confirm(parts["s3_key"], expect=409)["code"] == "upload_not_completed"
    key = stage.upload(clip)
    for others_key in (key, f"users/{stage.user_id}/uploads/{uuid.uuid4()}/source.mp4", "../../x", ""):
        problem = stage.as_other().confirm(others_key, expect=404)
        assert problem["code"] == "upload_not_found"
    assert stage.gallery.videos == {}


def test_an_object_replaced_through_the_url_is_refused_by_its_size(
    stage: Stage, store: S3ObjectStore, clip: bytes, tmp_path: Path
) -> None:
    key = stage.upload(clip)
    (tmp_path / "x").write_bytes(clip + b"more")
    store.put_file(key, tmp_path / "x", content_type="video/mp4")
    assert stage.confirm(key, expect=422)["code"] == "upload_size_mismatch"


def test_a_confirm_that_is_never_repeated_leaves_no_video(stage: Stage, clip: bytes) -> None:
    key = stage.upload(clip)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PostgresMediaAssets, "save_source", lambda *_: 1 / 0)
        stage.confirm(key, expect=500)
    stage.execute(text("update uploads set expires_at = now() - interval '1 minute'"))
    assert expire_uploads(stage.ports.uploads) == 1
    assert run_deletions(stage.ports) == 2
    assert stage.gallery.videos == {}


@pytest.mark.parametrize(("kind", "is_whole"), [("mp4", True), ("mp4", False), ("ts", False), ("vvc", True)])
def test_a_codec_unknown_to_the_systems_ffmpeg_is_confirmed_without_a_thumbnail(
    stage: Stage, tmp_path: Path, kind: str, is_whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"vvc.{kind}"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi"]
    command += ["-i", "testsrc2=size=320x180:rate=10:duration=1", "-c:v", "libvvenc", "-preset", "faster"]
    subprocess.run([*command, "-pix_fmt", "yuv420p10le", str(path)], check=True)
    for name in () if is_whole else ("WHOLE_BYTES", "HEAD_BYTES", "TAIL_BYTES"):
        monkeypatch.setattr(source_sample, name, path.stat().st_size // 3)
    video = stage.confirm(stage.upload(path.read_bytes()))
    assert (video["video_codec"], video["resolution"], video["frame_rate"]) == ("vvc", "320x180", "10/1")
    assert kind == "ts" or video["duration_seconds"] == pytest.approx(1, abs=0.01)
    assert video["thumbnail_url"] is None


@pytest.mark.parametrize("kind", ["clip", "recording"])
def test_a_large_file_is_measured_by_its_two_ends(
    stage: Stage, kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = request.getfixturevalue(kind)
    whole = stage.call("POST", "metadata/extract", {"s3_key": stage.upload(clip)})
    for name in ("WHOLE_BYTES", "HEAD_BYTES", "TAIL_BYTES"):
        monkeypatch.setattr(source_sample, name, len(clip) // 3)
    key = stage.upload(clip)
    assert stage.call("POST", "metadata/extract", {"s3_key": key}) == whole
    assert stage.confirm(key)["thumbnail_url"]


def test_playback_continues_without_redis(
    stage: Stage, store: S3ObjectStore, clip: bytes, tmp_path: Path
) -> None:
    video = stage.confirm(stage.upload(clip))
    job_id = stage.publish(video, store, tmp_path)
    services = stage.client.application.extensions[EXTENSION]
    dead = RedisMediaCache(QuietRedis(build_redis("127.0.0.1", port=1)))
    stage.client.application.extensions[EXTENSION] = replace(
        services, videos=replace(services.videos, cache=dead)
    )
    url = stage.call("GET", f"stream/{video['id']}")["hls_url"]
    assert get(stage, url).text.startswith(MASTER)
    get(stage, url.replace("master.m3u8", f"{job_id}/2/480p/index.m3u8"))


def get(stage: Stage, url: str, *, expect: int = 200) -> Any:
    answer = stage.client.get(url.removeprefix("http://videos.test"))
    assert answer.status_code == expect, answer.get_data(as_text=True)
    return answer


def test_a_player_finds_everything_below_one_url(
    stage: Stage, store: S3ObjectStore, clip: bytes, tmp_path: Path
) -> None:
    video = stage.confirm(stage.upload(clip))
    assert stage.call("GET", f"stream/{video['id']}", expect=409)["code"] == "video_not_ready"
    job_id = stage.publish(video, store, tmp_path)
    stream = stage.call("GET", f"stream/{video['id']}")
    master = get(stage, stream["hls_url"])
    assert master.content_type == "application/vnd.apple.mpegurl"
    assert master.text.startswith(MASTER)
    assert f"{job_id}/2/480p/index.m3u8" in master.text
    base = stream["hls_url"].removesuffix("master.m3u8")
    for _ in range(2):  # from the store, then from the cache
        playlist = get(stage, f"{base}{job_id}/2/480p/index.m3u8")
        assert playlist.text.endswith("../../1/480p/00000.m4s\n")
    segment = get(stage, f"{base}{job_id}/1/480p/00000.m4s", expect=307)
    assert segment.data == b""
    assert requests.get(segment.headers["Location"], timeout=10).text == "segment"
    asked = stage.client.head(f"{base}{job_id}/2/480p.mp4".removeprefix("http://videos.test"))
    assert requests.head(asked.headers["Location"], timeout=10).headers["Content-Length"] == "4"
    film = get(stage, stream["renditions"][0]["mp4_url"] + "?download=1", expect=307)
    saved = requests.get(film.headers["Location"], timeout=10)
    assert saved.headers["Content-Type"] == "video/mp4"
    assert f'filename="{video["title"]} 480p.mp4"' in saved.headers["Content-Disposition"]
    assert get(stage, stream["storyboard_url"]).content_type.startswith("text/vtt")
    get(stage, stream["thumbnail_url"], expect=307)
    download = stage.call("GET", f"storage/download-url?video_id={video['id']}&format=480p")
    assert requests.get(download["url"], timeout=10).text == "film"
    source = stage.call("GET", f"storage/download-url?video_id={video['id']}&format=source")
    assert requests.get(source["url"], timeout=10).content == clip


def test_a_token_opens_its_own_video_and_nothing_else(
    stage: Stage, store: S3ObjectStore, clip: bytes, tmp_path: Path
) -> None:
    video, other = stage.confirm(stage.upload(clip)), stage.confirm(stage.upload(clip))
    job_id, other_job = stage.publish(video, store, tmp_path), stage.publish(other, store, tmp_path)
    url = stage.call("GET", f"stream/{video['id']}")["hls_url"]
    base = url.removesuffix("master.m3u8")
    token = base.split("/")[-2]
    assert get(stage, f"{base}{other_job}/2/480p.mp4", expect=404).json["code"] == "media_not_found"
    get(stage, f"{base}{job_id}/2/../../{other_job}/2/480p.mp4", expect=404)
    get(stage, f"{base}{job_id}/2/%2e%2e/%2e%2e/{other_job}/2/480p.mp4", expect=404)
    get(stage, f"{base}{job_id}/9/480p/index.m3u8", expect=404)
    edited = get(stage, url.replace(token, token[:-4] + "AAAA"), expect=403)
    assert edited.json["code"] == "media_token_refused"
    picture = video["thumbnail_url"].split("/")[-2]
    assert get(stage, f"/media/{picture}/master.m3u8", expect=404).json["code"] == "media_not_found"
    services = stage.client.application.extensions[EXTENSION]
    later = replace(services.videos, clock=lambda: services.videos.clock() + timedelta(hours=3))
    stage.client.application.extensions[EXTENSION] = replace(services, videos=later)
    assert get(stage, url, expect=403).json["code"] == "media_token_expired"


def test_a_view_counts_once_per_viewer_and_hour(
    stage: Stage, store: S3ObjectStore, clip: bytes, tmp_path: Path
) -> None:
    video = stage.confirm(stage.upload(clip))
    stage.publish(video, store, tmp_path)
    for _ in range(3):
        stage.call("GET", f"stream/{video['id']}")
    stage.as_other().call("GET", f"stream/{video['id']}")
    for _ in range(2):
        assert stage.client.get(f"/api/stream/{video['id']}").status_code == 200
    assert stage.gallery.videos[video["id"]].views == 3


def test_only_its_owner_can_watch_a_private_video(
    stage: Stage, store: S3ObjectStore, clip: bytes, tmp_path: Path
) -> None:
    video = stage.confirm(stage.upload(clip), visibility="private")
    stage.publish(video, store, tmp_path)
    other = stage.as_other()
    for path in ("stream/{}", "gallery/videos/{}", "storage/download-url?video_id={}&format=480p"):
        assert other.call("GET", path.format(video["id"]), expect=404)["code"] == "video_not_found"
    stage.call("GET", f"stream/{video['id']}")


def test_the_trash_hides_a_video_at_once_and_restores_it(
    stage: Stage, store: S3ObjectStore, clip: bytes, tmp_path: Path
) -> None:
    video = stage.confirm(stage.upload(clip))
    stage.publish(video, store, tmp_path)
    path = f"gallery/videos/{video['id']}"
    url = stage.call("GET", f"stream/{video['id']}")["hls_url"]
    get(stage, url)
    stage.as_other().call("DELETE", path, expect=404)
    stage.call("DELETE", path, expect=204)
    stage.call("DELETE", path, expect=204)
    assert get(stage, url, expect=404).json["code"] == "media_not_found"
    stage.call("GET", f"stream/{video['id']}", expect=404)
    assert run_deletions(stage.ports) == 0
    assert [item["id"] for item in stage.call("GET", "gallery/my-videos?deleted=true")["items"]] == [
        video["id"]
    ]
    stage.as_other().call("POST", f"{path}/restore", {}, expect=404)
    assert stage.call("POST", f"{path}/restore", {})["deleted_at"] is None
    get(stage, url)
    assert run_deletions(stage.ports) == 0


def test_a_purge_removes_every_object_and_row(
    stage: Stage, store: S3ObjectStore, clip: bytes, tmp_path: Path
) -> None:
    key = stage.upload(clip)
    video = stage.confirm(key)
    job_id = stage.publish(video, store, tmp_path)
    stage.call("DELETE", f"gallery/videos/{video['id']}?purge=true", expect=204)
    assert (
        stage.call("POST", f"gallery/videos/{video['id']}/restore", {}, expect=409)["code"] == "purge_began"
    )
    stage.gallery.is_down = True
    assert run_deletions(stage.ports) == 0
    stage.gallery.is_down = False
    stage.execute(text("update deletions set due_at = now() - interval '1 second'"))
    assert run_deletions(stage.ports) == 1
    assert stage.gallery.videos == {}
    for prefix in (
        key.removesuffix("source.mp4"),
        f"videos/posters/{video['id']}/",
        f"videos/output/{job_id}/",
    ):
        assert store.delete_prefix(prefix) == 0
    with stage.ports.database.connections.begin() as connection:
        for table in ("media_assets", "jobs", "uploads"):
            assert connection.execute(text(f"select count(*) from {table}")).scalar() == 0
    stage.call("DELETE", f"gallery/videos/{video['id']}", expect=404)
    stage.confirm(key, expect=404)


def test_an_object_uploaded_after_a_purge_is_removed_once_its_url_has_expired(
    stage: Stage, store: S3ObjectStore, clip: bytes
) -> None:
    announced = {"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": len(clip)}
    grant = stage.call("POST", "storage/upload-url", announced, expect=201)

    def put() -> None:
        assert requests.put(grant["url"], data=clip, headers=grant["headers"], timeout=30).status_code == 200

    put()
    video = stage.confirm(grant["s3_key"])
    stage.call("DELETE", f"gallery/videos/{video['id']}?purge=true", expect=204)
    assert run_deletions(stage.ports) == 1
    assert store.find_object(grant["s3_key"]) is None
    put()
    assert run_deletions(stage.ports) == 0, "the URL still lives"
    hour = timedelta(hours=1, seconds=stage.ports.uploads.limits.url_seconds)
    later = replace(stage.ports, clock=lambda: datetime.now(UTC) + hour)
    assert run_deletions(later) == 1
    assert store.find_object(grant["s3_key"]) is None


def test_a_purge_needs_no_second_look_once_the_url_has_expired(stage: Stage, clip: bytes) -> None:
    video = stage.confirm(stage.upload(clip))
    stage.execute(text("update uploads set created_at = now() - interval '2 hours'"))
    stage.call("DELETE", f"gallery/videos/{video['id']}?purge=true", expect=204)
    assert run_deletions(stage.ports) == 1
    with stage.ports.database.connections.begin() as connection:
        assert connection.execute(text("select scope, status from deletions")).all() == [("video", "done")]


def test_the_trash_is_emptied_after_its_time(stage: Stage, clip: bytes) -> None:
    video = stage.confirm(stage.upload(clip))
    stage.call("DELETE", f"gallery/videos/{video['id']}", expect=204)
    stage.execute(text("update deletions set due_at = now() - interval '1 second'"))
    assert run_deletions(stage.ports) == 1
    assert stage.gallery.videos == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "visibility"},
        {"action": "visibility", "visibility": None},
        {"action": "delete", "visibility": "public"},
    ],
)
def test_a_bulk_change_has_a_visibility_only_if_it_sets_one(stage: Stage, fields: dict[str, Any]) -> None:
    problem = stage.call("POST", "gallery/videos/bulk", {"ids": ["any"], **fields}, expect=422)
    assert (problem["code"], [error["field"] for error in problem["errors"]]) == (
        "validation_failed",
        ["body"],
    )


def test_bulk_changes_give_each_video_its_own_outcome(stage: Stage, clip: bytes) -> None:
    mine, purged = stage.confirm(stage.upload(clip))["id"], stage.confirm(stage.upload(clip))["id"]
    other = stage.as_other()
    theirs = other.confirm(other.upload(clip))["id"]
    stage.call("DELETE", f"gallery/videos/{purged}?purge=true", expect=204)

    def change(action: str, **fields: Any) -> list[Any]:
        body = {"ids": [mine, theirs, "nonsense", mine], "action": action, **fields}
        answer = stage.call("POST", "gallery/videos/bulk", body)
        return [(item["id"] == mine, item["ok"], item.get("code")) for item in answer["results"]]

    missing = [(False, False, "video_not_found")] * 2
    assert change("visibility", visibility="private") == [(True, True, None), *missing]
    assert change("delete") == [(True, True, None), *missing]
    assert stage.gallery.videos[mine].deleted_at is not None
    assert change("restore") == [(True, True, None), *missing]
    assert stage.gallery.videos[theirs].deleted_at is None
    restored = stage.call("POST", "gallery/videos/bulk", {"ids": [purged], "action": "restore"})
    assert restored["results"] == [{"id": purged, "ok": False, "code": "purge_began"}]


def test_a_failing_bulk_deletion_announces_the_jobs_that_it_cancelled(
    stage: Stage, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [stage.confirm(stage.upload(clip))["id"] for _ in range(2)]
    jobs = [
        stage.call("POST", "jobs", {"video_id": video_id, "output_formats": ["720p"]}, expect=202)["id"]
        for video_id in ids
    ]
    real = trash.cancel_jobs_of_video

    def cancel(tx: Any, video_id: str) -> None:
        real(tx, video_id)
        if video_id == ids[1]:
            raise Problem(Code.database_unavailable)

    monkeypatch.setattr(trash, "cancel_jobs_of_video", cancel)
    stage.call("POST", "gallery/videos/bulk", {"ids": ids, "action": "delete"}, expect=503)
    with stage.ports.database.begin() as tx:
        (entry,) = tx.outbox.take_due(["job_ended"], limit=10, hold_seconds=0)
    assert entry.payload == {"job_id": jobs[0], "status": "cancelled"}


def test_a_gallery_that_is_down_is_a_503_that_changes_nothing(stage: Stage, clip: bytes) -> None:
    video = stage.confirm(stage.upload(clip))
    path = f"gallery/videos/{video['id']}"
    stage.call("DELETE", path, expect=204)
    stage.gallery.is_down = True
    bulk = {"ids": [video["id"]], "action": "visibility", "visibility": "private"}
    for method, target, body in (
        ("GET", path, None),
        ("PATCH", path, {"title": "x"}),
        ("POST", f"{path}/restore", {}),
        ("POST", "gallery/videos/bulk", bulk),
    ):
        assert stage.call(method, target, body, expect=503)["code"] == "gallery_unavailable"
    stage.gallery.is_down = False
    assert stage.list_ids("my-videos?deleted=true") == [video["id"]]
    assert stage.notify_gallery() == 0


class TestTheGalleryIsNotifiedOfTheTrash:
    """With the gallery down, or the call or its answer lost: the change arrives later, and no list
    is wrong."""

    @pytest.fixture
    def video_id(self, stage: Stage, store: S3ObjectStore, clip: bytes, tmp_path: Path) -> str:
        video = stage.confirm(stage.upload(clip))
        stage.publish(video, store, tmp_path)
        stage.gallery.change(video["id"], status="ready")
        return str(video["id"])

    @pytest.fixture(params=["lost on the way", "answer lost", "killed"])
    def outage(self, request: pytest.FixtureRequest, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Make the next notification fail this way; the list works again at once."""

        def fail(changes: Any) -> None:
            monkeypatch.undo()
            if request.param == "answer lost":
                stage.gallery.change_trash(changes)
            raise KeyboardInterrupt if request.param == "killed" else Problem(Code.gallery_unavailable)

        return lambda: monkeypatch.setattr(stage.gallery, "change_trash", fail)

    def change(self, stage: Stage, method: str, path: str, body: Any = None) -> Any:
        try:
            return stage.client.open(f"/api/gallery/{path}", method=method, json=body, headers=stage.headers)
        except KeyboardInterrupt:
            return None

    @pytest.mark.parametrize("is_bulk", [False, True])
    def test_a_deleted_video_is_in_no_list_and_can_be_restored(
        self, stage: Stage, video_id: str, outage: Any, is_bulk: bool
    ) -> None:
        outage()
        if is_bulk:
            bulk = {"ids": [video_id], "action": "delete"}
            answer = self.change(stage, "POST", "videos/bulk", bulk)
            assert answer is None or answer.json["results"][0]["ok"]
        else:
            answer = self.change(stage, "DELETE", f"videos/{video_id}")
            assert answer is None or answer.status_code == 204
        assert stage.list_ids("my-videos") == stage.list_ids("videos") == []
        stage.call("GET", f"gallery/videos/{video_id}", expect=404)
        stage.call("GET", f"stream/{video_id}", expect=404)
        assert stage.notify_gallery() == 1
        assert stage.list_ids("my-videos?deleted=true") == [video_id]
        assert stage.gallery.videos[video_id].deleted_at is not None
        stage.call("POST", f"gallery/videos/{video_id}/restore", {})
        assert stage.list_ids("my-videos") == [video_id]
        stage.call("GET", f"stream/{video_id}")

    @pytest.mark.parametrize("is_bulk", [False, True])
    def test_a_restored_video_is_complete_and_never_purged(
        self, stage: Stage, video_id: str, outage: Any, is_bulk: bool
    ) -> None:
        stage.call("DELETE", f"gallery/videos/{video_id}", expect=204)
        outage()
        if is_bulk:
            answer = self.change(stage, "POST", "videos/bulk", {"ids": [video_id], "action": "restore"})
            assert answer is None or answer.json["results"][0]["ok"]
        else:
            answer = self.change(stage, "POST", f"videos/{video_id}/restore", {})
            assert answer is None or answer.json["deleted_at"] is None
        assert stage.list_ids("my-videos?deleted=true") == []
        assert stage.notify_gallery() == 1
        assert stage.list_ids("my-videos") == [video_id]
        stage.call("GET", f"stream/{video_id}")
        stage.execute(text("update deletions set due_at = now() - interval '1 day'"))
        assert run_deletions(stage.ports) == 0

    def test_a_gallery_that_was_down_for_hours_gets_the_last_change_last(
        self, stage: Stage, video_id: str
    ) -> None:
        stage.gallery.is_down = True
        bulk = {"ids": [video_id]}
        for action in ("delete", "restore", "delete"):
            stage.call("POST", "gallery/videos/bulk", {**bulk, "action": action})
        assert stage.notify_gallery() == 0
        stage.gallery.is_down = False
        assert [stage.notify_gallery() for _ in range(4)] == [1, 1, 1, 0]
        assert stage.list_ids("my-videos?deleted=true") == [video_id]

    def test_a_late_message_does_not_undo_a_later_change(
        self, stage: Stage, video_id: str, outage: Any
    ) -> None:
        """The first message arrives after the second, as if it had been stuck in a frozen
        gallery."""
        outage()
        self.change(stage, "DELETE", f"videos/{video_id}")
        stage.call("POST", f"gallery/videos/{video_id}/restore", {})
        stage.notify_gallery()
        assert stage.gallery.videos[video_id].deleted_at is None
        assert stage.list_ids("my-videos") == [video_id]

    def test_a_purge_while_the_gallery_is_down_completes_when_it_is_back(
        self, stage: Stage, video_id: str
    ) -> None:
        stage.gallery.is_down = True
        stage.call("DELETE", f"gallery/videos/{video_id}?purge=true", expect=204)
        assert run_deletions(stage.ports) == 0
        stage.gallery.is_down = False
        assert stage.list_ids("my-videos") == stage.list_ids("my-videos?deleted=true") == []
        stage.execute(text("update deletions set due_at = now() - interval '1 second'"))
        assert run_deletions(stage.ports) == 1
        stage.notify_gallery()
        assert stage.gallery.videos == {}

    def test_a_video_is_not_restored_after_its_time_in_the_trash(self, stage: Stage, video_id: str) -> None:
        stage.call("DELETE", f"gallery/videos/{video_id}", expect=204)
        stage.execute(text("update deletions set due_at = now() - interval '1 second'"))
        refused = stage.call("POST", f"gallery/videos/{video_id}/restore", {}, expect=409)
        assert refused["code"] == "restore_window_passed"


def test_unknown_fields_and_bad_values_are_named(stage: Stage) -> None:
    path = f"gallery/videos/{uuid.uuid4()}"
    assert stage.call("PATCH", path, {"owner": "me"}, expect=422)["errors"][0]["field"] == "owner"
    assert stage.call("GET", "gallery/videos?limit=1000000", expect=422)["errors"][0]["field"] == "limit"
    assert stage.call("GET", "gallery/videos?sort=size", expect=422)["code"] == "validation_failed"
    assert stage.call("PATCH", path, {"title": "x"}, expect=404)["code"] == "video_not_found"
    climb = f"..%2F..%2F..%2Finternal%2Fvideos%2F{uuid.uuid4()}"
    for path in (
        "gallery/videos/not-an-id",
        f"storage/download-url?format=480p&video_id={climb}",
        f"stream/{climb}",
        "stream/not-an-id",
    ):
        assert stage.call("GET", path, expect=404)["code"] in {"video_not_found", "route_not_found"}
    strange = stage.call("GET", f"storage/download-url?format=source&video_id={climb}", expect=404)
    assert strange["code"] == "video_not_found"


def test_inspections_are_rate_limited_per_user(stage: Stage) -> None:
    for path in ("metadata/extract", "upload/confirm"):
        for _ in range(30):
            stage.call("POST", path, {"s3_key": "none"}, expect=404)
    assert stage.call("POST", "upload/confirm", {"s3_key": "none"}, expect=429)["code"] == "rate_limited"
    stage.as_other().confirm("none", expect=404)
