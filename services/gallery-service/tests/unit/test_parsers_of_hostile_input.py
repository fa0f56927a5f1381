"""Any text sent as cursor or words gives a value or the module's own refusal, never another error."""

import base64
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from gallery_service.domain import page
from gallery_service.domain.page import CursorRefused, PageRequest, Sort
from gallery_service.domain.text import clean_line, clean_tags
from gallery_service.domain.video import find_video_id

bounded = settings(max_examples=100, deadline=None, derandomize=True, database=None)

SORTS = st.sampled_from(
    ["created_at", "-created_at", "title", "-title", "duration", "-duration", "views", "-views"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4), max_leaves=6)
VIDEO_ID = "00000000-0000-4000-8000-000000000000"


def write(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@bounded
@given(sort=SORTS, cursor=st.text(max_size=80) | JSON.map(write))
def test_any_text_is_refused_as_a_cursor(sort: Sort, cursor: str) -> None:
    try:
        PageRequest(sort=sort).go_on(cursor)
    except CursorRefused:
        return
    raise AssertionError("a cursor that nobody made was taken")


@bounded
@given(sort=SORTS, key=SCALARS, video_id=st.just(VIDEO_ID) | SCALARS)
def test_any_key_under_a_right_digest_is_a_position_or_refused(
    sort: Sort, key: object, video_id: object
) -> None:
    request = PageRequest(sort=sort)
    digest = page._digest(request, key=key, id=video_id)  # type: ignore[arg-type]
    try:
        after = request.go_on(write([sort, key, video_id, digest])).after
    except CursorRefused:
        return
    assert after is not None
    assert after.id == str(after.id)


@bounded
@given(text=st.text(max_size=100))
def test_any_text_is_cleaned_or_refused(text: str) -> None:
    for clean in (clean_line, lambda tag: clean_tags([tag])[0]):
        try:
            line = clean(text)
        except ValueError:
            continue
        assert line == line.strip()
        assert not any(ord(character) < 32 for character in line)
    assert find_video_id(text) is None or len(text) >= 32
