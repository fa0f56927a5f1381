"""Whatever is in the queue, or ffmpeg writes after a file took it over: the result is a value, None
or the module's own refusal, never another exception."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from video_processor.domain.codecs import read_avc_codec
from video_processor.domain.progress import ReportReader
from videoforge.messages import TaskMessage

bounded = settings(max_examples=100, deadline=None, derandomize=True, database=None)

FIGURES = st.sampled_from(
    ["N/A", "nan", "inf", "-inf", "1e999", "9" * 5000, "1.5x", "-1", "", "²"]
) | st.text(max_size=20)
NAMES = st.sampled_from(["frame", "out_time_us", "speed", "progress"]) | st.text(max_size=10)
LINES = st.tuples(NAMES, FIGURES).map("=".join) | st.text(max_size=40)


@bounded
@given(lines=st.lists(LINES, max_size=12))
def test_any_report_of_ffmpeg_is_finite_figures_or_none(lines: list[str]) -> None:
    reader = ReportReader()
    for line in [*lines, "progress=continue"]:
        report = reader.feed(line)
        if report is not None:
            assert all(
                figure is None or math.isfinite(figure)
                for figure in (report.out_seconds, report.speed, report.frame)
            )
            assert report.out_seconds is None or report.out_seconds >= 0


def test_lines_that_end_no_block_are_not_kept_without_end() -> None:
    reader = ReportReader()
    for number in range(10_000):
        reader.feed(f"name-{number}=x")
    assert len(reader._values) < 200


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
MESSAGES = st.dictionaries(st.sampled_from(["task_id", "dispatch", "version", "x"]), SCALARS, max_size=4)


@bounded
@given(
    body=st.text(max_size=100)
    | MESSAGES.map(json.dumps)
    | st.recursive(SCALARS, st.lists, max_leaves=4).map(json.dumps)
)
def test_any_message_is_a_task_or_refused(body: str) -> None:
    try:
        message = TaskMessage.model_validate_json(body)
    except ValidationError:
        return
    assert message.task_id
    assert set(json.loads(body)) <= set(TaskMessage.model_fields)


@bounded
@given(before=st.binary(max_size=40), after=st.binary(max_size=10), has_box=st.booleans())
def test_any_init_segment_has_a_codec_or_is_refused(before: bytes, after: bytes, has_box: bool) -> None:
    try:
        codec = read_avc_codec(before + (b"avcC" if has_box else b"") + after)
    except ValueError:
        return
    assert len(codec) == len("avc1.640028")


@pytest.mark.parametrize("task_id", ["", "x" * 200_000, "../../videos/x", "a/b", "a?b", "a\nb", "ä"])
def test_an_id_that_would_change_the_address_it_is_asked_at_is_no_task(task_id):
    """A long one was once requested for a minute, since the server's answer to it looks like an
    outage."""
    with pytest.raises(ValidationError):
        TaskMessage(task_id=task_id, dispatch=1)
