"""Media playlists (RFC 8216), written by this module rather than by ffmpeg.

The segments of one rendition may come from several attempts on several machines; the playlist is
built from what those attempts reported. Its names are relative, so that it is written once and
works under any path. ffmpeg's own playlists are only read for the durations.
"""

import math
import posixpath
from collections.abc import Sequence

from videoforge.messages import Segment


def build_media_playlist(segments: Sequence[Segment], *, playlist_key: str, init_key: str) -> str:
    """Return the playlist to be stored at `playlist_key`; all keys are object keys."""
    folder = posixpath.dirname(playlist_key)
    longest = max(segment.duration_seconds for segment in segments)
    lines = [
        "#EXTM3U",  # 4.3.1.1: must be the first line
        "#EXT-X-VERSION:7",  # 4.3.1.2 and 7: EXT-X-MAP without I-frames-only needs 6, fMP4 in practice 7
        f"#EXT-X-TARGETDURATION:{math.floor(longest + 0.5)}",  # 4.3.3.1: every EXTINF rounded is ≤ this
        "#EXT-X-MEDIA-SEQUENCE:0",  # 4.3.3.2
        "#EXT-X-PLAYLIST-TYPE:VOD",  # 4.3.3.5: never changes, so players may cache it
        "#EXT-X-INDEPENDENT-SEGMENTS",  # 4.3.5.1: each begins with a key frame
        f'#EXT-X-MAP:URI="{posixpath.relpath(init_key, folder)}"',  # 4.3.2.5: the init segment
    ]
    for segment in segments:
        lines += [
            f"#EXTINF:{segment.duration_seconds:.6f},",  # 4.3.2.1
            posixpath.relpath(segment.key, folder),
        ]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])  # 4.3.3.4: nothing follows


def parse_segment_durations(playlist: str) -> dict[str, float]:
    """Return the duration of each segment by its file name, from a playlist written by ffmpeg."""
    durations: dict[str, float] = {}
    pending: float | None = None
    for line in playlist.splitlines():
        if line.startswith("#EXTINF:"):
            pending = float(line.removeprefix("#EXTINF:").split(",")[0])
        elif line and not line.startswith("#") and pending is not None:
            durations[posixpath.basename(line)] = pending
            pending = None
    return durations


def list_referenced_keys(playlist: str, *, playlist_key: str) -> list[str]:
    """Return the object keys named by one of our playlists: the init segment first, then the
    segments."""
    folder = posixpath.dirname(playlist_key)
    names = []
    for line in playlist.splitlines():
        if line.startswith("#EXT-X-MAP:URI="):
            names.append(line.split('"')[1])
        elif line and not line.startswith("#"):
            names.append(line)
    return [posixpath.normpath(posixpath.join(folder, name)) for name in names]
