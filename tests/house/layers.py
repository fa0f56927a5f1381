"""Which layer may import what, as one table; pure functions from a file's path and text to its faults.

    routes, worker → use_cases → domain        adapters → ports, domain        process files wire all

A layer is the first folder below a service's package; a file at the top is a process file unless it is
named in `_TOP_LAYERS`. Imports under `if TYPE_CHECKING:` count too: a type is a dependency.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

SERVICES: Final = ("job_service", "gallery_service", "video_processor")
SHARED: Final = ("videoforge", "videoforge_clients", "videoforge_media", "videoforge_web")

#: Not a vendor of its own: the SDKs raise its errors.
_TRANSPORT: Final = "HTTP"
#: Libraries that reach another program; each adapter speaks to one of these vendors.
SDKS: Final[Mapping[str, str]] = {
    "boto3": "AWS",
    "botocore": "AWS",
    "aiobotocore": "AWS",
    "redis": "Redis",
    "sqlalchemy": "PostgreSQL",
    "psycopg2": "PostgreSQL",
    "alembic": "PostgreSQL",
    "requests": _TRANSPORT,
    "urllib3": _TRANSPORT,
    "aiohttp": _TRANSPORT,
    "jose": "tokens",
}
FRAMEWORKS: Final = frozenset({"flask", "werkzeug", "spectree", "flask_limiter", "gunicorn"})
#: Services of the standard library that read a clock, chance, the network or the disk.
IMPURE: Final = frozenset(
    {"asyncio", "http", "io", "logging", "os", "random", "secrets", "shutil", "signal", "socket", "ssl"}
    | {"subprocess", "tempfile", "threading", "time"}
)


@dataclass(frozen=True)
class Layer:
    """What one layer may reach: own layers, other packages of ours, third-party packages."""

    own: frozenset[str]
    ours: frozenset[str] = frozenset(SHARED)
    libraries: frozenset[str] = frozenset()
    may_use_sdk: bool = False
    may_be_impure: bool = True
    #: single names that are values or types although their package reaches further
    excepted_names: frozenset[str] = field(default_factory=frozenset)


_VALUES = frozenset({"pydantic"})
#: itsdangerous signs text and reads nothing: a token is a value.
_SIGNED_VALUES = _VALUES | {"itsdangerous"}
#: Control flow of a package's own, which knows neither what flows nor where to.
_FLOW = frozenset({"bounded"})
#: The processor's folder on its own disk: files, as the use cases write them too.
_DISK = frozenset({"scratch"})
LAYERS: Final[Mapping[str, Layer]] = {
    "domain": Layer(own=frozenset({"domain", "errors"}), libraries=_SIGNED_VALUES, may_be_impure=False),
    "errors": Layer(own=frozenset({"errors", "domain"})),
    "ports": Layer(
        own=frozenset({"ports", "domain", "errors"}),
        libraries=_VALUES,
        # the transaction that a use case opens and hands to its stores is a type of the port
        excepted_names=frozenset({"sqlalchemy.Connection"}),
    ),
    "use_cases": Layer(
        own=frozenset({"use_cases", "domain", "ports", "errors"}) | _FLOW | _DISK,
        libraries=_VALUES | {"structlog", "tenacity"},
        excepted_names=frozenset({"sqlalchemy.Connection"}),
    ),
    # the gallery's pages: SQL with a benchmark of its own
    "search": Layer(own=frozenset({"search", "domain"}), may_use_sdk=True),
    "adapters": Layer(
        own=frozenset({"adapters", "search", "domain", "ports", "errors", "settings"}) | _FLOW,
        libraries=_VALUES | {"structlog", "tenacity", "prometheus_client", "cryptography", "itsdangerous"},
        may_use_sdk=True,
    ),
    "routes": Layer(
        own=frozenset({"routes", "use_cases", "domain", "ports", "errors", "wiring", "settings"}),
        libraries=_VALUES | FRAMEWORKS | {"structlog"},
        # every request is counted where it is answered
        excepted_names=frozenset({"adapters.metrics"}),
    ),
}
#: Files at the top of a package that are a layer and not a process.
_TOP_LAYERS: Final = frozenset({"errors", "ports"})


@dataclass(frozen=True)
class Import:
    """One imported name: `module` as written, `name` None for `import module`."""

    module: str
    name: str | None
    line: int

    @property
    def package(self) -> str:
        return self.module.split(".")[0]

    @property
    def full_name(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module


def list_imports(source: str) -> Iterator[Import]:
    """Yield every import of a module, wherever it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, None, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield Import("." * node.level + (node.module or ""), alias.name, node.lineno)


