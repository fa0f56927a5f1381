"""The results of the stories, as a file and as docs/faults.md.

    python -m tests.faults.harness.report .local/faults.json docs/faults.md

Each run of a story replaces its own result and keeps the others, so that one story can be repeated.
The page shows what stays the same from run to run: what was broken, how, what was expected and
whether it held. Times are only in the results: they differ each time and would change every line.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

#: the file that results are written to, if it is set
RESULTS_VARIABLE: Final = "FAULTS_RESULTS"

_HEAD: Final = """\
# Faults, and what was seen

Written by `make test-faults`, which breaks a whole stack from outside: three processors,
PostgreSQL, Redis, queue, identity and store as real processes, and our own proxy on every
connection between them (`tests/faults/harness/proxy.py`). While a story breaks something, a user
polls every job twice a second. When the stack is quiet again, a checker reads both databases, the
store, the folders and the process table, and plays every film that was published
(`tests/faults/harness/checker.py`). Where a film is encoded in chunks, each of its frames shows its
number, and each rendition must have all of them once, in order and evenly spaced
(`tests/faults/harness/numbered_film.py`).

{verdict}

## After every story

{rules}

## The stories

| fault | how it is injected | expected | seen |
|---|---|---|---|
{rows}
"""


@dataclass(frozen=True)
class StoryResult:
    """A story. `seen` is a sentence from the story, or why it failed; `has_held` is None until it
    ran."""

    story: str
    fault: str
    how: str
    wanted: str
    is_short: bool
    seen: str = ""
    has_held: bool | None = None
    seconds: float = 0.0


def keep(path: Path, told: StoryResult) -> None:
    """Write a result, replacing an earlier one of the same story; a story that did not run replaces
    nothing."""
    results = read(path)
    if told.has_held is None and told.story in results:
        return
    results[told.story] = asdict(told)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def render(results: Mapping[str, Any], *, rules: list[str]) -> str:
    """Return the page, sorted by the stories' names, so that lines keep their order."""
    told = [StoryResult(**results[name]) for name in sorted(results)]
    held = sum(one.has_held is True for one in told)
    untold = sum(one.has_held is None for one in told)
    return _HEAD.format(
        verdict=f"**{held} of {len(told)} stories held**"
        + (f"; {untold} were not told yet." if untold else "."),
        rules="\n".join(f"- {rule}" for rule in rules),
        rows="\n".join(_render_row(one) for one in told),
    )


def _render_row(told: StoryResult) -> str:
    seen = "not told yet" if told.has_held is None else told.seen
    if told.has_held is False:
        seen = f"**did not hold:** {told.seen}"
    return "| " + " | ".join(_escape(text) for text in (told.fault, told.how, told.wanted, seen)) + " |"


def _escape(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def main() -> int:
    from tests.faults.harness.checker import RULES

    results, page = Path(sys.argv[1]), Path(sys.argv[2])
    rules = [rule.__name__.replace("_", " ") for rule in RULES]
    told = read(results)
    page.write_text(render(told, rules=rules), encoding="utf-8")
    return 0 if told and all(one["has_held"] for one in told.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
