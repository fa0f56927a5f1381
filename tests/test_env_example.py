"""`.env.example` names every setting of every process, with its meaning and default, and nothing more.

A line is `# NAME=default` (or `NAME=` where a value must be given), and the comment line above it says what
the setting means, word for word as in the code.
"""

import re
from dataclasses import dataclass

import pytest
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from gallery_service.settings import Settings as GallerySettings
from infra.local.settings import StackSettings
from job_service.settings import Settings as JobSettings
from tests.house.repository import ROOT
from video_processor.settings import Settings as ProcessorSettings

#: Read by something other than a settings class, so that they stand in the file by hand.
READ_ELSEWHERE = {
    "SETTINGS_FROM_AWS",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_ENDPOINT_URL_S3",
    "VIDEOFORGE_URL",
    "VIDEOFORGE_EMAIL",
    "VIDEOFORGE_PASSWORD",
    "VIDEOFORGE_ADMIN_EMAIL",
    "VIDEOFORGE_ADMIN_PASSWORD",
    "VIDEOFORGE_TEST_CONTAINERS",
}
SECTIONS: dict[str, type[BaseSettings]] = {
    "the stack on one machine": StackSettings,
    "job-service": JobSettings,
    "gallery-service": GallerySettings,
    "video-processor": ProcessorSettings,
}
CONTAINERS = "the stack in containers"
_LINE = re.compile(r"^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$")


@dataclass(frozen=True)
class Entry:
    section: str
    name: str
    default: str
    description: str


def list_expected() -> list[Entry]:
    return [
        Entry(section, name.upper(), describe_default(field.default), field.description or "")
        for section, settings in SECTIONS.items()
        for name, field in settings.model_fields.items()
    ]


def describe_default(default: object) -> str:
    """Return a default as one writes it in a file: folders of the checkout relative to it."""
    if default is None or default is PydanticUndefined:
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, float) and default.is_integer():
        return str(int(default))
    return str(default).removeprefix(f"{ROOT}/")


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


@pytest.mark.parametrize("section", SECTIONS)
def test_every_setting_of_the_section_stands_in_the_example(section):
    expected = {entry for entry in list_expected() if entry.section == section}
    found = {entry for entry in list_found() if entry.section == section}
    missing = "\n".join(
        f"# {entry.description}\n# {entry.name}={entry.default}\n"
        for entry in sorted(expected - found, key=lambda entry: entry.name)
    )
    assert not missing, f"add to section “{section}” of .env.example:\n\n{missing}"
    assert not found - expected, f"no code reads these, or they changed: {found - expected}"


def test_the_example_has_no_other_sections_and_says_what_each_setting_means():
    found = list_found()
    assert {entry.section for entry in found} <= {*SECTIONS, CONTAINERS, "read by libraries and programs"}
    assert not [entry.name for entry in found if not entry.description]
    assert {
        entry.name for entry in found if entry.section == "read by libraries and programs"
    } == READ_ELSEWHERE


def test_every_name_that_the_compose_files_take_from_the_environment_stands_in_the_example():
    named = [
        found
        for path in ROOT.glob("docker-compose*.yml")
        for found in re.findall(r"\$\{([A-Z0-9_]+)(?::-([^}]*)|:\?[^}]*)?\}", path.read_text())
    ]
    taken = dict(sorted(named))  # a default, where one file has it and another asks for the value
    found = list_found()
    assert taken.keys() <= {entry.name for entry in found}
    own = {entry.name: entry.default for entry in found if entry.section == CONTAINERS}
    assert own == {name: taken[name] for name in own}, "no compose file reads these, or with another default"


def test_the_check_sees_a_setting_without_its_words():
    assert parse_example("# ---- a\n# meaning\n# goes on\n# NAME=1\nOTHER=\n") == [
        Entry("a", "NAME", "1", "meaning goes on"),
        Entry("a", "OTHER", "", ""),
    ]
