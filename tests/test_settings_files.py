"""A setting is declared once: `.env.example`, compose files and docs/client.md follow from its
class."""

import json
import re
from dataclasses import dataclass

import pytest
import yaml
from pydantic import BaseModel, Field

from infra.local.processes.infrastructure import build_client_config
from infra.local.service_settings import SERVICES
from infra.local.settings import StackSettings
from infra.settings_files import BUILDERS, SECTIONS, build_compose, build_example, describe_default
from tests.house.repository import ROOT
from videoforge_web.settings import SiteSettings

CONTAINERS, LIBRARIES = "the stack in containers", "read by libraries and programs"
#: Defaults that differ in a compose file: without containers the stack derives its public URL and
#: has other ports for Redis and the task API, and production's stage is `prod`.
OTHER_DEFAULTS = {"PUBLIC_URL", "REDIS_PORT", "STAGE", "TASK_API_PORT"}
_LINE = re.compile(r"^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)(?::-([^}]*)|:\?[^}]*)?\}")


@dataclass(frozen=True)
class Entry:
    section: str
    name: str
    default: str
    description: str


def parse_example(text: str) -> list[Entry]:
    """Return the entries; a section begins with `# ---- name`."""
    entries, section, comment = [], "", ""
    for line in text.splitlines():
        if line.startswith("# ---- "):
            section, comment = line.removeprefix("# ---- ").strip(), ""
        elif match := _LINE.match(line):
            entries.append(Entry(section, match[1], match[2].strip(), comment.strip()))
            comment = ""
        elif line.startswith("#"):
            comment += line.removeprefix("#") if not comment else " " + line.removeprefix("#").strip()
        else:
            comment = ""
    return entries


def list_found() -> list[Entry]:
    return parse_example((ROOT / ".env.example").read_text(encoding="utf-8"))


def read_compose_variables() -> dict[str, str]:
    """Return what the compose files take from the environment: {name: default}, empty without
    one."""
    paths = ROOT.glob("docker-compose*.yml")
    return dict(sorted(found for path in paths for found in _VARIABLE.findall(path.read_text())))


@pytest.mark.parametrize("name", BUILDERS)
def test_a_file_that_lists_settings_is_up_to_date(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text == BUILDERS[name](text), "run `make settings`"


def test_a_new_setting_reaches_the_example_and_the_containers(monkeypatch):
    class Added(BaseModel):
        pause_seconds: int = Field(default=3, description="seconds of a pause")
        pause_path: str = Field(default="p", description="a place in the container")

    monkeypatch.setitem(SECTIONS, "video-processor", Added)
    monkeypatch.setattr("infra.settings_files.SERVICES", {**SERVICES, "video-processor": Added})
    example, base = ((ROOT / name).read_text() for name in BUILDERS)
    assert "# seconds of a pause\n# PAUSE_SECONDS=3\n" in build_example(example)
    passed = yaml.safe_load(build_compose(base))["x-settings"]["video-processor"]
    assert passed == {"PAUSE_SECONDS": None}


def test_the_example_has_no_other_sections_and_says_what_each_setting_means():
    found = list_found()
    assert {entry.section for entry in found} == {*SECTIONS, CONTAINERS, LIBRARIES}
    assert not [entry.name for entry in found if not entry.description]


def test_every_name_that_the_compose_files_take_from_the_environment_stands_in_the_example():
    taken, found = read_compose_variables(), list_found()
    assert taken.keys() <= {entry.name for entry in found}
    own = {entry.name: entry.default for entry in found if entry.section == CONTAINERS}
    assert own == {name: taken[name] for name in own}, "no compose file reads these, or with another default"


def test_a_default_in_a_compose_file_is_the_declared_one():
    taken = {name: default for name, default in read_compose_variables().items() if default}
    declared = {
        name.upper(): describe_default(field.default) for name, field in StackSettings.model_fields.items()
    }
    other = {name for name in taken.keys() & declared.keys() if taken[name] != declared[name]}
    assert other == OTHER_DEFAULTS


def test_the_client_is_told_the_same_in_containers():
    base = yaml.safe_load((ROOT / "docker-compose.base.yml").read_text())
    text = _VARIABLE.sub(lambda match: match[2], base["services"]["edge"]["environment"]["CLIENT_CONFIG"])
    assert json.loads(text) == json.loads(build_client_config(StackSettings(_env_file=None)))


def test_the_clients_page_lists_what_the_client_is_told():
    page = (ROOT / "docs/client.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| `([A-Z_]+)` \| `?([^|`]+?)`? \|", page, re.MULTILINE)
    assert rows == [
        (name, name.upper(), describe_default(field.default))
        for name, field in SiteSettings.model_fields.items()
    ]


def test_the_check_sees_a_setting_without_its_words():
    assert parse_example("# ---- a\n# meaning\n# goes on\n# NAME=1\nOTHER=\n") == [
        Entry("a", "NAME", "1", "meaning goes on"),
        Entry("a", "OTHER", "", ""),
    ]
