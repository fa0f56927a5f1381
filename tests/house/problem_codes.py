"""The codes of problems and of failed jobs, as the sources give them, read without running them.

A code is the literal that a constructor is given, or a name that stands for one in the same module. Where it
is neither, the call is listed as open: tests/test_problem_codes.py says of each where its codes come from.
"""

import ast
import re
from collections.abc import Iterator
from typing import Final

#: The position of the code among the arguments; the keyword is `code`.
CONSTRUCTORS: Final = {
    "Problem": 1,
    "UploadRefused": 1,
    "MediaRejected": 0,
    "TaskError": 0,
    "TaskFailed": 0,
    "BadSource": 0,
    "EncodeFailed": 0,
    "OutputRefused": 0,
    "ScratchFull": 0,
    "StoreFailed": 0,
    "StoreAway": 0,
    "ProcessorFault": 0,
}
#: Functions that make a code of a word.
PATTERNS: Final = {"not_found": "{}_not_found", "unavailable": "{}_unavailable"}
_CODE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


def find_codes(source: str) -> tuple[set[str], set[str]]:
    """Return the codes of the module, and the expressions that do not tell theirs."""
    tree = ast.parse(source)
    names = dict(_list_constants(tree))
    found: set[str] = set()
    open_: set[str] = set()
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        if name not in CONSTRUCTORS and name not in PATTERNS:
            continue
        code = _find_argument(call, CONSTRUCTORS.get(name, 0))
        literals = _read(code, names) if code is not None else None
        if literals is None:
            open_.add(f"{name}({ast.unparse(code) if code else ''})")
        else:
            found |= {PATTERNS.get(name, "{}").format(literal) for literal in literals}
    return found, open_


def list_strings(source: str, *, holder: str) -> set[str]:
    """Return what looks like a code within the function or the constant of this name."""
    names = dict(_list_constants(ast.parse(source)))
    return {
        text
        for node in ast.walk(ast.parse(source))
        if holder in _list_names(node)
        for part in ast.walk(node)
        for text in _read(part, names) or ()
        if _CODE.fullmatch(text) and "_" in text
    }


def _list_names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _list_constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        value = getattr(node, "value", None)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            for name in _list_names(node):
                yield name, value.value


def _find_argument(call: ast.Call, position: int) -> ast.expr | None:
    named = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    return named[0] if named else next(iter(call.args[position : position + 1]), None)


def _read(node: ast.AST, names: dict[str, str]) -> set[str] | None:
    """Return the strings that the expression can be, or None."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.Name) and node.id in names:
        return {names[node.id]}
    if isinstance(node, ast.IfExp):
        sides = [_read(node.body, names), _read(node.orelse, names)]
        return set().union(*(side for side in sides if side)) if all(sides) else None
    return None
