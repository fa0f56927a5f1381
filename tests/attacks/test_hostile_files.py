"""A14, A17: a file cannot access the machine or its network, and uses limited resources."""

import socket
import threading
import time

import pytest

from demo.errors import ApiError
from demo.upload import confirm_upload, upload_file
from tests.attacks.kit.films import make_film
from tests.attacks.kit.people import read_problem
from tests.e2e.film import SAMPLE

pytestmark = [pytest.mark.e2e, pytest.mark.attacks]

CANARY = "canary-7f3a-in-a-file-of-the-machine"
LOOKED_INTO_WITHIN_SECONDS = 30.0


@pytest.fixture(scope="module")
def trap():
    """A port that records connections."""
    heard: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.2)
    ended = threading.Event()

    def listen():
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            heard.append("connected")
            connection.close()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    yield listener.getsockname()[1], heard
    ended.set()
    thread.join()
    listener.close()


def list_disguises(*, path, port):
    """Return texts that some demuxer follows to a file or a URL."""
    url = f"http://127.0.0.1:{port}/secret.mp4"
    hls = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{0}\n#EXT-X-ENDLIST\n"
    dash = (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT10S"><Period><AdaptationSet mimeType="video/mp4">'
        '<Representation id="1" bandwidth="1"><BaseURL>{0}</BaseURL>'
        "</Representation></AdaptationSet></Period></MPD>"
    )
    sdp = f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\n"
    return {
        "a playlist of a file": hls.format(f"file://{path}"),
        "a playlist of an address": hls.format(url),
        "a playlist with a key elsewhere": hls.replace(
            "#EXTINF", f'#EXT-X-KEY:METHOD=AES-128,URI="{url}"\n#EXTINF'
        ).format("x.ts"),
        "a playlist of a concatenation": hls.format(f"concat:{path}|{path}"),
        "a playlist of a subfile": hls.format(f"subfile,,start,0,end,100,,:{path}"),
        "a concat script of a file": f"ffconcat version 1.0\nfile '{path}'\nduration 10\n",
        "a concat script of an address": f"ffconcat version 1.0\nfile '{url}'\nduration 10\n",
        "DASH of an address": dash.format(url),
        "DASH of a file": dash.format(f"file://{path}"),
        "SDP of a port": sdp,
        "an XML entity": f'<!DOCTYPE a [<!ENTITY e SYSTEM "file://{path}">]><a>&e;</a>',
        "a Matroska playlist": f"#EXTM3U\n{path}\n",
        "an SVG with a picture": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}"/></svg>',
        "a subtitle with a file": f"1\n00:00:00,000 --> 00:00:10,000\n<img src='{url}'>\n",
        "an ASX": f'<asx version="3.0"><entry><ref href="{url}"/></entry></asx>',
        "a redirect of QuickTime": f"RTSPtext\nrtsp://127.0.0.1:{port}/x\n",
    }


@pytest.mark.parametrize("name", list_disguises(path="/x", port=1))
def test_a_text_that_names_files_and_addresses_is_no_video_and_opens_none(somebody, tmp_path, trap, name):
    client = somebody()
    canary = tmp_path / "canary.txt"
    canary.write_text(CANARY * 50)
    film = tmp_path / ("film.mkv" if "Matroska" in name else "film.mp4")
    text = list_disguises(path=canary, port=trap[0])[name]
    film.write_text(text + "\n" + " " * 2000)
    s3_key = upload_file(client, film)
    for path in ("metadata/extract", "upload/confirm"):
        answer = client.send("POST", path, json={"s3_key": s3_key}, timeout=60)
        assert read_problem(answer) in {(422, "not_media"), (422, "unsupported_format")}, answer.text
        assert CANARY not in answer.text
    assert not trap[1], "the machine connected to an address that a file named"


def refuse_film(client, path):
    with pytest.raises(ApiError) as caught:
        confirm_upload(client, upload_file(client, path), title="Film")
    return caught.value.status, caught.value.code


def test_a_movie_that_refers_to_another_file_shows_nothing_of_it(somebody, tmp_path, trap):
    """QuickTime's data references (ISO/IEC 14496-12, section 8.7.2) may name a file or a URL."""
    film = make_film(tmp_path / "a.mp4", "-i", str(SAMPLE), "-t", "1", "-c", "copy", "-movflags", "faststart")
    content = bytearray(film.read_bytes())
    for target in (f"http://127.0.0.1:{trap[0]}/x\0", "file:///etc/passwd\0"):
        start = content.index(b"dref")
        entry = content.index(b"url ", start)
        content[entry + 4 : entry + 8] = b"\0\0\0\0"  # the flag that says: in this file
        path = tmp_path / "referring.mp4"
        path.write_bytes(bytes(content).replace(b"url \0\0\0\0", b"url \0\0\0\0" + target.encode()))
        client = somebody()
        answer = client.send("POST", "metadata/extract", json={"s3_key": upload_file(client, path)})
        assert answer.status_code == 422, answer.text
        assert "root:" not in answer.text
    assert not trap[1]


ENCODE = ("-c:v", "libx264", "-preset", "ultrafast")
MEDIA_BOMBS = {
    "a picture of 16,000 columns": (
        ["-f", "lavfi", "-i", "color=size=16000x64:rate=1:duration=2", *ENCODE],
        "media_too_large_dimensions",
    ),
    "fifty hours in three frames": (
        [
            *["-f", "lavfi", "-i", "color=size=64x64:rate=1:duration=3", "-vf", "setpts=PTS*100000"],
            *["-fps_mode", "passthrough", "-enc_time_base", "1:1", "-bf", "0", *ENCODE],
            *["-video_track_timescale", "1000"],
        ],
        "media_too_long",
    ),
}


@pytest.mark.parametrize("name", MEDIA_BOMBS)
def test_a_film_that_would_take_all_the_machine_is_refused_when_it_is_looked_at(somebody, tmp_path, name):
    arguments, code = MEDIA_BOMBS[name]
    film = make_film(tmp_path / "bomb.mp4", *arguments)
    began = time.monotonic()
    assert refuse_film(somebody(), film) == (422, code)
    assert time.monotonic() - began < LOOKED_INTO_WITHIN_SECONDS


def test_a_film_of_a_hundred_tracks_is_looked_at_in_bounded_time(somebody, tmp_path):
    client = somebody()
    tracks = [word for _ in range(100) for word in ("-map", "1:a")]
    film = make_film(
        tmp_path / "tracks.mkv",
        *["-f", "lavfi", "-i", "color=size=64x64:rate=5:duration=2"],
        *["-f", "lavfi", "-i", "anullsrc=duration=2", "-map", "0:v", *tracks],
        *["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-b:a", "8k"],
    )
    began = time.monotonic()
    answer = client.send("POST", "metadata/extract", json={"s3_key": upload_file(client, film)})
    assert time.monotonic() - began < LOOKED_INTO_WITHIN_SECONDS
    assert answer.status_code in {200, 422}, answer.text
    assert len(answer.content) < 64 * 1024
