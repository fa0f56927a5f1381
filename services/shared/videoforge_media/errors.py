"""Why a file is refused: the codes that the API and the job's error carry, each with its sentence."""

from typing import Final, Literal

RejectionCode = Literal[
    "not_media",
    "empty_file",
    "truncated_media",
    "no_video_stream",
    "still_image",
    "unsupported_format",
    "media_too_large_dimensions",
    "media_too_long",
    "media_too_short",
    "probe_timeout",
    "encrypted_media",
]

_HINTS: Final[dict[str, str]] = {
    "not_media": "Upload a video file such as MP4, MOV, MKV or WebM.",
    "empty_file": "The upload may have been cut off. Upload the file again.",
    "truncated_media": "Play the file to its end on your own machine, then upload it again.",
    "no_video_stream": "VideoForge needs a picture. Upload a file with a video track.",
    "still_image": "Upload a video, or an animated GIF or WebP.",
    "unsupported_format": "Convert the file to MP4 with H.264 or H.265, then upload it again.",
    "media_too_large_dimensions": "Scale the video down to 8192×4320 or less.",
    "media_too_long": "Cut the video into shorter parts.",
    "media_too_short": "Upload a video that has at least a few frames.",
    "probe_timeout": "Remux the file (ffmpeg -i in -c copy out.mp4) and upload it again.",
    "encrypted_media": "Upload a copy without encryption or copy protection.",
}


class MediaRejected(Exception):
    """The file itself is at fault: trying again with the same bytes cannot help.

    `code` is stable, `detail` one plain sentence for the user, `hint` what to do about it.
    """

    def __init__(self, code: RejectionCode, detail: str, hint: str | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.hint = hint or _HINTS[code]
