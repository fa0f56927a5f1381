"""The layout of the bucket; the only code that builds object keys.

    users/{user_id}/uploads/{upload_id}/source.{ext}            the source, kept untouched
    videos/posters/{video_id}/thumbnail.jpg                     the thumbnail taken at confirm
    videos/output/{job_id}/{attempt}/…                          what one attempt of a task wrote
        thumbnail.jpg                                           by the prepare task
        {format}/init.mp4  {format}/00000.m4s …  audio/…        by an encode or audio task
        {format}/index.m3u8  audio/index.m3u8  {format}.mp4     by the assemble task
        storyboard.vtt  storyboard-000.jpg …

`attempt` is the attempt of the task that wrote the object. Tasks of one job write different names,
so no key is ever written twice: an attempt that lost its lease cannot touch its successor's
objects. The prefix `.rclone_temp_` belongs to the local store. Keys contain only UUIDs, plain
suffixes and digits.
"""

import re
from collections.abc import Sequence
from typing import Final

OUTPUT_PREFIX: Final = "videos/output/"
POSTER_PREFIX: Final = "videos/posters/"
AUDIO_FOLDER: Final = "audio"
#: Thumbnail and storyboard, which have no folder.
_IMAGE_FILES: Final = ("thumbnail.jpg", "storyboard")

_SEGMENT_KEY = re.compile(
    OUTPUT_PREFIX + r"[0-9a-zA-Z-]{1,64}/[0-9]{1,9}/[A-Za-z0-9]{1,32}/([0-9]{5,7})\.m4s"
)
_SOURCE_KEY = re.compile(r"users/([0-9a-zA-Z-]{1,64})/uploads/([0-9a-f-]{36})/source\.([a-z0-9]{1,8})")


def build_source_key(user_id: str, *, upload_id: str, extension: str) -> str:
    """Return the key of a source; `extension` is lower case, without a dot."""
    return f"users/{user_id}/uploads/{upload_id}/source.{extension}"


def find_source_owner(s3_key: str) -> str | None:
    """Return the user id in a source's key, or None for any other key."""
    match = _SOURCE_KEY.fullmatch(s3_key)
    return match.group(1) if match else None


def build_upload_prefix(s3_key: str) -> str:
    """Return the prefix that contains one source and nothing else."""
    return s3_key.rsplit("/", 1)[0] + "/"


def build_poster_prefix(video_id: str) -> str:
    return f"{POSTER_PREFIX}{video_id}/"


def build_poster_key(video_id: str) -> str:
    return f"{build_poster_prefix(video_id)}thumbnail.jpg"


def build_job_prefix(job_id: str) -> str:
    return f"{OUTPUT_PREFIX}{job_id}/"


def build_attempt_prefix(job_id: str, *, attempt: int) -> str:
    return f"{OUTPUT_PREFIX}{job_id}/{attempt}/"


def list_output_prefixes(job_id: str, *, outputs: Sequence[str], attempts: int) -> list[str]:
    """Return the prefixes that contain these outputs of a job and nothing else, for each attempt
    that may have written a part of them. An output is a format, `audio` or `images`; a prefix is a
    folder, a whole key or, for the storyboard's files, how their keys begin."""
    names = [name for output in outputs for name in _list_names(output)]
    folders = [build_attempt_prefix(job_id, attempt=attempt) for attempt in range(1, attempts + 1)]
    return [folder + name for folder in folders for name in names]


def _list_names(output: str) -> Sequence[str]:
    if output == "images":
        return _IMAGE_FILES
    return [f"{output}/"] if output == AUDIO_FOLDER else [f"{output}/", f"{output}.mp4"]


def build_segment_name(index: int) -> str:
    """Return the file name of the segment with this index in the whole rendition, from 0."""
    return f"{index:05d}.m4s"


def build_early_playlist_key(job_id: str, *, folder: str) -> str:
    """Return the address of a media playlist while it grows, and after that. Nothing is stored
    there: the playlist that is stored in the end lies under the attempt that wrote it, which nobody
    knows before."""
    return f"{build_job_prefix(job_id)}{folder}/index.m3u8"


def read_segment_index(key: str) -> int:
    """Return the index in a segment's key. ValueError for any other key."""
    match = _SEGMENT_KEY.fullmatch(key)
    if match is None:
        raise ValueError(f"{key[:200]!r} is not the key of a segment")
    return int(match.group(1))