def find_layer(path: PurePosixPath) -> str | None:
    """Return the layer of a file, given below its package; None for process files and test fakes."""
    first = path.parts[0]
    if len(path.parts) == 1:
        return path.stem if path.stem in _TOP_LAYERS else None
    return first if first in LAYERS else None


def find_faults(package: str, *, path: PurePosixPath, source: str) -> list[str]:
    """Return a sentence for each import that the file may not have; `path` is below the package."""
    layer_name = find_layer(path)
    layer = LAYERS[layer_name] if layer_name else None
    faults = [
        f"{package}/{path}:{item.line} {reason}"
        for item in list_imports(source)
        if (reason := _judge(item, package=package, layer=layer, layer_name=layer_name))
    ]
    vendors = {SDKS[item.package] for item in list_imports(source) if item.package in SDKS} - {_TRANSPORT}
    if layer_name == "adapters" and len(vendors) > 1:
        faults.append(f"{package}/{path} speaks to {' and '.join(sorted(vendors))}: one vendor an adapter")
    return faults


def _judge(item: Import, *, package: str, layer: Layer | None, layer_name: str | None) -> str | None:
    if item.module.startswith("."):
        return "imports relatively: say the whole name, so that it can be searched for"
    if package in SHARED:
        return _judge_shared(item, package=package)
    if item.package in SERVICES and item.package != package:
        return f"imports {item.package}: services meet over HTTP and the queue alone"
    if layer is None:
        return None
    if item.package == package:
        return _judge_own(item, package=package, layer=layer, layer_name=layer_name)
    return _judge_foreign(item, layer=layer, layer_name=layer_name)


def _judge_shared(item: Import, *, package: str) -> str | None:
    if item.package in SERVICES:
        return f"imports {item.package}: what is shared knows no service"
    if package == "videoforge" and item.package in {"videoforge_clients", "videoforge_media"}:
        return f"imports {item.package}: the contract needs neither ffmpeg nor a database"
    return None


def _judge_own(item: Import, *, package: str, layer: Layer, layer_name: str | None) -> str | None:
    below = item.full_name.removeprefix(package).lstrip(".")
    target = below.split(".")[0]
    allowed = any(below == name or below.startswith(name + ".") for name in layer.excepted_names)
    if not below or target in layer.own or allowed:
        return None
    return f"{layer_name} imports {target}: imports point inward"


def _judge_foreign(item: Import, *, layer: Layer, layer_name: str | None) -> str | None:
    name = item.package
    if name in SHARED:
        return None if name in layer.ours else f"{layer_name} imports {name}"
    if name in sys.stdlib_module_names:
        if name in IMPURE and not layer.may_be_impure:
            return f"{layer_name} imports {name}: no I/O, no clock, no chance"
        return None
    if item.full_name in layer.excepted_names or name in layer.libraries:
        return None
    if name in SDKS:
        return None if layer.may_use_sdk else f"{layer_name} imports {name}: only adapters import an SDK"
    if name in FRAMEWORKS:
        return f"{layer_name} imports {name}: only routes and process files know the framework"
    # an adapter's vendor may bring any library; everyone else names theirs in the table
    return None if layer.may_use_sdk else f"{layer_name} imports {name}"
