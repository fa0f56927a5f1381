"""A02, A03, A12: a signed URL gives access to one object for one action, and to nothing else in the
store."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
import requests

from demo.job_events import follow_job
from demo.upload import confirm_upload
from demo.workflow import create_job
from job_service.settings import Settings
from tests.attacks.conftest import FILE
from tests.attacks.kit.people import UNKNOWN_ID, read_problem
from tests.e2e.film import SAMPLE

pytestmark = [pytest.mark.e2e, pytest.mark.attacks]

BODY = b"\0" * FILE["size_bytes"]
HOSTILE_KEYS = (
    "../../../etc/passwd",
    "/etc/passwd",
    "users/../users/{key}",
    "{key}/../source.mp4",
    "%2e%2e/%2e%2e/{key}",
    "..\\..\\{key}",
    "{key}\0.mp4",
    "{key}?versionId=1",
    "{key}#",
    "./{key}",
    "//{key}",
    "s3://video-forge-storage/{key}",
    "http://127.0.0.1/{key}",
    "file:///etc/passwd",
    "videos/output/{key}",
    "",
    "x" * 300,
)


def put(url, *, body=BODY, headers=None, method="PUT"):
    return requests.request(method, url, data=body, headers=headers or {}, timeout=30)


def change_query(url, **values):
    """Return the URL with parameters changed, added or (None) removed."""
    parts = urlsplit(url)
    query: dict[str, str | None] = dict(parse_qsl(parts.query, keep_blank_values=True))
    query.update({name.replace("__", "-"): value for name, value in values.items()})
    kept = {name: value for name, value in query.items() if value is not None}
    return urlunsplit(parts._replace(query=urlencode(kept)))


@pytest.fixture
def grant(somebody):
    client = somebody()
    return client.post("storage/upload-url", FILE)


@pytest.fixture
def unchanged(list_objects, belongings):
    """After the test the store has nothing new or changed, and still the owner's film. Unconfirmed
    uploads of other tests may disappear meanwhile."""

    def list_of_users():
        return {key: size for key, size in list_objects().items() if "/users/" in key}

    before = list_of_users()
    yield
    after = list_of_users()
    assert after.items() <= before.items()
    assert any(key.endswith(belongings.video["s3_key"]) for key in after)


BEYOND = {
    "another key": lambda grant: {"url": grant["url"].replace("source.mp4", "other.mp4")},
    "another user's folder": lambda grant: {
        "url": grant["url"].replace(grant["s3_key"].split("/")[1], UNKNOWN_ID)
    },
    "a key that climbs": lambda grant: {"url": grant["url"].replace("/source.mp4", "/../../source.mp4")},
    "another bucket": lambda grant: {"url": grant["url"].replace("/video-forge-storage/", "/another/")},
    "more bytes": lambda grant: {"body": BODY + b"\0"},
    "fewer bytes": lambda grant: {"body": BODY[:-1]},
    "another type": lambda grant: {"headers": {"Content-Type": "text/html"}},
    "no type": lambda grant: {"headers": {}},
    "a later end": lambda grant: {"url": change_query(grant["url"], X__Amz__Expires="999999")},
    "another day": lambda grant: {"url": change_query(grant["url"], X__Amz__Date="20300101T000000Z")},
    "another signature": lambda grant: {"url": change_query(grant["url"], X__Amz__Signature="0" * 64)},
    "no signature": lambda grant: {"url": change_query(grant["url"], X__Amz__Signature=None)},
    "fewer signed headers": lambda grant: {"url": change_query(grant["url"], X__Amz__SignedHeaders="host")},
    "no query": lambda grant: {"url": grant["url"].split("?")[0]},
    "a public one": lambda grant: {"url": change_query(grant["url"], acl="")},
    "a part of an upload": lambda grant: {"url": change_query(grant["url"], uploadId="x", partNumber="1")},
    "a tagging": lambda grant: {"url": change_query(grant["url"], tagging="")},
    "reading": lambda grant: {"method": "GET"},
    "asking": lambda grant: {"method": "HEAD"},
    "deleting": lambda grant: {"method": "DELETE"},
    "posting": lambda grant: {"method": "POST"},
    "patching": lambda grant: {"method": "PATCH"},
}


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("name", BEYOND)
def test_a_signed_upload_is_good_for_nothing_but_what_it_says(grant, name):
    request = {"url": grant["url"], "headers": grant["headers"]} | BEYOND[name](grant)
    answer = put(**request)
    assert answer.status_code in {400, 401, 403, 404, 405, 411}, answer.text


def test_a_signed_upload_cannot_copy_what_is_somebody_elses(somebody, belongings, list_objects):
    """S3's CopyObject is a PUT with a header; AWS refuses an unsigned header."""
    source = f"/video-forge-storage/{belongings.video['s3_key']}"
    for header in ("X-Amz-Copy-Source", "x-amz-copy-source"):
        client = somebody()
        grant = client.post("storage/upload-url", FILE)
        put(grant["url"], headers=grant["headers"] | {header: source})
        sizes = [size for key, size in list_objects().items() if key.endswith(grant["s3_key"])]
        assert sizes in ([], [FILE["size_bytes"]]), "the store copied a foreign object"


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    "query",
    [
        "",
        "?list-type=2",
        "?uploads",
        "?versions",
        "?policy",
        "?acl",
        "?location",
        "?delete",
        "?cors=",
        "?logging",
    ],
)
@pytest.mark.parametrize(
    "verb", ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "COPY"]
)
def test_the_store_shows_and_does_nothing_without_a_signature(stack, belongings, verb, query):
    root = f"http://127.0.0.1:{stack.settings.edge_port}/{stack.settings.s3_bucket_name}"
    for url in (root + query, f"{root}/{query}", f"{root}/{belongings.video['s3_key']}{query}"):
        answer = requests.request(
            verb, url, data=b"<Delete/>" if verb in {"POST", "PUT"} else None, timeout=10
        )
        assert answer.status_code in {400, 403, 404, 405, 501}, (url, answer.text[:300])
        assert belongings.video["s3_key"] not in answer.text.replace(url, "")


