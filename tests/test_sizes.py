"""Functions fit on a screen, and a long module says why it is not split."""

import ast
from pathlib import Path

import pytest

from tests.house.python_source import parse_python
from tests.house.repository import ROOT, list_python_files
from tests.house.sizes import count_code_lines, list_functions

MAX_FUNCTION_LINES = 60
#: A longer module has a reason, which follows these words in its docstring.
MAX_MODULE_LINES = 400
REASON = "one module because"


def find_long_functions(path: Path, *, source: str) -> list[str]:
    return [
        f"{path}:{function.line} {function.name} has {function.lines} lines"
        for function in list_functions(source)
        if function.lines > MAX_FUNCTION_LINES
    ]


def lacks_reason(source: str) -> bool:
    """Say whether a module is long and does not say why."""
    docstring = " ".join((ast.get_docstring(parse_python(source)) or "").lower().split())
    return len(source.splitlines()) > MAX_MODULE_LINES and REASON not in docstring


def list_written_files() -> list[Path]:
    """Migrations are left out: they are lists of columns that never change once they have run."""
    return [path for path in list_python_files() if "migrations" not in path.parts]


def test_no_function_is_longer_than_sixty_lines():
    faults = [
        fault
        for path in list_written_files()
        for fault in find_long_functions(path.relative_to(ROOT), source=path.read_text(encoding="utf-8"))
    ]
    assert not faults, "\n" + "\n".join(faults)


def test_a_long_module_gives_its_reason():
    faults = [
        str(path.relative_to(ROOT))
        for path in list_written_files()
        if "tests" not in path.parts  # a list of stories may be long
        if lacks_reason(path.read_text(encoding="utf-8"))
    ]
    assert not faults, f"say “… {REASON} …” in the docstring of {faults}, or part them"


def test_the_check_sees_a_long_function():
    source = "def run():\n" + "    x = 1\n" * MAX_FUNCTION_LINES
    assert find_long_functions(Path("long.py"), source=source)
    assert not find_long_functions(Path("short.py"), source="def run():\n" + "    x = 1\n" * 59)


@pytest.mark.parametrize(("docstring", "expected"), [("Things.", True), ("One module because it is.", False)])
def test_the_check_sees_a_long_module_without_a_reason(docstring, expected):
    assert lacks_reason(f'"""{docstring}"""\n' + "x = 1\n" * MAX_MODULE_LINES) is expected


def test_code_lines_leave_out_blanks_comments_and_docstrings():
    source = (
        '"""Doc\nstring."""\n\n# why\nx = 1  # unit\n\n\ndef run():\n    """Run."""\n    return """a\nb"""\n'
    )
    assert count_code_lines(source) == 4
