"""The demo finds every file of a stream, and refuses a stream that is incomplete."""

from types import SimpleNamespace

import pytest

from demo.api_client import ApiClient
from demo.errors import DemoError
from demo.playback import fetch_playlists, list_files, measure_seconds

ROOT = "http://localhost:8080/media/token"
MASTER = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="English, stereo",URI="audio/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1000000,CODECS="avc1.64001f,mp4a.40.2",AUDIO="audio"
480p/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2000000,AUDIO="audio"
720p/index.m3u8
"""
MEDIA = """#EXTM3U
#EXT-X-MAP:URI="init.mp4"
#EXTINF:6.000000,
00000.m4s
#EXTINF:2.5,
00001.m4s
#EXT-X-ENDLIST
"""


@pytest.fixture
def client():
    """A client whose server has the playlists in `client.texts`, by URL below ROOT."""
    client = ApiClient("http://localhost:8080")
    client.texts = {"master.m3u8": MASTER}
    client.texts |= {f"{folder}/index.m3u8": MEDIA for folder in ("480p", "720p", "audio")}

    def get(url, timeout):
        return SimpleNamespace(ok=True, content=client.texts[url.removeprefix(f"{ROOT}/")].encode())

    client.http = SimpleNamespace(get=get)
    return client


def test_a_master_playlist_leads_to_its_variants_and_its_audio(client):
    playlists = fetch_playlists(client, f"{ROOT}/master.m3u8")
    assert [list_files(playlist)[0] for playlist in playlists] == [
        f"{ROOT}/480p/init.mp4",
        f"{ROOT}/720p/init.mp4",
        f"{ROOT}/audio/init.mp4",
    ]


def test_a_media_playlist_names_its_files_relative_to_itself(client):
    playlist = fetch_playlists(client, f"{ROOT}/master.m3u8")[0]
    assert list_files(playlist)[1:] == [f"{ROOT}/480p/00000.m4s", f"{ROOT}/480p/00001.m4s"]
    assert measure_seconds(playlist) == 8.5


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("480p/index.m3u8", MEDIA.replace("#EXT-X-ENDLIST\n", ""), "no end"),
        ("audio/index.m3u8", "#EXTM3U\n#EXT-X-ENDLIST\n", "no segments"),
        ("master.m3u8", "#EXTM3U\n", "nothing to play"),
    ],
)
def test_an_incomplete_stream_is_an_error(client, name, text, message):
    client.texts[name] = text
    with pytest.raises(DemoError, match=message):
        fetch_playlists(client, f"{ROOT}/master.m3u8")
