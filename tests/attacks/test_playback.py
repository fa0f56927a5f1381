"""A24: a playback URL is valid for one video until it expires, and for nothing else."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin

import pytest
import requests

from job_service.videos.media_token import MediaGrant, MediaTokens
from tests.attacks.kit.people import UNKNOWN_ID, read_problem
from tests.e2e.film import SAMPLE, make_video

pytestmark = [pytest.mark.e2e, pytest.mark.attacks]


def get(url, **options):
    return requests.get(url, timeout=10, allow_redirects=False, **options)


@pytest.fixture(scope="module")
def playback(belongings):
    """The token, and the URLs of the media playlist and of a segment."""
    master = get(belongings.hls_url).text
    variant = next(line for line in master.splitlines() if line and not line.startswith("#"))
    playlist_url = urljoin(belongings.hls_url, variant)
    playlist = get(playlist_url).text
    segment = next(line for line in playlist.splitlines() if line and not line.startswith("#"))
    return belongings.hls_url.split("/media/")[1].split("/")[0], playlist_url, urljoin(playlist_url, segment)


def replace_token(url, playback, token):
    return url.replace(playback[0], token)


def test_an_intact_address_works_for_whoever_holds_it_and_says_until_when(owner, belongings, playback):
    """Accepted and documented: docs/security.md, docs/attacks.md."""
    assert get(playback[1]).status_code == 200
    redirect = get(playback[2])
    assert redirect.status_code == 307
    assert get(redirect.headers["Location"]).ok
    expires = datetime.fromisoformat(owner.get(f"stream/{belongings.video['id']}")["expires_at"])
    assert expires - datetime.now(UTC) < timedelta(hours=6)


def list_changed(token):
    content, signature = token.rsplit(".", 1)
    return {
        "no token": "x",
        "a letter more": token + "x",
        "a letter less": token[:-1],
        "another letter": token[:-5] + ("A" if token[-5] != "A" else "B") + token[-4:],
        "another content": f"eyJ2Ijp0cnVlfQ.{signature}",
        "the content alone": content,
        "an empty signature": f"{content}.",
        "the signature alone": f".{signature}",
        "dots": "." * 50,
        "a thousand letters": "a" * 2000,
        "a path": "..%2f..%2finternal",
        "another letter case": token.swapcase(),
        "a NUL": f"{token}%00",
    }


@pytest.mark.parametrize("name", list_changed("abcdefgh.abcdefgh"))
def test_a_changed_token_is_refused(playback, name):
    for url in playback[1:]:
        answer = get(replace_token(url, playback, list_changed(playback[0])[name]))
        assert answer.status_code in {403, 404}, answer.text
        assert "#EXTM3U" not in answer.text


@pytest.mark.parametrize(
    ("key", "grant", "expected"),
    [
        ("ours", {"expires_at": datetime.now(UTC) - timedelta(seconds=1)}, (403, "media_token_expired")),
        ("ours", {"video_id": UNKNOWN_ID}, (404, "media_not_found")),
        ("theirs", {}, (403, "media_token_refused")),
    ],
)
def test_an_expired_token_one_of_no_video_and_one_of_another_key_are_refused(
    secrets, belongings, playback, key, grant, expected
):
    tokens = MediaTokens(secrets.media_token_key if key == "ours" else "k" * 32)
    good = {"video_id": belongings.video["id"], "expires_at": datetime.now(UTC) + timedelta(hours=1)}
    token = tokens.sign(MediaGrant(**good | grant))
    assert read_problem(get(replace_token(playback[1], playback, token))) == expected


@pytest.mark.parametrize(
    "path",
    [
        "../../../etc/passwd",
        "..%2f..%2f..%2fetc%2fpasswd",
        "{source}",
        "../{source}",
        "{job}/1/../../../../{source}",
        "{job}/1/480p/..%2f..%2f..%2f..%2f{source}",
        "{unknown}/1/480p/index.m3u8",
        "{job}/2/480p/index.m3u8",
        "{job}/1/",
        "{job}/1/480p.mp4%00.jpg",
        "{job}/1/480p.mp4?response-content-type=text/html&X-Amz-Expires=999999",
        "master.m3u8/../../../internal",
    ],
)
def test_below_a_token_there_is_nothing_but_the_videos_own_files(stack, belongings, playback, path):
    named = path.format(source=belongings.video["s3_key"], job=belongings.job["id"], unknown=UNKNOWN_ID)
    session = requests.Session()
    url = f"{stack.settings.origin}/media/{playback[0]}/"
    request = requests.Request("GET", url).prepare()
    request.url = url + named  # as it is: requests would normalise it
    answer = session.send(request, timeout=10, allow_redirects=False)
    if "?" in path:
        assert "text%2Fhtml" not in answer.headers["Location"]
        assert "999999" not in answer.headers["Location"]
    else:
        is_page = answer.status_code == 200 and "<!doctype html>" in answer.text.lower()  # the client's
        assert is_page or answer.status_code in {301, 308, 404}, answer.text
        assert "X-Amz" not in answer.headers.get("Location", "")


@pytest.mark.parametrize("change", ["another file", "another end", "another type", "the source", "writing"])
def test_a_signed_address_of_the_store_cannot_be_changed(belongings, playback, change):
    url = get(playback[2]).headers["Location"]
    if change == "writing":
        assert requests.put(url, data=b"x", timeout=10).status_code in {400, 403}
        return
    changed = {
        "another file": url.replace(".m4s?", "x.m4s?"),
        "another end": url.replace("X-Amz-Expires=900", "X-Amz-Expires=86400"),
        "another type": url.replace("response-content-type=", "response-content-type=text/html;"),
        "the source": url.replace(url.split("?")[0].split("/", 4)[4], belongings.video["s3_key"]),
    }[change]
    assert changed != url
    assert get(changed).status_code == 403


def test_what_is_served_from_the_store_runs_nothing_on_our_origin(playback):
    answer = get(get(playback[2]).headers["Location"])
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not answer.headers["Content-Type"].startswith("text/html")


def test_a_video_that_is_taken_away_ends_its_addresses(somebody):
    client = somebody()
    video = make_video(client, SAMPLE)
    picture = client.get(f"gallery/videos/{video['id']}")["thumbnail_url"]
    assert get(picture).status_code == 307
    client.delete(f"gallery/videos/{video['id']}", purge="true")
    assert read_problem(client.send("GET", f"stream/{video['id']}")) == (404, "video_not_found")
    assert read_problem(client.send("GET", f"gallery/videos/{video['id']}")) == (404, "video_not_found")


def test_the_addresses_of_a_video_in_the_trash_play_nothing(somebody, belongings, owner, playback):
    path = f"gallery/videos/{belongings.video['id']}"
    owner.delete(path)
    try:
        for url in playback[1:]:
            assert read_problem(get(url)) == (404, "media_not_found")
        assert read_problem(owner.send("GET", f"stream/{belongings.video['id']}"))[0] in {404, 409}
    finally:
        owner.post(f"{path}/restore")
    assert get(playback[1]).status_code == 200
