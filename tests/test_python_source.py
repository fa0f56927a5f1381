"""A parse is not disturbed by another one that the garbage collector sets off."""

import ast
import gc
from contextlib import contextmanager

import pytest

from tests.house.python_source import parse_python

SOURCE = "def add(a, b):\n    return [a + b for _ in range(3)]\n" * 50


@contextmanager
def parsing_collections():
    """A collection at nearly every allocation, and each one parses something, as a finalizer does
    that formats a traceback."""

    def parse_something(_phase, _info):
        ast.parse("f(a + b)")  # noqa: TID251 - the disturbance

    before = gc.get_threshold()
    gc.callbacks.append(parse_something)
    gc.set_threshold(5)
    try:
        yield
    finally:
        gc.callbacks.remove(parse_something)
        gc.set_threshold(*before)


def test_a_collection_that_parses_does_not_disturb_a_parse():
    with parsing_collections():
        tree = parse_python(SOURCE)
    assert gc.isenabled()
    assert [node.name for node in tree.body if isinstance(node, ast.FunctionDef)] == ["add"] * 50


def test_a_collector_that_is_off_stays_off():
    gc.disable()
    try:
        parse_python("x = 1")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_fault_in_the_source_leaves_the_collector_on():
    with pytest.raises(SyntaxError):
        parse_python("def")
    assert gc.isenabled()
