"""As much of HLS (RFC 8216) as a client needs to find every file of a stream; pure functions."""

import re
from dataclasses import dataclass
from urllib.parse import urljoin

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^,]*)')


@dataclass(frozen=True)
class MediaPlaylist:
    """Addresses of the init segment and of the segments, and how long each segment plays."""

    init_url: str | None
    segment_urls: list[str]
    segment_seconds: list[float]
    is_complete: bool

    @property
    def duration_seconds(self) -> float:
        return sum(self.segment_seconds)


def parse_attributes(line: str) -> dict[str, str]:
    """Return the attribute list of a tag, quotes taken off."""
    return {name: value.strip('"') for name, value in _ATTRIBUTE.findall(line.partition(":")[2])}


def list_media_playlists(master: str, *, url: str) -> list[str]:
    """Return the addresses of all media playlists of a master playlist: variants, then other renditions."""
    lines = [line.strip() for line in master.splitlines() if line.strip()]
    variants = [line for line in lines if not line.startswith("#")]
    media = [parse_attributes(line) for line in lines if line.startswith("#EXT-X-MEDIA:")]
    others = [attributes["URI"] for attributes in media if "URI" in attributes]
    return [urljoin(url, name) for name in dict.fromkeys([*variants, *others])]


def parse_media_playlist(text: str, *, url: str) -> MediaPlaylist:
    """Return what a media playlist lists."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    maps = [parse_attributes(line)["URI"] for line in lines if line.startswith("#EXT-X-MAP:")]
    return MediaPlaylist(
        init_url=urljoin(url, maps[0]) if maps else None,
        segment_urls=[urljoin(url, line) for line in lines if not line.startswith("#")],
        segment_seconds=[
            float(line.partition(":")[2].partition(",")[0]) for line in lines if line.startswith("#EXTINF:")
        ],
        is_complete="#EXT-X-ENDLIST" in lines,
    )
