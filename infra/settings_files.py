"""Process: write the files that list settings from the classes that declare them (`make settings`).

`.env.example` has a section for each class; the sections without one are written by hand and stay.
`docker-compose.base.yml` has the names that containers take from `.env`, between two comment lines.
tests/test_settings_files.py fails where a file is behind.
"""

import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from infra.local.service_settings import SERVICES, write_value
from infra.local.settings import REPOSITORY, StackSettings
from videoforge.settings import ServiceSettings
from videoforge_web.settings import SiteSettings, WebSettings

_SHARED: Final[Mapping[str, type[BaseModel]]] = {
    "site": SiteSettings,
    "every-service": ServiceSettings,
    "web-service": WebSettings,
}
SECTIONS: Final[Mapping[str, type[BaseModel]]] = {
    "the site": SiteSettings,
    "the stack on one machine": StackSettings,
    "every service": ServiceSettings,
    "job-service and gallery-service": WebSettings,
    **SERVICES,
}
#: The deployment decides these and not `.env`: addresses, ports and folders are those of the
#: container.
_DEPLOYMENTS_OWN: Final = re.compile(
    r"(aws|cognito|db|s3)_.*|.*_(host|port|url|path|dir)|stage|serve_task_api|processor_id|processors|slots"
)
_HEADING: Final = re.compile(r"^# ---- (.*)\n", re.MULTILINE)
_BLOCK: Final = re.compile(r"(?<=# ---- written by `make settings`\n).*?(?=# ---- end\n)", re.DOTALL)


def list_own_fields(settings: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """Yield what the class itself declares; a field that only subclasses describe is theirs."""
    for name in settings.__annotations__:
        field = settings.model_fields.get(name)
        if field and field.description:
            yield name, field


def build_example(text: str) -> str:
    """Return `.env.example` with the sections of SECTIONS written anew."""
    head, *parts = _HEADING.split(text)
    bodies = dict(zip(parts[::2], parts[1::2], strict=True))
    bodies |= {section: _build_section(settings) for section, settings in SECTIONS.items()}
    return head + "\n\n".join(f"# ---- {name}\n\n{body.strip()}\n" for name, body in bodies.items())


def _build_section(settings: type[BaseModel]) -> str:
    return "\n\n".join(_build_entry(name, field) for name, field in list_own_fields(settings))


def _build_entry(name: str, field: FieldInfo) -> str:
    words = textwrap.fill(str(field.description), 100, initial_indent="# ", subsequent_indent="# ")
    return f"{words}\n# {name.upper()}={describe_default(field.default)}"


def describe_default(default: object) -> str:
    """Return a default as it is written in a file; folders of the checkout are relative to it."""
    if default is None or default is PydanticUndefined or isinstance(default, SecretStr):
        return ""
    return write_value(default).removeprefix(f"{REPOSITORY}/")


def build_compose(text: str) -> str:
    """Return docker-compose.base.yml with the block of names written anew."""
    groups = {**_SHARED, **SERVICES}
    lines = ["x-settings:\n"]
    for group, settings in groups.items():
        lines.append(f"  {group}: &{group}-settings\n")
        lines += [
            f"    {name.upper()}:\n"
            for name, field in list_own_fields(settings)
            if field.annotation is not SecretStr and not _DEPLOYMENTS_OWN.fullmatch(name)
        ]
    return _BLOCK.sub("".join(lines), text)


BUILDERS: Final = {".env.example": build_example, "docker-compose.base.yml": build_compose}


def main() -> None:
    for name, build in BUILDERS.items():
        path = Path(REPOSITORY, name)
        path.write_text(build(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
