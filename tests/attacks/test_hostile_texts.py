"""A20, A21: texts from users and from their files are displayed as text and nothing else."""

import json
import re
import subprocess

import pytest

from tests.attacks.conftest import FILE
from tests.attacks.kit.films import make_film
from tests.attacks.kit.people import read_problem
from tests.e2e.film import SAMPLE, make_video, transcode
from tests.servers.tools import require_tool

pytestmark = [pytest.mark.e2e, pytest.mark.attacks]

CANARY = "canary-7f3a-in-the-tags-of-a-file"
SCRIPT = "<img src=x onerror=\"document.body.id='owned'\"><script>document.body.id='owned'</script>"
HOSTILE_TEXTS = {
    "a script": SCRIPT,
    "a closed attribute": '"><svg/onload=alert(1)>',
    "a template": "{{7*7}} ${7*7} <%= 7*7 %> #{7*7}",
    "SQL": "'); DROP TABLE gallery_videos; --",
    "a format": "%s%n%x {0.__class__}",
    "JNDI": "${jndi:ldap://127.0.0.1/a}",
    "right to left": "gpj.\u202eexe.nlm",
    "combining letters": "Z̴̧̛" + "̷" * 100,
    "an entity": "&lt;script&gt;&#x3c;",
    "a URL": "javascript:alert(1)//http://127.0.0.1",
    "a spreadsheet's formula": "=cmd|'/c calc'!A1",
    "an emoji of a family": "👨‍👩‍👧‍👦",
}
#: What a terminal or a log reader would interpret: newlines, colours, a forged line.
CONTROL_TEXTS = {
    "lines": 'a\r\nSet-Cookie: x=y\r\n\r\n{"level": "info"}',
    "colours": "\x1b[31mred\x1b]0;title\x07",
    "a NUL": "a\0b",
    "half a surrogate pair": "\ud800",
    "a bell": "\x07",
    "a line separator": "a\u2028b",
}


@pytest.fixture(scope="module")
def tagged(owner, tmp_path_factory):
    """A film in which every text is hostile: tags, track names, chapters, a subtitle, an attached
    page."""
    folder = tmp_path_factory.mktemp("tagged")
    subtitle, page, chapters = folder / "s.srt", folder / "page.html", folder / "c.txt"
    subtitle.write_text(f"1\n00:00:00,000 --> 00:00:02,000\n{{\\an8}}{SCRIPT}\n")
    page.write_text(f"<html>{SCRIPT}</html>")
    chapters.write_text(f";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=1\ntitle={CANARY}\n")
    film = make_film(
        folder / "tagged.mkv",
        *["-t", "2", "-i", str(SAMPLE), "-i", str(subtitle), "-f", "ffmetadata", "-i", str(chapters)],
        *["-map", "0:v", "-map", "0:a", "-map", "1", "-map_chapters", "2", "-c", "copy", "-c:s", "srt"],
        *["-attach", str(page), "-metadata:s:t", "mimetype=text/html"],
        *["-metadata", f"title={CANARY}{SCRIPT}", "-metadata", f"comment={CANARY}\r\nX: y"],
        *[
            "-metadata:s:a",
            f"title={CANARY}",
            "-metadata:s:a",
            "language=<b>",
            "-metadata:s:s",
            f"title={SCRIPT}",
        ],
    )
    video = make_video(owner, film, tags=["<b>tag</b>"], description=SCRIPT)
    return film, video, transcode(owner, video, formats=["480p"])


def test_tags_chapters_subtitles_and_attachments_of_a_file_are_in_nothing_that_is_published(
    owner, tagged, list_objects, stack
):
    _, video, job = tagged
    assert job["status"] == "completed"
    root = stack.settings.state_dir / "store"
    made = [root / key for key in list_objects() if f"/{job['id']}/" in key]
    assert len(made) > 5
    holding = [path.name for path in made if CANARY.encode() in path.read_bytes()]
    assert not holding
    assert not [path for path in made if path.suffix in {".html", ".srt", ".txt", ".svg"}]
    shown = owner.send("GET", f"gallery/videos/{video['id']}")
    assert CANARY not in shown.text
    assert shown.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("name", HOSTILE_TEXTS)
