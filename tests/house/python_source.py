"""Parses Python source without CPython's false `SystemError`.

Up to 3.11.7, `ast.parse` counts its depth in one place for the whole interpreter. The garbage
collector may run Python code in the middle of a parse, and with it another parse: of a finalizer
that formats a traceback, or of another thread. The first one then fails with "AST constructor
recursion depth mismatch" (python/cpython gh-106905, mended in 3.11.8). While nothing is collected,
nothing else runs.
"""

import ast
import gc


def parse_python(source: str) -> ast.Module:
    """Return the tree of a module. Raises SyntaxError."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(source)  # noqa: TID251 - the one place
    finally:
        if was_enabled:
            gc.enable()
