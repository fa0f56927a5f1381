"""The edge answers 200 for the pages of the client's router, and for no others: one list in two
places.

client/src/app/router.tsx is its home. The edge has it as one pattern, because it must know whether
a page exists before any script has run; a search engine or a link checker sees the edge's response.
"""

import re

import pytest

from tests.house.repository import ROOT

ROUTER = (ROOT / "client/src/app/router.tsx").read_text(encoding="utf-8")
CADDYFILE = (ROOT / "infra/local/Caddyfile").read_text(encoding="utf-8")
ROBOTS = (ROOT / "client/public/robots.txt").read_text(encoding="utf-8")
#: The router's name for everything else.
ANYTHING_ELSE = "$"


def list_pages() -> list[str]:
    """Return the router's paths, with a value for each parameter."""
    paths = set(re.findall(r"^\s*path: '([^']+)'", ROUTER, re.MULTILINE)) - {ANYTHING_ELSE}
    assert len(paths) > 10
    return sorted(re.sub(r"\$\w+", "3f0d-7", path) for path in paths)


def find_pattern() -> re.Pattern[str]:
    [found] = re.findall(r"@view path_regexp (\S+)", CADDYFILE)
    return re.compile(found)


@pytest.mark.parametrize("page", list_pages())
def test_the_edge_knows_every_page_of_the_client(page):
    assert find_pattern().search(page)


def test_the_edge_knows_no_page_that_the_client_does_not_have():
    words = set(re.findall(r"[a-z-]{4,}", find_pattern().pattern))
    of_router = {word for page in list_pages() for word in page.split("/")} - {"", "3f0d-7"}
    assert words == of_router


@pytest.mark.parametrize("path", ["/nowhere", "/videos", "/videos/1/2", "/login/x", "/xlogin", "/embed/", ""])
def test_other_addresses_are_no_pages(path):
    assert not find_pattern().search(path)


def test_search_engines_are_kept_off_pages_that_only_their_owner_sees():
    private = {"account", "admin", "confirm", "forgot-password", "jobs", "login", "my-videos", "register"}
    closed = {line.split()[1].strip("/") for line in ROBOTS.splitlines() if line.startswith("Disallow:")}
    assert private | {"api", "media", "embed", "upload"} == closed
