"""Bad input gets a stable code, one plain sentence and what to do about it, and changes nothing."""

from uuid import uuid4

import pytest

from demo.errors import ApiError
from demo.upload import confirm_upload, upload_file
from tests.e2e.film import SAMPLE, find_film, make_video

pytestmark = pytest.mark.e2e

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def refusals():
    """Every problem in this module, to check what they have in common."""
    return []


@pytest.fixture
def refuse(refusals):
    def refuse(call, *arguments, **named):
        with pytest.raises(ApiError) as caught:
            call(*arguments, **named)
        refusals.append(caught.value)
        return caught.value.status, caught.value.code

    return refuse


def make_file(folder, *, name, content):
    path = folder / name
    path.write_bytes(content)
    return path


def send_and_confirm(client, path):
    return confirm_upload(client, upload_file(client, path), title="Film")


def test_a_wrong_password_and_an_unknown_account_look_the_same(client, refuse):
    wrong = refuse(client.sign_in, client.user["email"], password="Wrong-Horse-7")
    unknown = refuse(client.sign_in, f"{uuid4().hex}@example.com", password="Wrong-Horse-7")
    assert wrong == unknown == (401, "invalid_credentials")


def test_a_weak_password_is_refused(client, refuse):
    email = f"{uuid4().hex}@example.com"
    assert refuse(client.register, email, password="horse") == (422, "weak_password")


@pytest.mark.parametrize(
    ("formats", "code"), [(["8K"], "unknown_format"), ([], "no_formats"), ("720p", "validation_failed")]
)
def test_formats_that_there_are_not_are_refused(client, refuse, formats, code):
    body = {"video_id": UNKNOWN_ID, "output_formats": formats}
    assert refuse(client.post, "jobs", body) == (422, code)


def test_an_unknown_field_is_refused_by_name(client, refuse, refusals):
    body = {"video_id": UNKNOWN_ID, "output_formats": ["720p"], "codec": "av1"}
    assert refuse(client.post, "jobs", body) == (422, "validation_failed")
    assert [error["field"] for error in refusals[-1].errors] == ["codec"]


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        ("{bad", "application/json", (400, "invalid_json")),
        ("a=b", "application/x-www-form-urlencoded", (415, "unsupported_media_type")),
        ("[1]", "application/json", (422, "validation_failed")),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(client, refuse, body, content_type, expected):
    headers = {"Content-Type": content_type}
    assert refuse(client.request, "POST", "jobs", data=body, headers=headers) == expected


@pytest.mark.parametrize("path", ["jobs", "gallery/videos", "gallery/my-videos"])
@pytest.mark.parametrize("limit", [1_000_000, 0])
def test_a_page_of_a_million_is_refused(client, refuse, path, limit):
    assert refuse(client.get, path, limit=limit) == (422, "validation_failed")


def test_an_object_that_was_never_uploaded_is_refused(client, refuse):
    file = {"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": 10}
    s3_key = client.post("storage/upload-url", file)["s3_key"]
    assert refuse(confirm_upload, client, s3_key, title="Film") == (409, "object_missing")


def test_a_source_of_somebody_else_is_as_one_that_is_not_there(sign_up, refuse):
    owner, stranger = sign_up(), sign_up()
    s3_key = upload_file(owner, SAMPLE)
    foreign = refuse(confirm_upload, stranger, s3_key, title="Mine")
    missing = refuse(
        confirm_upload, stranger, f"users/{UNKNOWN_ID}/uploads/{UNKNOWN_ID}/source.mp4", title="A"
    )
    assert foreign == missing == (404, "upload_not_found")


def test_a_zero_byte_file_is_refused_before_it_is_sent(client, tmp_path, refuse):
    empty = make_file(tmp_path, name="empty.mp4", content=b"")
    assert refuse(upload_file, client, empty) == (422, "empty_file")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("notes.mp4", b"Dear diary, this is no film.\n" * 400, "not_media"),
        ("cut.mp4", SAMPLE.read_bytes()[:300_000], "truncated_media"),
        ("list.mp4", b"#EXTM3U\n#EXTINF:5,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n" * 40, "not_media"),
    ],
)
def test_a_file_that_is_no_whole_video_is_refused(client, tmp_path, refuse, name, content, code):
    path = make_file(tmp_path, name=name, content=content)
    assert refuse(send_and_confirm, client, path) == (422, code)


@pytest.mark.parametrize("name", ["multiple-aac-tracks.mp4", "ac3.mkv"])
def test_sound_alone_is_refused(client, refuse, name):
    assert refuse(send_and_confirm, client, find_film(name)) == (422, "no_video_stream")


def test_a_video_of_somebody_else_is_as_one_that_is_not_there(sign_up, refuse):
    owner, stranger = sign_up(), sign_up()
    video = make_video(owner, SAMPLE, visibility="private")
    path = f"gallery/videos/{video['id']}"
    calls = [
        (stranger.get, path),
        (stranger.get, f"stream/{video['id']}"),
        (stranger.delete, path),
        (stranger.post, f"{path}/restore"),
        (stranger.request, "PATCH", path),
        (stranger.post, "jobs"),
    ]
    bodies = {"PATCH": {"title": "Mine"}, "jobs": {"video_id": video["id"], "output_formats": ["480p"]}}
    for call, *arguments in calls:
        body = bodies.get(arguments[0])
        named = {} if body is None else {"json": body} if arguments[0] == "PATCH" else {"body": body}
        assert refuse(call, *arguments, **named) == (404, "video_not_found"), arguments
        unknown = [str(argument).replace(video["id"], UNKNOWN_ID) for argument in arguments]
        if body and "video_id" in body:
            named = {"body": {**body, "video_id": UNKNOWN_ID}}
        assert refuse(call, *unknown, **named) == (404, "video_not_found"), unknown
    assert owner.get(path)["title"] == video["title"]


def test_every_refusal_says_what_is_wrong_in_a_sentence(refusals):
    assert refusals, "runs after the others of this module"
    for refused in refusals:
        assert refused.detail.endswith("."), refused
        assert refused.hint or refused.errors or refused.status == 404, refused
