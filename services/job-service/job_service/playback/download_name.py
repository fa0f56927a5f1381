"""The name that a rendition is saved under: its video's title and its format, fit for every file system."""

import unicodedata
from typing import Final

#: ext4 and NTFS take 255 bytes or characters; what is added to the title, and a browser's " (1)", need room.
_MAX_TITLE_BYTES: Final = 180
#: Windows refuses these in a name; `/` is refused by all.
_REFUSED: Final = frozenset('<>:"/\\|?*')


def build_download_name(title: str, *, format_: str) -> str:
    """Return such as `Big Buck Bunny 720p.mp4`.

    Signs that a file system refuses and line breaks become spaces; control and direction signs, which could
    show another ending than the file has, are left out, and so are dots and spaces at both ends.
    """
    kept = "".join(" " if sign in _REFUSED or sign.isspace() else sign for sign in title)
    plain = "".join(sign for sign in kept if unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co"})
    name = " ".join(plain.split()).encode()[:_MAX_TITLE_BYTES].decode(errors="ignore").strip(". ")
    return f"{name or 'video'} {format_}.mp4"
