"""Plays a finished video as a client would, and trusts only what it has fetched and decoded.

It fetches the master playlist, every media playlist, segment, image and MP4 through the public URL,
reads what they claim with ffprobe and decodes them with ffmpeg.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import m3u8
import requests

from demo.api_client import ApiClient
from demo.errors import DemoError
from demo.media_tools import Media, decode, inspect, list_streams

_FETCH_SECONDS: Final = 60
_FETCHES_IN_FLIGHT: Final = 4


@dataclass(frozen=True)
class PlayedRendition:
    """One format as it was delivered: its MP4 as ffprobe sees it, and the number of frames decoded."""

    format: str
    bitrate_bps: int
    mp4_url: str
    mp4: Media
    frames: int


@dataclass(frozen=True)
class Playback:
    """`segment_count` counts the media segments of all tracks; `hls_url` is the master playlist."""

    hls_url: str
    segment_count: int
    hls_frames: int
    renditions: list[PlayedRendition]


def play_video(client: ApiClient, video: dict[str, Any]) -> Playback:
    """Return what was played. Raises DemoError for anything that would disturb a viewer."""
    stream = client.get(f"stream/{video['id']}")
    hls_url = client.build_url(stream["hls_url"])
    playlists = fetch_playlists(client, hls_url)
    check_duration("The HLS stream", seconds=measure_seconds(playlists[0]), video=video)
    fetch_all(client, [url for playlist in playlists for url in list_files(playlist)])
    for image in (stream["thumbnail_url"], stream["storyboard_url"]):
        if image:
            fetch(client, image)
    _check_master(hls_url, renditions=stream["renditions"])
    return Playback(
        hls_url=hls_url,
        segment_count=sum(len(playlist.segments) for playlist in playlists),
        hls_frames=decode(hls_url, streams=("0:v", "0:a?")),
        renditions=[_play_mp4(client, rendition, video=video) for rendition in stream["renditions"]],
    )


def fetch(client: ApiClient, url: str) -> bytes:
    """Return the content of a link, following redirects. Raises DemoError for an error or no content."""
    try:
        answer = client.http.get(client.build_url(url), timeout=_FETCH_SECONDS)
    except requests.RequestException as error:
        raise DemoError(f"{url.rsplit('/', 1)[-1]} could not be fetched: {type(error).__name__}.") from error
    name = url.partition("?")[0].rsplit("/", 1)[-1]
    if not answer.ok:
        raise DemoError(f"{name} was answered with status {answer.status_code}.")
    if not answer.content:
        raise DemoError(f"{name} is empty.")
    return answer.content


def fetch_all(client: ApiClient, urls: Iterable[str]) -> int:
    """Fetch every URL and return the total size in bytes. Raises DemoError for the first that fails."""
    with ThreadPoolExecutor(_FETCHES_IN_FLIGHT) as workers:
        return sum(len(content) for content in workers.map(lambda url: fetch(client, url), urls))


def fetch_playlists(client: ApiClient, hls_url: str) -> list[m3u8.M3U8]:
    """Return the media playlists of a master playlist: its variants, then its other renditions (RFC 8216).
    Raises DemoError if one of them is incomplete."""
    master = fetch_playlist(client, hls_url)
    listed = [item.absolute_uri for item in (*master.playlists, *master.media) if item.uri]
    if not listed:
        raise DemoError("The master playlist lists nothing to play.")
    playlists = [fetch_playlist(client, url) for url in dict.fromkeys(listed)]
    if not all(playlist.is_endlist and playlist.segments for playlist in playlists):
        raise DemoError("A media playlist has no segments or no end.")
    return playlists


def fetch_playlist(client: ApiClient, url: str) -> m3u8.M3U8:
    return m3u8.loads(fetch(client, url).decode(), uri=url)


def list_files(playlist: m3u8.M3U8) -> list[str]:
    """Return the URLs of everything that a media playlist names: init segments, then media segments."""
    return [part.absolute_uri for part in (*playlist.segment_map, *playlist.segments)]


def measure_seconds(playlist: m3u8.M3U8) -> float:
    """Return how long a media playlist plays, in seconds."""
    return float(sum(segment.duration for segment in playlist.segments))


def check_duration(what: str, *, seconds: float, video: dict[str, Any]) -> None:
    """Raise DemoError if something plays longer or shorter than its source by more than 0.5 s or 1 %."""
    expected_seconds = float(video["duration_seconds"])
    if abs(seconds - expected_seconds) > max(0.5, 0.01 * expected_seconds):
        raise DemoError(f"{what} plays for {seconds:.2f} s, its source for {expected_seconds:.2f} s.")


def _check_master(hls_url: str, *, renditions: list[dict[str, Any]]) -> None:
    offered = {(rendition["width"], rendition["height"]) for rendition in renditions}
    videos = [stream for stream in list_streams(hls_url) if stream["codec_type"] == "video"]
    found = {(stream["width"], stream["height"]) for stream in videos}
    if found != offered or {stream["codec_name"] for stream in videos} != {"h264"}:
        raise DemoError(f"The master playlist plays {sorted(found)}, the API offers {sorted(offered)}.")


def _play_mp4(client: ApiClient, rendition: dict[str, Any], *, video: dict[str, Any]) -> PlayedRendition:
    url = client.build_url(rendition["mp4_url"])
    mp4, name = inspect(url), f"The {rendition['format']} MP4"
    check_duration(name, seconds=mp4.duration_seconds, video=video)
    if (mp4.width, mp4.height) != (rendition["width"], rendition["height"]):
        raise DemoError(f"{name} is {mp4.width}×{mp4.height}, which is not what the API says.")
    if mp4.video_codec != "h264" or (mp4.audio_codec == "aac") != bool(video["audio_codec"]):
        raise DemoError(f"{name} holds {mp4.video_codec} and {mp4.audio_codec}.")
    return PlayedRendition(rendition["format"], rendition["bitrate_bps"], url, mp4, decode(url))
