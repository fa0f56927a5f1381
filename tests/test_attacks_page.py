"""docs/attacks.md lists every attack with its tests: each existing test, and no other."""

import ast
import re

from tests.house.python_source import parse_python
from tests.house.repository import ROOT

PAGE = (ROOT / "docs/attacks.md").read_text(encoding="utf-8")
#: What an outsider would try, and the fuzz tests; what does not apply is on the page too.
NUMBERS = [*(f"A{number:02}" for number in range(1, 26)), "F01", "F02", "F03", "F05", "F06"]


def list_tests(path):
    tree = parse_python(path.read_text(encoding="utf-8"))
    return {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name[:5] == "test_"
    }


def list_rows():
    return {
        cells[0]: cells for cells in (re.split(r" *\| *", line.strip("| ")) for line in PAGE.splitlines())
    }


def test_every_attack_has_its_row():
    assert [number for number in list_rows() if re.fullmatch(r"[AF]\d\d", number)] == NUMBERS


def test_every_row_names_a_test_or_says_why_there_is_none():
    rows = list_rows()
    assert not [
        number for number in NUMBERS if "`" not in rows[number][-1] and "none" not in rows[number][-1]
    ]


def test_every_attack_test_is_on_the_page():
    there_are = set().union(*(list_tests(path) for path in (ROOT / "tests/attacks").glob("test_*.py")))
    assert not [name for name in sorted(there_are) if f"`{name}`" not in PAGE]


def test_the_page_names_no_test_that_there_is_not():
    sources = [
        *ROOT.glob("tests/**/test_*.py"),
        *ROOT.glob("services/**/test_*.py"),
        *ROOT.glob("infra/**/test_*.py"),
    ]
    there_are = set().union(*map(list_tests, sources)) | {path.stem for path in sources}
    assert not [name for name in re.findall(r"`(test_\w+)(?:\.py)?`", PAGE) if name not in there_are]
