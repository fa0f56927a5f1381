"""Uploads in progress, and what may be uploaded.

Nothing a client says about its file is trusted later; it only serves to refuse early what cannot
become a video. File names are kept as text for people and never become part of a key, path or
header unescaped.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath, PureWindowsPath
from typing import Final, Literal

from videoforge.problems import Code, Problem

UploadMethod = Literal["single", "multipart"]
UploadStatus = Literal["open", "completed", "confirmed", "aborted", "expired", "lost"]

MAX_FILENAME_CHARACTERS: Final = 255
MAX_TITLE_CHARACTERS: Final = 200

#: The extension becomes the key's suffix, and stores guess content types from suffixes: a
#: source.html would be a page on our own origin. So only these are used, and `bin` for everything
#: else.
_EXTENSIONS: Final = frozenset(
    {"3g2", "3gp", "asf", "avi", "flv", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "mxf"}
    | {"264", "265", "266", "apv", "dv", "gif", "h264", "h265", "h266", "hevc", "ogg", "ogv", "ts", "vvc"}
    | {"webm", "webp", "wmv"}
)
_UNKNOWN_EXTENSION: Final = "bin"
_EXTENSION_BY_TYPE: Final = {
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-matroska": "mkv",
    "video/mp2t": "ts",
    "video/mpeg": "mpg",
    "video/x-msvideo": "avi",
    "video/ogg": "ogv",
    "video/3gpp": "3gp",
    "application/mxf": "mxf",
    "image/gif": "gif",
    "image/webp": "webp",
    "video/dv": "dv",
    "video/h264": "h264",
    "video/h265": "h265",
    "video/h266": "h266",
    "video/apv": "apv",
}
#: Types that may hold video although they do not start with `video/`.
OTHER_CONTENT_TYPES: Final = ("application/mxf", "image/gif", "image/webp")
_CONTENT_TYPE = re.compile(
    "|".join((r"video/[a-z0-9][a-z0-9.+-]{0,100}", *map(re.escape, OTHER_CONTENT_TYPES)))
)


@dataclass(frozen=True, kw_only=True)
class Upload:
    """One row of `uploads`. `part_size_bytes`, `part_count` and `s3_upload_id` are for multipart
    only; `video_id` is the video that the upload became, or will become at the next confirm."""

    id: str
    user_id: str
    s3_key: str
    filename: str
    content_type: str
    size_bytes: int
    method: UploadMethod
    status: UploadStatus
    created_at: datetime
    expires_at: datetime
    fingerprint: str | None = None
    s3_upload_id: str | None = None
    part_size_bytes: int | None = None
    part_count: int | None = None
    video_id: str | None = None
    completed_at: datetime | None = None


def clean_filename(filename: str) -> str:
    """Return the file's own name without the folders that some browsers send. Raises Problem
    422."""
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in filename):
        raise Problem(Code.filename_refused, fault="name contains control characters")
    name = PureWindowsPath(PurePosixPath(filename).name).name.strip()
    if not name:
        raise Problem(Code.filename_refused, fault="has no name")
    if len(name) > MAX_FILENAME_CHARACTERS:
        raise Problem(
            Code.filename_refused, fault=f"name is longer than {MAX_FILENAME_CHARACTERS} characters"
        )
    return name


def clean_content_type(content_type: str) -> str:
    """Return the type in lower case without parameters. Raises Problem 422 unless it is a video
    type."""
    cleaned = content_type.split(";")[0].strip().lower()
    if not _CONTENT_TYPE.fullmatch(cleaned):
        raise Problem(Code.content_type_not_allowed)
    return cleaned


def choose_extension(filename: str, *, content_type: str) -> str:
    """Return the key's suffix: the file name's if it is a video suffix, else the type's, else
    `bin`."""
    suffix = PurePosixPath(filename).suffix.lower().removeprefix(".")
    if suffix in _EXTENSIONS:
        return suffix
    return _EXTENSION_BY_TYPE.get(content_type, _UNKNOWN_EXTENSION)


def check_size(size_bytes: int, *, max_bytes: int) -> None:
    """Raise Problem 422 `empty_file` or `file_too_large`."""
    if size_bytes < 1:
        raise Problem(Code.empty_file)
    if size_bytes > max_bytes:
        raise Problem(Code.file_too_large, size_bytes=size_bytes, max_bytes=max_bytes)


def choose_title(filename: str) -> str:
    """Return a title made from the file's name: without its suffix, on one line, at most 200
    characters."""
    stem = PurePosixPath(filename).stem.replace("_", " ")
    return " ".join(stem.split())[:MAX_TITLE_CHARACTERS].strip() or "Untitled video"
