"""Plays a finished video as a client would, and believes nothing that it did not fetch and decode.

Master playlist, every media playlist, every segment and image, every MP4: all through the public address,
then ffprobe for what they claim and ffmpeg for whether it is so.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import requests

from infra.local.demo.api_client import ApiClient
from infra.local.demo.faults import DemoFault
from infra.local.demo.media_tools import Media, decode, inspect, list_streams
from infra.local.demo.playlists import MediaPlaylist, list_media_playlists, parse_media_playlist

_FETCH_SECONDS: Final = 60
_FETCHES_IN_FLIGHT: Final = 4


@dataclass(frozen=True)
class PlayedRendition:
    """One format as it came over the wire: its MP4 by ffprobe, and the frames that were decoded."""

    format: str
    bitrate_bps: int
    mp4_url: str
    mp4: Media
    frames: int


@dataclass(frozen=True)
class Playback:
    """`segment_count` counts the media segments of all tracks; `hls_url` is the master playlist's."""

    hls_url: str
    segment_count: int
    hls_frames: int
    renditions: list[PlayedRendition]


def play_video(client: ApiClient, video: dict[str, Any]) -> Playback:
    """Return what was played. Raises DemoFault for whatever a viewer would stumble over."""
    stream = client.get(f"stream/{video['id']}")
    hls_url = client.build_url(stream["hls_url"])
    playlists = fetch_playlists(client, hls_url)
    check_duration("The HLS stream", seconds=playlists[0].duration_seconds, video=video)
    fetch_all(client, [url for playlist in playlists for url in list_files(playlist)])
    for image in (stream["thumbnail_url"], stream["storyboard_url"]):
        if image:
            fetch(client, image)
    _check_master(hls_url, renditions=stream["renditions"])
    return Playback(
        hls_url=hls_url,
        segment_count=sum(len(playlist.segment_urls) for playlist in playlists),
        hls_frames=decode(hls_url, streams=("0:v", "0:a?")),
        renditions=[_play_mp4(client, rendition, video=video) for rendition in stream["renditions"]],
    )


def fetch(client: ApiClient, url: str) -> bytes:
    """Return the bytes behind a link, redirects followed. Raises DemoFault for an error and for nothing."""
    try:
        answer = client.http.get(client.build_url(url), timeout=_FETCH_SECONDS)
    except requests.RequestException as error:
        raise DemoFault(f"{url.rsplit('/', 1)[-1]} did not come: {type(error).__name__}.") from error
    name = url.partition("?")[0].rsplit("/", 1)[-1]
    if not answer.ok:
        raise DemoFault(f"{name} was answered with status {answer.status_code}.")
    if not answer.content:
        raise DemoFault(f"{name} is empty.")
    return answer.content


def fetch_all(client: ApiClient, urls: Iterable[str]) -> int:
    """Fetch every address and return the bytes in all. Raises DemoFault for the first fault."""
    with ThreadPoolExecutor(_FETCHES_IN_FLIGHT) as workers:
        return sum(len(content) for content in workers.map(lambda url: fetch(client, url), urls))


def fetch_playlists(client: ApiClient, hls_url: str) -> list[MediaPlaylist]:
    """Return the media playlists of a master, in its order. Raises DemoFault where one has no end."""
    urls = list_media_playlists(fetch(client, hls_url).decode(), url=hls_url)
    if not urls:
        raise DemoFault("The master playlist lists nothing to play.")
    playlists = [parse_media_playlist(fetch(client, url).decode(), url=url) for url in urls]
    if not all(playlist.is_complete and playlist.segment_urls for playlist in playlists):
        raise DemoFault("A media playlist has no segments or no end.")
    return playlists


def list_files(playlist: MediaPlaylist) -> list[str]:
    """Return the addresses of everything that a media playlist names."""
    return [*([playlist.init_url] if playlist.init_url else []), *playlist.segment_urls]


def check_duration(what: str, *, seconds: float, video: dict[str, Any]) -> None:
    """Raise DemoFault where something plays for another time than its source, by more than 0.5 s or 1 %."""
    expected_seconds = float(video["duration_seconds"])
    if abs(seconds - expected_seconds) > max(0.5, 0.01 * expected_seconds):
        raise DemoFault(f"{what} plays for {seconds:.2f} s, its source for {expected_seconds:.2f} s.")


def _check_master(hls_url: str, *, renditions: list[dict[str, Any]]) -> None:
    offered = {(rendition["width"], rendition["height"]) for rendition in renditions}
    videos = [stream for stream in list_streams(hls_url) if stream["codec_type"] == "video"]
    found = {(stream["width"], stream["height"]) for stream in videos}
    if found != offered or {stream["codec_name"] for stream in videos} != {"h264"}:
        raise DemoFault(f"The master playlist plays {sorted(found)}, the API offers {sorted(offered)}.")


def _play_mp4(client: ApiClient, rendition: dict[str, Any], *, video: dict[str, Any]) -> PlayedRendition:
    url = client.build_url(rendition["mp4_url"])
    mp4, name = inspect(url), f"The {rendition['format']} MP4"
    check_duration(name, seconds=mp4.duration_seconds, video=video)
    if (mp4.width, mp4.height) != (rendition["width"], rendition["height"]):
        raise DemoFault(f"{name} is {mp4.width}×{mp4.height}, which is not what the API says.")
    if mp4.video_codec != "h264" or (mp4.audio_codec == "aac") != bool(video["audio_codec"]):
        raise DemoFault(f"{name} holds {mp4.video_codec} and {mp4.audio_codec}.")
    return PlayedRendition(rendition["format"], rendition["bitrate_bps"], url, mp4, decode(url))
