"""Whatever a caller sends as a cursor, name, key or token, the result is a value or the module's
own refusal, never another exception."""

import base64
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from job_service.platform.paging import PageStart
from job_service.platform.s3_object_store import build_disposition
from job_service.uploads.upload import choose_extension, choose_title, clean_content_type, clean_filename
from job_service.videos.assets import PublishedMedia
from job_service.videos.media_token import MediaTokenRefused, MediaTokens
from job_service.web.cursor import read_cursor, write_cursor
from job_service.web.video_ids import parse_video_id
from videoforge.keys import build_source_key
from videoforge.problems import Problem

bounded = settings(max_examples=100, deadline=None, derandomize=True, database=None)

TEXTS = st.text(max_size=80) | st.sampled_from(
    ["../../a", "a\r\nb: c", 'a"; filename="b', "\u202ea", "a\0b", "x" * 300]
)
#: Some are modified cursors or tokens of ours.
CODED = st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("="))
STARTS = st.tuples(
    st.sampled_from(["2026-01-01T00:00:00+00:00", "2026-01-01", "9999-12-31T23:59:59-23:59", "x", ""]), TEXTS
).map(lambda pair: base64.urlsafe_b64encode(f"{pair[0]}|{pair[1]}".encode("utf-8", "replace")).decode())


@bounded
@given(cursor=TEXTS | CODED | STARTS)
def test_any_text_is_a_cursor_or_is_refused_as_invalid(cursor: str) -> None:
    try:
        start = read_cursor(cursor)
    except Problem as problem:
        assert problem.code == "invalid_cursor"
        return
    assert start is not None
    assert start.created_at.utcoffset() is not None
    assert read_cursor(write_cursor(start)) == start


@bounded
@given(at=st.datetimes(timezones=st.just(UTC)), item_id=st.uuids().map(str))
def test_our_own_cursor_is_read_as_it_was_written(at: datetime, item_id: str) -> None:
    start = PageStart(created_at=at, id=item_id)
    assert read_cursor(write_cursor(start)) == start


@bounded
@given(
    filename=TEXTS, content_type=TEXTS | st.sampled_from(["video/mp4", "VIDEO/webm; codecs=x", "text/html"])
)
def test_any_file_name_becomes_a_safe_key_or_is_refused(filename: str, content_type: str) -> None:
    try:
        name, kind = clean_filename(filename), clean_content_type(content_type)
    except Problem as problem:
        assert problem.code in {"filename_refused", "content_type_not_allowed"}
        return
    key = build_source_key("user", upload_id="upload", extension=choose_extension(name, content_type=kind))
    assert re.fullmatch(r"users/user/uploads/upload/source\.[a-z0-9]{2,5}", key)
    assert 1 <= len(choose_title(name)) <= 200


@bounded
@given(filename=TEXTS)
def test_any_download_name_is_one_header_line(filename: str) -> None:
    header = build_disposition(filename)
    assert header.startswith("attachment; filename=")
    assert header.isascii()
    assert not re.search(r"[\r\n\0]", header)
    assert header.count('"') == 2


@bounded
@given(token=TEXTS | CODED | st.lists(CODED, min_size=2, max_size=3).map(".".join))
def test_arbitrary_text_is_not_a_playback_token(token: str) -> None:
    with pytest.raises(MediaTokenRefused):
        MediaTokens("k" * 32).read(token, now=datetime.now(UTC))


@bounded
@given(
    path=TEXTS
    | st.lists(st.sampled_from(["..", ".", "a", "480p", "%2e", "index.m3u8"]), max_size=6).map("/".join)
)
def test_any_path_below_a_token_finds_only_what_was_published(path: str) -> None:
    assert PublishedMedia(video_id="v", renditions=(), job_ids=frozenset({"job"})).find_object(path) is None


@bounded
@given(text=TEXTS)
def test_any_text_is_a_video_id_or_not_found(text: str) -> None:
    try:
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", parse_video_id(text))
    except Problem as problem:
        assert problem.code == "video_not_found"
