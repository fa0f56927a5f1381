"""The layout of the bucket; the only code that builds object keys.

    users/{user_id}/uploads/{upload_id}/source.{ext}            the source, kept untouched
    videos/posters/{video_id}/thumbnail.jpg                     the thumbnail taken at confirm
    videos/output/{job_id}/{attempt}/…                          what one attempt of a task wrote
        thumbnail.jpg                                           by the prepare task
        {format}/init.mp4  {format}/00000.m4s …  audio/…        by an encode task
        {format}/index.m3u8  audio/index.m3u8  {format}.mp4     by the assemble task
        storyboard.vtt  storyboard-000.jpg …

`attempt` is the attempt of the task that wrote the object. Tasks of one job write different names,
so no key is ever written twice: an attempt that lost its lease cannot touch its successor's
objects. The prefix `.rclone_temp_` belongs to the local store. Keys contain only UUIDs, plain
suffixes and digits.
"""

import re
from typing import Final

OUTPUT_PREFIX: Final = "videos/output/"
POSTER_PREFIX: Final = "videos/posters/"
AUDIO_FOLDER: Final = "audio"

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


def build_segment_name(index: int) -> str:
    """Return the file name of the segment with this index in the whole rendition, from 0."""
    return f"{index:05d}.m4s"
