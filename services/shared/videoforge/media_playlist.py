"""Media playlists (RFC 8216), written here rather than by ffmpeg.

The segments of one rendition may come from several attempts on several machines; the playlist is
built from what those attempts reported. A processor writes the finished one, job-service the one
that grows while the video is encoded; this module makes both, so that each line of the one is a
line of the other. Names are relative, so that a playlist works under any path.
"""

import math
import posixpath
from collections.abc import Sequence
from typing import Literal

from videoforge.messages import Segment


def build_media_playlist(
    segments: Sequence[Segment],
    *,
    playlist_key: str,
    init_key: str,
    kind: Literal["VOD", "EVENT"] = "VOD",
    is_complete: bool = True,
) -> str:
    """Return the playlist for the address `playlist_key`; all keys are object keys. Players may
    cache one of kind VOD; one of kind EVENT only ever gets more lines, until it is complete."""
    folder = posixpath.dirname(playlist_key)
    longest = max(segment.duration_seconds for segment in segments)
    lines = [
        "#EXTM3U",  # 4.3.1.1: must be the first line
        "#EXT-X-VERSION:7",  # 4.3.1.2 and 7: EXT-X-MAP without I-frames-only needs 6, fMP4 in practice 7
        f"#EXT-X-TARGETDURATION:{math.floor(longest + 0.5)}",  # 4.3.3.1: every EXTINF rounded is ≤ this
        "#EXT-X-MEDIA-SEQUENCE:0",  # 4.3.3.2
        f"#EXT-X-PLAYLIST-TYPE:{kind}",  # 4.3.3.5
        "#EXT-X-INDEPENDENT-SEGMENTS",  # 4.3.5.1: each begins with a key frame
        f'#EXT-X-MAP:URI="{posixpath.relpath(init_key, folder)}"',  # 4.3.2.5: the init segment
    ]
    for segment in segments:
        lines += [
            f"#EXTINF:{segment.duration_seconds:.6f},",  # 4.3.2.1
            posixpath.relpath(segment.key, folder),
        ]
    return "\n".join([*lines, *(["#EXT-X-ENDLIST"] if is_complete else []), ""])  # 4.3.3.4


def move_media_playlist(playlist: str, *, from_key: str, to_key: str) -> str:
    """Return a finished playlist of ours as the end of the one that has grown at `to_key`."""
    lines = []
    for line in playlist.splitlines():
        if line.startswith("#EXT-X-MAP:URI="):
            moved = _move(line.split('"')[1], from_key=from_key, to_key=to_key)
            lines.append(f'#EXT-X-MAP:URI="{moved}"')
        elif line.startswith("#EXT-X-PLAYLIST-TYPE:"):
            lines.append("#EXT-X-PLAYLIST-TYPE:EVENT")
        elif line and not line.startswith("#"):
            lines.append(_move(line, from_key=from_key, to_key=to_key))
        else:
            lines.append(line)
    return "\n".join([*lines, ""])


def _move(name: str, *, from_key: str, to_key: str) -> str:
    key = posixpath.join(posixpath.dirname(from_key), name)
    return posixpath.relpath(key, posixpath.dirname(to_key))
