"""Every code that an answer or a failed job can carry is explained at /api/docs/problems, and no other is."""

import re

from job_service.problem_catalogue import CATALOGUE
from tests.house.problem_codes import find_codes, list_strings
from tests.house.repository import PACKAGES, ROOT, list_python_files

KNOWN = {entry.code for group in CATALOGUE for entry in group.codes}
SOURCES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for package in PACKAGES.values()
    for path in list_python_files(package)
    if not {"testing", "tests", "testing.py"} & set(path.parts)
}
JOBS = "services/job-service/job_service/"
PROCESSOR, SHARED = "services/video-processor/video_processor/", "services/shared/"
#: Calls that do not tell their code → the file and the names in it that do; nothing where the code of
#: another problem is passed on.
TOLD_ELSEWHERE: dict[tuple[str, str], tuple[str, ...]] = {
    (f"{JOBS}videos/gallery_client.py", "Problem(code)"): (),
    (f"{JOBS}uploads/upload.py", "Problem(code)"): (
        f"{JOBS}uploads/upload.py",
        "clean_filename",
        "clean_content_type",
        "check_size",
    ),
    (f"{JOBS}jobs/refusals.py", "Problem(problem.code)"): (),
    (f"{JOBS}videos/inspect_source.py", "UploadRefused(error.code)"): (),
    (f"{JOBS}videos/inspect_source.py", "UploadRefused(size.code)"): (),
    (f"{SHARED}videoforge_web/problem_answers.py", "Problem(code)"): (
        f"{SHARED}videoforge_web/problem_answers.py",
        "_KNOWN",
        "_answer_http_error",
    ),
    (f"{PROCESSOR}adapters/ffmpeg.py", "EncodeFailed(code)"): (
        f"{PROCESSOR}adapters/ffmpeg.py",
        "_SENTENCES",
    ),
    (f"{PROCESSOR}errors.py", "TaskError(self.code)"): (),
    (f"{PROCESSOR}use_cases/encode.py", "BadSource(error.code)"): (f"{PROCESSOR}errors.py", "UNDECODABLE"),
    (f"{PROCESSOR}use_cases/fetch_source.py", "BadSource(error.code)"): (),
    (f"{SHARED}videoforge/problems.py", "Problem(f'{dependency}_unavailable')"): (),
    (f"{SHARED}videoforge/problems.py", "Problem(f'{thing}_not_found')"): (),
}


def list_all() -> tuple[set[str], set[tuple[str, str]]]:
    codes: set[str] = set()
    opens: set[tuple[str, str]] = set()
    for path, source in SOURCES.items():
        found, open_ = find_codes(source)
        codes |= found
        opens |= {(path, call) for call in open_}
    return codes, opens


def list_told_elsewhere() -> set[str]:
    told = {
        code
        for path, *holders in filter(None, TOLD_ELSEWHERE.values())
        for holder in holders
        for code in list_strings(SOURCES[path], holder=holder)
    }
    edge = (ROOT / "infra/local/Caddyfile").read_text(encoding="utf-8")
    return told | set(re.findall(r"/api/docs/problems#(\w+)", edge))


def test_no_call_hides_its_code():
    assert list_all()[1] == set(TOLD_ELSEWHERE)


def test_every_code_of_the_sources_is_explained():
    assert (list_all()[0] | list_told_elsewhere()) - KNOWN == set()


def test_every_code_that_is_explained_can_occur():
    assert KNOWN - (list_all()[0] | list_told_elsewhere()) == set()


def test_a_code_is_found_wherever_it_stands():
    source = """
GONE = "video_gone"
def f(is_old, thing):
    raise Problem(404, GONE, "Gone.")
    raise Problem(403, "too_old" if is_old else "too_new", "No.")
    raise TaskError(message="Lost.", code="lost")
    raise errors.not_found("cat")
    raise unavailable(thing)
"""
    assert find_codes(source) == (
        {"video_gone", "too_old", "too_new", "lost", "cat_not_found"},
        {"unavailable(thing)"},
    )
    told = list_strings(
        'WORDS = {GONE: "Gone it is.", "too_far": "Far."}\nGONE = "video_gone"', holder="WORDS"
    )
    assert told == {"video_gone", "too_far"}
