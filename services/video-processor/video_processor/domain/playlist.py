"""Reading media playlists (RFC 8216): ffmpeg's for the durations of its segments, and our own, which
videoforge/media_playlist.py writes, for the objects that they name."""

import posixpath


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
