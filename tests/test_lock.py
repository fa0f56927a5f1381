"""One lock for all packages: whatever a package names is in it, pinned, hashed, and from nowhere special."""

import re
import tomllib

from tests.house.repository import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
_PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==\S+", re.MULTILINE)


def normalise(requirement: str) -> str:
    """Return the name of a requirement as PEP 503 writes it, without extras and versions."""
    name = re.split(r"[\[<>=!~;\s]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def list_named_requirements() -> dict[str, str]:
    """Return {requirement: the file that names it}, our own packages left out."""
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
