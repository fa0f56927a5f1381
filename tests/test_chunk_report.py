"""The tests' rows become docs/chunks.md."""

from pathlib import Path

from tests.chunk_report import FramesRow, JointsRow, keep, read_rows, render

CUT = FramesRow(
    name="film.ts",
    source="MPEG-TS",
    encoded_as="5 chunks",
    frames="800 / 800",
    differ="0",
    time_stamps="equal",
    psnr="35 / 34 dB",
)
WHOLE = FramesRow(name="raw.h264", source="H.264", encoded_as="one piece: a | b")
JOINT = JointsRow(name="grain", joints="4", fullest="0.6", bits="× 1", before="+0", after="-0", own="1")


def test_rows_are_in_their_tables_in_order(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    keep(path, JOINT, order=0)
    keep(path, WHOLE, order=7)
    keep(path, CUT, order=2)
    page = render(read_rows(path.read_text(encoding="utf-8").splitlines()))
    lines = [line for line in page.splitlines() if line.startswith(("| ", "## "))]
    assert lines == [
        "## Which sources stay in one piece",
        "## Frames",
        "| source | what it is | encoded as | frames, one piece / chunks | differ | time stamps "
        "| PSNR at joints / elsewhere |",
        "| film.ts | MPEG-TS | 5 chunks | 800 / 800 | 0 | equal | 35 / 34 dB |",
        "| raw.h264 | H.264 | one piece: a \\| b | – | – | – | – |",
        "## Rate control at joints",
        "| film | joints | fullest, one piece / chunks | bits, chunks / one piece | second before "
        "| second after | one piece at its key frames |",
        "| grain | 4 | 0.6 | × 1 | +0 | -0 | 1 |",
    ]


def test_the_last_row_of_a_source_counts(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    for differ in ("3", "0"):
        keep(path, FramesRow(name="a.ts", source="", encoded_as="", differ=differ), order=0)
    [row] = read_rows(path.read_text(encoding="utf-8").splitlines())
    assert isinstance(row, FramesRow)
    assert row.differ == "0"