def test_a_hostile_text_comes_back_as_it_was_sent_and_as_json(owner, tagged, name):
    text = HOSTILE_TEXTS[name]
    path = f"gallery/videos/{tagged[1]['id']}"
    change = {"title": text, "description": text, "tags": [text[:50]]}
    answer = owner.send("PATCH", path, json=change)
    assert answer.status_code == 200, answer.text
    shown = owner.send("GET", path)
    assert [shown.json()[field] for field in ("title", "description")] == [text, text]
    assert shown.headers["Content-Type"] == "application/json"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert owner.send("GET", "gallery/my-videos", params={"q": text[:200]}).status_code == 200
    assert owner.send("GET", "gallery/videos", params={"tag": text[:50]}).status_code == 200


@pytest.mark.parametrize("field", ["title", "tags"])
@pytest.mark.parametrize("name", CONTROL_TEXTS)
def test_control_characters_are_in_no_line_that_people_read(owner, tagged, field, name):
    text = CONTROL_TEXTS[name]
    path = f"gallery/videos/{tagged[1]['id']}"
    answer = owner.send("PATCH", path, json={field: [text] if field == "tags" else text})
    assert answer.status_code in {200, 422}, answer.text
    shown = owner.get(path)
    said = " ".join([shown["title"], *shown["tags"]])
    assert not re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", said)


@pytest.mark.parametrize("name", [*HOSTILE_TEXTS, *CONTROL_TEXTS])
def test_a_file_name_is_a_text_for_people_and_never_a_header_or_a_path(somebody, name):
    text = (HOSTILE_TEXTS | CONTROL_TEXTS)[name] + ".mp4"
    client = somebody()
    answer = client.send("POST", "storage/upload-url", json=FILE | {"filename": text})
    assert answer.status_code in {201, 422}, answer.text
    assert "owned" not in str(answer.headers)
    if answer.status_code == 201:
        assert re.fullmatch(r"users/[0-9a-f-]{36}/uploads/[0-9a-f-]{36}/source\.mp4", answer.json()["s3_key"])
        [kept] = client.get("storage/uploads")["items"]
        assert not re.search(r"[\x00-\x1f\x7f/\\]", kept["filename"])
    else:
        assert read_problem(answer) in {(422, "filename_refused"), (422, "validation_failed")}


def test_a_title_is_quoted_in_the_name_of_a_download(owner, tagged):
    path = f"storage/download-url?video_id={tagged[1]['id']}&format="
    owner.send("PATCH", f"gallery/videos/{tagged[1]['id']}", json={"title": 'a"; filename="evil.html'})
    for format_ in ("480p", "source"):
        saved = owner.http.get(owner.get(path + format_)["url"], stream=True, timeout=10)
        named = saved.headers["Content-Disposition"]
        saved.close()
        assert named.startswith('attachment; filename="')
        assert named.count('"') == 2
        assert not re.search(r'\.html"?$', named)


def test_a_script_in_a_title_is_shown_on_the_page_and_not_run(owner, tagged, stack, tmp_path):
    """Chromium prints the page after its scripts ran."""
    require_tool("chromium")
    video_id = tagged[1]["id"]
    change = {"title": SCRIPT, "description": SCRIPT, "tags": ["<b>tag</b>"], "visibility": "public"}
    owner.request("PATCH", f"gallery/videos/{video_id}", json=change)
    for path in (f"/videos/{video_id}", "/gallery"):
        dump = subprocess.run(
            [
                *[
                    "chromium",
                    "--headless=new",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--virtual-time-budget=8000",
                ],
                *[f"--user-data-dir={tmp_path}", "--dump-dom", f"{stack.settings.origin}{path}"],
            ],
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        ).stdout
        assert "&lt;img src=x onerror=" in dump or "&lt;script&gt;" in dump, dump[:2000]
        assert 'id="owned"' not in dump
        assert '<img src="x"' not in dump


@pytest.mark.parametrize("name", CONTROL_TEXTS)
def test_no_text_of_a_caller_forges_a_line_of_a_log(stack, nobody, name):
    marker = f"forged-{abs(hash(name))}"
    text = CONTROL_TEXTS[name].encode("latin-1", "replace").decode("latin-1")
    safe = re.sub(r"[\r\n\0]", " ", text)
    nobody.send(
        "GET", "jobs", headers={"User-Agent": f"{marker} {safe}".encode("latin-1"), "X-Request-Id": marker}
    )
    nobody.send("POST", "auth/login", json={"email": f"{marker}\n{text}@x", "password": text or "x"})
    nobody.send("GET", "jobs/%0d%0a%7b%22level%22%3a%22" + marker)
    for log in ("job-service", "gallery", "events"):
        for line in (stack.settings.log_dir / f"{log}.log").read_text(errors="replace").split("\n"):
            if marker in line:
                assert isinstance(json.loads(line), dict)
                assert "\x1b" not in line
