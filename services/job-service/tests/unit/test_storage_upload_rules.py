"""What may be uploaded, under which name and in which parts."""

import pytest

from job_service.uploads.parts import GIB, MAX_OBJECT_BYTES, MAX_PARTS, MIB, plan_parts
from job_service.uploads.upload import (
    check_size,
    choose_extension,
    choose_title,
    clean_content_type,
    clean_filename,
)
from videoforge.problems import Problem


@pytest.mark.parametrize("size", [1, 8 * MIB, 8 * MIB + 1, 80 * GIB, 100 * GIB, 4999 * GIB, MAX_OBJECT_BYTES])
def test_parts_add_up_to_the_file_within_the_limits_of_s3(size: int) -> None:
    plan = plan_parts(size)
    assert plan.part_count <= MAX_PARTS
    assert plan.part_size_bytes <= 5 * GIB
    assert plan.part_size_bytes % MIB == 0
    last = plan.get_part_bytes(plan.part_count)
    assert 0 < last <= plan.part_size_bytes
    assert plan.part_size_bytes * (plan.part_count - 1) + last == size


def test_parts_are_8_mib_as_long_as_10_000_are_enough() -> None:
    assert plan_parts(8 * MIB * MAX_PARTS).part_size_bytes == 8 * MIB
    assert plan_parts(8 * MIB * MAX_PARTS + 1).part_size_bytes == 9 * MIB


@pytest.mark.parametrize("size", [0, -1, MAX_OBJECT_BYTES + 1])
def test_a_file_that_cannot_be_one_object_has_no_plan(size: int) -> None:
    with pytest.raises(ValueError, match="cannot be one object"):
        plan_parts(size)


def test_missing_parts_are_listed_in_order() -> None:
    assert plan_parts(24 * MIB).find_missing([3, 1]) == [2]


@pytest.mark.parametrize(
    ("filename", "content_type", "extension"),
    [
        ("Holiday.MP4", "video/mp4", "mp4"),
        ("page.html", "video/mp4", "mp4"),
        ("page.html", "video/unheard-of", "bin"),
        ("noextension", "video/quicktime", "mov"),
        ("x.mp4/../../y", "video/webm", "webm"),
    ],
)
def test_only_suffixes_of_videos_become_part_of_a_key(
    filename: str, content_type: str, extension: str
) -> None:
    assert choose_extension(filename, content_type=content_type) == extension


def test_a_file_name_is_kept_as_text_without_its_folders() -> None:
    assert clean_filename("C:\\fakepath\\Ferien <3 ü.mp4") == "Ferien <3 ü.mp4"
    assert clean_filename("../../etc/a b.mp4") == "a b.mp4"


@pytest.mark.parametrize("filename", ["", "a\x00.mp4", "a\n.mp4", "\ud800.mp4", "x" * 256, "/"])
def test_an_unusable_file_name_is_refused(filename: str) -> None:
    with pytest.raises(Problem, match="filename_refused"):
        clean_filename(filename)


@pytest.mark.parametrize("content_type", ["text/html", "image/png", "", "video/", "video/a b"])
def test_a_content_type_that_is_not_video_is_refused(content_type: str) -> None:
    with pytest.raises(Problem, match="content_type_not_allowed"):
        clean_content_type(content_type)


def test_a_recorders_type_loses_its_parameters() -> None:
    assert clean_content_type("Video/WebM;codecs=vp9,opus") == "video/webm"


def test_an_animated_picture_is_a_video() -> None:
    assert clean_content_type("image/gif") == "image/gif"
    assert choose_extension("dance", content_type="image/gif") == "gif"


def test_an_empty_and_a_too_large_file_each_have_their_own_code() -> None:
    with pytest.raises(Problem, match="empty_file"):
        check_size(0, max_bytes=10)
    with pytest.raises(Problem, match="file_too_large"):
        check_size(11, max_bytes=10)
    check_size(10, max_bytes=10)


@pytest.mark.parametrize(
    ("filename", "title"),
    [
        ("my_cat  video.mp4", "my cat video"),
        (".mp4", ".mp4"),
        ("___.mp4", "Untitled video"),
        ("a" * 255, "a" * 200),
    ],
)
def test_a_title_is_made_from_the_file_name(filename: str, title: str) -> None:
    assert choose_title(filename) == title


@pytest.mark.parametrize(
    ("name", "content_type", "extension"),
    [
        ("a.h264", "video/h264", "h264"),
        ("tape.dv", "video/dv", "dv"),
        ("a", "video/h265", "h265"),
        ("a.vvc", "video/h266", "vvc"),
        ("a", "video/h266", "h266"),
        ("a", "video/apv", "apv"),
        ("dance.webp", "image/webp", "webp"),
    ],
)
def test_raw_streams_and_animated_webp_keep_their_names(name, content_type, extension):
    assert choose_extension(name, content_type=clean_content_type(content_type)) == extension
