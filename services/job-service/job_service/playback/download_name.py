"""The file name of a downloaded rendition: its video's title and its format, valid on every file
system."""

import unicodedata
from typing import Final

#: ext4 allows 255 bytes and NTFS 255 characters; the suffix after the title and a browser's " (1)"
#: need room too.
_MAX_TITLE_BYTES: Final = 180
#: Not allowed in names on Windows; `/` is not allowed anywhere.
_REFUSED: Final = frozenset('<>:"/\\|?*')


def build_download_name(title: str, *, format_: str) -> str:
    """Return a name such as `Big Buck Bunny 720p.mp4`.

    Line breaks and characters that a file system refuses become spaces. Control and direction
    characters, which could fake another file extension, are removed, and so are dots and spaces at
    both ends.
    """
    kept = "".join(" " if sign in _REFUSED or sign.isspace() else sign for sign in title)
    plain = "".join(sign for sign in kept if unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co"})
    name = " ".join(plain.split()).encode()[:_MAX_TITLE_BYTES].decode(errors="ignore").strip(". ")
    return f"{name or 'video'} {format_}.mp4"
