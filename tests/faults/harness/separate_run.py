"""A long run on a stack of its own, and its verdict for the shell."""

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.faults.harness.broken_stack import BrokenStack
from tests.faults.harness.proxy import Links
from tests.servers.processes import build_test_settings


def run_separately(
    name: str,
    run: Callable[[BrokenStack], Sequence[object]],
    *,
    processors: int,
    environment: Mapping[str, str],
) -> int:
    """Start a stack, run this on it and print what it returns, which is what went wrong. Return the
    exit code: 0 if nothing did, else 1, and what the run left is kept."""
    state_dir = Path(tempfile.mkdtemp(prefix=f"videoforge-{name}-"))
    with Links() as links:
        settings = build_test_settings(state_dir, processors=processors)
        stack = BrokenStack(settings, links=links, environment=environment)
        try:
            stack.up()
            wrong = run(stack)
        finally:
            links.restore()
            stack.down()
    if wrong:
        print(*wrong, f"What it left is in {state_dir}.", sep="\n", flush=True)
        return 1
    shutil.rmtree(state_dir)
    return 0
