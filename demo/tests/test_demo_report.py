"""What the demo prints at its end, and how a refusal reads."""

from fractions import Fraction
from pathlib import Path

from demo.clips import Clip
from demo.errors import ApiError
from demo.media_tools import Media
from demo.playback import Playback, PlayedRendition
from demo.report import list_notes, list_rows
from demo.workflow import FinishedClip

MP4 = Media(5.28, 1280, 720, "h264", "aac", Fraction(25), 1_250_000)
RESULT = FinishedClip(
    clip=Clip("Film", Path("film.mp4")),
    video={"duration_seconds": 5.28},
    job={
        "created_at": "2026-11-20T09:00:00Z",
        "completed_at": "2026-11-20T09:00:02.640+00:00",
        "skipped": [{"format": "4K", "reason": "The source is smaller."}],
        "warnings": [{"code": "w", "message": "The sound is mono."}],
    },
    playback=Playback("u", 3, 132, [PlayedRendition("720p", 1_900_000, "m", MP4, 132)] * 2),
)


def test_time_and_speed_stand_once_for_the_job_that_makes_all_formats():
    first, second = list_rows(RESULT)
    assert first == ("Film", "720p", "1.25 MB", "1280×720", "5.28 s", "1.90 Mbps", "2.6", "2.00×")
    assert second[0] == second[6] == second[7] == ""


def test_skipped_formats_and_warnings_are_told():
    notes = list(list_notes(RESULT))
    assert notes[0] == "Film: 4K skipped. The source is smaller."
    assert notes[1] == "Film: The sound is mono."
    assert "720p 132" in notes[2]


def test_a_refusal_is_a_sentence_with_its_code():
    refused = ApiError(
        {"code": "not_a_video", "detail": "This is no video.", "hint": "Send a video."}, status=422
    )
    assert str(refused) == "This is no video. Send a video. (422 not_a_video)"
