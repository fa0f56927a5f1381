"""The demo finds every file of a stream."""

from infra.local.demo.playlists import list_media_playlists, parse_media_playlist

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
URL = "http://localhost:8080/media/token/master.m3u8"


def test_a_master_names_its_variants_and_its_audio():
    assert list_media_playlists(MASTER, url=URL) == [
        "http://localhost:8080/media/token/480p/index.m3u8",
        "http://localhost:8080/media/token/720p/index.m3u8",
        "http://localhost:8080/media/token/audio/index.m3u8",
    ]


def test_a_media_playlist_names_its_files_relative_to_itself():
    playlist = parse_media_playlist(MEDIA, url="http://localhost:8080/media/token/480p/index.m3u8")
    assert playlist.init_url == "http://localhost:8080/media/token/480p/init.mp4"
    assert playlist.segment_urls[1] == "http://localhost:8080/media/token/480p/00001.m4s"
    assert playlist.duration_seconds == 8.5
    assert playlist.is_complete


def test_a_playlist_that_still_grows_is_not_complete():
    assert not parse_media_playlist(MEDIA.replace("#EXT-X-ENDLIST", ""), url=URL).is_complete
