"""Measures lengths. Blank lines, comments and docstrings are not code lines."""

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from tests.house.python_source import parse_python

_NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}
_Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Function:
    name: str
    line: int
    lines: int


def count_code_lines(source: str) -> int:
    """Return the number of code lines. All lines of a multi-line string that is not a docstring
    count."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(parse_python(source)):
        if isinstance(node, _Documented):
            lines -= set(_list_docstring_lines(node))
    return len(lines)


def _list_docstring_lines(node: _Documented) -> Iterator[int]:
    if ast.get_docstring(node, clean=False) is None:
        return
    docstring = node.body[0]
    yield from range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1)


def list_functions(source: str) -> Iterator[Function]:
    """Yield every function and method with its length in lines, from `def` to its end."""
    for node in ast.walk(parse_python(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Function(node.name, node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1)
