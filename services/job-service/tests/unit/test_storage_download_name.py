"""Names of downloads: from the title, and valid in every file system and header."""

import pytest

from job_service.platform.s3_object_store import build_disposition
from job_service.playback.download_name import build_download_name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Big Buck Bunny", "Big Buck Bunny 720p.mp4"),
        ("Café müller", "Café müller 720p.mp4"),
        ("../../etc/passwd", "etc passwd 720p.mp4"),
        ('a/b\\c:d*e?"f<g>h|i', "a b c d e f g h i 720p.mp4"),
        ("  line\r\nbreak\tand\x00nul ", "line break andnul 720p.mp4"),
        ("exe.\u202egpj", "exe.gpj 720p.mp4"),
        (". . .", "video 720p.mp4"),
        ("ü" * 200, "ü" * 90 + " 720p.mp4"),
    ],
)
def test_a_rendition_is_saved_under_its_title(title: str, name: str) -> None:
    assert build_download_name(title, format_="720p") == name


def test_the_header_carries_any_title_without_a_line_break() -> None:
    header = build_disposition(build_download_name('Café\r\nX: "1"; a=b', format_="480p"))
    plain, coded = header.split("; filename*=")
    assert plain == 'attachment; filename="Caf_ X 1 _ a_b 480p.mp4"'
    assert coded == "UTF-8''Caf%C3%A9%20X%201%20%3B%20a%3Db%20480p.mp4"
