"""A port has a second implementation, or a fake that tests use; one that has neither is deleted.

Compared by the names of methods and attributes, since a Protocol is met without being named.
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from tests.house.python_source import parse_python
from tests.house.repository import ROOT, list_python_files


@dataclass(frozen=True)
class Class:
    name: str
    members: frozenset[str]
    bases: tuple[str, ...]


def list_classes(source: str) -> list[Class]:
    """Return the classes of a module with their public members."""
    return [
        Class(node.name, frozenset(_list_members(node)), tuple(_name_base(base) for base in node.bases))
        for node in ast.walk(parse_python(source))
        if isinstance(node, ast.ClassDef)
    ]


def _list_members(node: ast.ClassDef) -> Iterable[str]:
    for item in node.body:
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and not item.name.startswith("_"):
            yield item.name
        elif isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            yield item.target.id


def _name_base(base: ast.expr) -> str:
    """`Protocol[T]` and `typing.Protocol` are both `Protocol`."""
    return ast.unparse(base).split("[")[0].split(".")[-1]


def find_lonely(classes: list[Class]) -> list[str]:
    """Return the Protocols that fewer than two classes meet."""
    own = {item.name: item.members for item in classes}
    concrete = [
        item.members.union(*(own.get(base, frozenset()) for base in item.bases))
        for item in classes
        if "Protocol" not in item.bases
    ]
    return [
        item.name
        for item in classes
        if "Protocol" in item.bases and sum(item.members <= members for members in concrete) < 2
    ]


def test_every_port_has_a_second_implementation_or_a_fake():
    sources = [path.read_text(encoding="utf-8") for path in list_python_files(ROOT / "services")]
    assert find_lonely([item for source in sources for item in list_classes(source)]) == []


def test_the_check_sees_a_port_with_one_implementation():
    source = """
class Store(Protocol[T]):
    def find(self): ...
    def save(self): ...
class Real:
    def find(self): ...
    def save(self): ...
class Half:
    def find(self): ...
"""
    assert find_lonely(list_classes(source)) == ["Store"]
    inherited = "class Fake(Half):\n    def save(self): ...\n"
    assert find_lonely(list_classes(source + inherited)) == []
