"""One lock for all packages: every requirement is in it, pinned, hashed, and from any index."""

import re
import tomllib

import pytest

from tests.house.repository import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
_PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==\S+", re.MULTILINE)


def normalise(requirement: str) -> str:
    """Return the name of a requirement, normalised by PEP 503, without extras and versions."""
    name = re.split(r"[\[<>=!~;\s]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def list_named_requirements() -> dict[str, str]:
    """Return {requirement: the file that names it}, without our own packages."""
    named: dict[str, str] = {}
    for path in sorted(ROOT.glob("services/*/pyproject.toml")):
        for requirement in tomllib.loads(path.read_text())["project"]["dependencies"]:
            named[normalise(requirement)] = str(path.relative_to(ROOT))
    for path in sorted(ROOT.glob("requirements/*.in")):
        for line in path.read_text().splitlines():
            if line.strip() and not line.startswith("#"):
                named[normalise(line)] = str(path.relative_to(ROOT))
    return {name: path for name, path in named.items() if name != "videoforge"}


def test_every_dependency_that_a_package_names_is_locked():
    locked = {normalise(name) for name in _PINNED.findall(LOCK)}
    missing = {name: path for name, path in list_named_requirements().items() if name not in locked}
    assert not missing, f"run `make lock`: {missing}"


def test_every_locked_package_has_hashes():
    blocks = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    assert len(blocks) > 50
    assert not [block.split()[0] for block in blocks if "--hash=sha256:" not in block]


def test_the_lock_names_no_registry():
    assert "://" not in LOCK
    assert not re.search(r"^--?(index|extra-index|find-links|trusted-host)", LOCK, flags=re.MULTILINE)


def test_the_node_for_machines_without_one_is_locked_apart():
    text = (ROOT / "infra/local/node.lock").read_text(encoding="utf-8")
    wanted = {
        normalise(line) for line in (ROOT / "infra/local/node.in").read_text().splitlines() if line[0] != "#"
    }
    assert wanted <= {normalise(name) for name in _PINNED.findall(text)}
    assert text.count("==") <= text.count("--hash=sha256:")
    assert "://" not in text


IMAGE_LOCKS = sorted([*ROOT.glob("services/*/requirements.lock"), ROOT / "infra/local/requirements.lock"])


@pytest.mark.parametrize("path", IMAGE_LOCKS, ids=lambda path: path.parent.name)
def test_an_image_holds_the_versions_that_the_tests_ran_with(path):
    pins, tested = find_pins(path.read_text(encoding="utf-8")), find_pins(LOCK)
    assert pins.keys() <= tested.keys()
    assert {name: pin for name, pin in pins.items() if tested[name] != pin} == {}, "run `make lock-images`"


@pytest.mark.parametrize("path", IMAGE_LOCKS, ids=lambda path: path.parent.name)
def test_an_image_is_built_from_hashed_wheels_of_no_special_place(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("==") == len(find_pins(text)) > 20
    assert "://" not in text
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert not [block.split()[0] for block in blocks if "--hash=sha256:" not in block]


def test_each_service_has_a_lock_for_its_image():
    services = {path.parent for path in ROOT.glob("services/*-*/pyproject.toml")}
    assert len(services) == 3
    assert services | {ROOT / "infra/local"} == {path.parent for path in IMAGE_LOCKS}
    for service in services:
        named = tomllib.loads((service / "pyproject.toml").read_text())["project"]["dependencies"]
        pins = find_pins((service / "requirements.lock").read_text(encoding="utf-8"))
        assert {normalise(name) for name in named} - {"videoforge"} <= pins.keys(), service


def find_pins(lock: str) -> dict[str, str]:
    """Return {name: version} of a lock."""
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==(\S+)", lock, flags=re.MULTILINE))