@pytest.mark.parametrize("key", HOSTILE_KEYS)
@pytest.mark.parametrize("path", ["upload/confirm", "metadata/extract"])
def test_a_key_that_was_not_given_out_is_unknown(stranger, belongings, path, key):
    s3_key = key.format(key=belongings.video["s3_key"])
    answer = stranger.send("POST", path, json={"s3_key": s3_key})
    assert read_problem(answer) in {(404, "upload_not_found"), (422, "validation_failed")}


@pytest.mark.parametrize(
    "filename",
    [
        "../../evil.mp4",
        "/etc/cron.d/evil",
        "..\\..\\evil.exe",
        "a/b/c.html",
        "x.svg",
        ".htaccess",
        "x.mp4/..",
    ],
)
def test_a_file_name_is_no_part_of_a_key(somebody, filename):
    client = somebody()
    key = client.post("storage/upload-url", FILE | {"filename": filename})["s3_key"]
    folder, user_id, uploads, upload_id, name = key.split("/")
    assert (folder, user_id, uploads) == ("users", client.user["id"], "uploads")
    assert len(upload_id) == 36
    assert name in {"source.mp4", "source.bin"}


def test_a_file_that_is_replaced_after_it_was_confirmed_is_not_encoded(somebody):
    client = somebody()
    size_bytes = SAMPLE.stat().st_size
    grant = client.post("storage/upload-url", FILE | {"size_bytes": size_bytes})
    film = SAMPLE.read_bytes()
    assert put(grant["url"], body=film, headers=grant["headers"]).status_code == 200
    video = confirm_upload(client, grant["s3_key"], title="Swapped")
    again = put(grant["url"], body=film[:-1] + b"x", headers=grant["headers"])
    assert again.status_code == 200, "the URL has ended before the test was done"
    job = create_job(client, video["id"], formats=["480p"])
    *_, done = follow_job(client, job["id"], seconds=60)
    assert (done["status"], done["error"]["code"]) == ("failed", "source_changed")


def test_thirty_grants_at_once_are_no_more_than_one_user_may_have_open(somebody):
    client = somebody()
    most = Settings.model_fields["max_open_uploads"].default
    with ThreadPoolExecutor(8) as hands:
        answers = list(
            hands.map(lambda _: client.send("POST", "storage/uploads", json=FILE), range(most + 8))
        )
    accepted = [answer for answer in answers if answer.status_code == 201]
    refused = {read_problem(answer) for answer in answers if answer.status_code != 201}
    assert len(accepted) == most
    assert refused == {(409, "too_many_open_uploads")}
    assert len(client.get("storage/uploads", limit=100)["items"]) == most
