"""The results for each unusual source, as docs/media-support.md.

    python -m tests.media_report .local/media.jsonl docs/media-support.md

The tests in services/video-processor/tests/media each append a JSON line to the file in
MEDIA_RESULTS: the test's file, the source, the expected result, the actual one, and whether it is
right. The last line of a test counts.
"""

import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

_HEAD: Final = """\
# Which sources come out right

Written by `make media-support`, which takes each source through confirm and a job and measures the
result: frames and samples are decoded, nothing is read from a header
(`services/video-processor/tests/media/kit/measure.py`). The tests make the sources themselves,
except those from the folder of samples, which are skipped if that folder is missing.

**{right} of {total} as expected**
"""
_COLUMNS: Final = "| source | what it is | expected | seen | |\n|---|---|---|---|---|"


@dataclass(frozen=True)
class Row:
    file: str
    test: str
    name: str
    source: str
    expected: str
    seen: str
    is_right: bool


def read_rows(lines: Iterable[str]) -> list[Row]:
    """Return the rows, sorted by file and name, one for each name of a test."""
    found = [Row(**json.loads(line)) for line in lines if line.strip()]
    last = {(row.file, row.test, row.name): row for row in found}
    return sorted(last.values(), key=lambda row: (row.file, _sort_by_number(row.name), row.test))


def _sort_by_number(name: str) -> tuple[tuple[int, str], ...]:
    """Return a key by which F2 comes before F10."""
    parts = re.findall(r"\d+|\D+", name)
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in parts)


def render(rows: Iterable[Row]) -> str:
    """Return the page: a table for each file of tests."""
    rows = list(rows)
    parts = [_HEAD.format(right=sum(row.is_right for row in rows), total=len(rows))]
    for file, group in groupby(rows, key=lambda row: row.file):
        title = file.removeprefix("test_").removesuffix(".py").replace("_", " ").capitalize()
        parts.append("\n".join([f"## {title}", "", _COLUMNS, *map(_render_row, group)]) + "\n")
    return "\n".join(parts)


def _render_row(row: Row) -> str:
    verdict = "as expected" if row.is_right else "**not as expected**"
    cells = (row.name, row.source, row.expected, row.seen, verdict)
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def main() -> int:
    source, target = map(Path, sys.argv[1:3])
    rows = read_rows(source.read_text(encoding="utf-8").splitlines()) if source.exists() else []
    target.write_text(render(rows), encoding="utf-8")
    return 0 if rows and all(row.is_right for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
