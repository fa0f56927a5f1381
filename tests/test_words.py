"""The project's files are valid on any machine: no home folder, no address of a private
registry. The prose of the documents wraps at 100 columns."""

import re

import pytest

from tests.house.repository import ROOT, list_files

#: Folders that exist on one person's machine only. System folders (/usr, /etc, /tmp, /var) are
#: everyone's.
_OWN_FOLDER = re.compile(r"(?<![\w.:/~-])/(?:home|Users|root|work|workspace|mnt|media/[a-z]+/home)/[\w.-]+")
#: A package index or mirror in a setting or a URL; a lock and a Dockerfile must work with any.
_REGISTRY = re.compile(
    r"(?i)(?:--(?:extra-)?index-url[ =]|(?:pip_)?index_url\s*=|registry\s*=\s*https?:|GOPROXY=https?:"
    r"|https?://[\w.-]*(?:artifactory|nexus|jfrog|verdaccio|devpi|mirror)[\w.-]*)"
)
_TEXT = {"", ".conf", ".css", ".example", ".html", ".in", ".json", ".lock", ".md", ".py", ".sh"}
_TEXT |= {".sql", ".toml", ".ts", ".tsx", ".txt", ".yaml", ".yml"}
_CODE_BLOCK = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_LINK_TARGET = re.compile(r"(?<=\])\([^)]*\)")
PROSE_COLUMNS = 100


def find_faults(text: str) -> list[str]:
    return [match.group(0) for pattern in (_OWN_FOLDER, _REGISTRY) for match in pattern.finditer(text)]


def test_no_file_names_a_private_folder_or_a_registry():
    faults = {
        str(path.relative_to(ROOT)): found
        for path in list_files()
        if path.suffix in _TEXT and path.name not in {"test_words.py", "package-lock.json"}
        if (found := find_faults(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert not faults


@pytest.mark.parametrize(
    "planted",
    [
        "see /home/anna/videoforge",
        'ROOT = "/workspace/videoforge"',
        "pip install --index-url https://pypi.example.org/simple",
        "registry=http://127.0.0.1:4873",
        "https://artifactory.example.org/api/pypi",
    ],
)
def test_the_check_sees(planted):
    assert find_faults(planted)


@pytest.mark.parametrize(
    "harmless", ["/usr/lib/postgresql", "https://example.org/home/page", "a/work/b", "/media/{token}/x"]
)
def test_the_check_lets_through(harmless):
    assert not find_faults(harmless)


def list_long_lines(document: str) -> list[str]:
    """Return the lines of a Markdown document's prose beyond 100 columns. Tables and code blocks
    cannot wrap, and the target of a link does not count."""
    prose = _LINK_TARGET.sub("", _CODE_BLOCK.sub("", document))
    return [line for line in prose.splitlines() if len(line) > PROSE_COLUMNS and not line.startswith("|")]


def test_the_prose_of_the_documents_wraps():
    long = {
        str(path.relative_to(ROOT)): found
        for path in list_files()
        if path.suffix == ".md" and (found := list_long_lines(path.read_text(encoding="utf-8")))
    }
    assert not long


@pytest.mark.parametrize("planted", ["a " * 51, f"- {'a ' * 50}", f"# {'a ' * 50}", f"{'a ' * 49}[abc](b)"])
def test_the_check_sees_a_line_that_is_too_long(planted):
    assert list_long_lines(f"short\n\n{planted}\n")


@pytest.mark.parametrize(
    "harmless", [f"| {'a ' * 50} |", f"```sh\n{'a ' * 51}\n```", f"[a](https://{'a' * 100})"]
)
def test_the_check_lets_through_what_cannot_wrap(harmless):
    assert not list_long_lines(harmless)
