"""The page of sources has every row once, in order, and marks a wrong one."""

import json

from tests.media_report import read_rows, render


def build_line(name, *, file="test_length.py", test="test_a", is_right=True, seen="9 s"):
    words = {"file": file, "test": test, "name": name, "source": "a | b", "expected": "9 s"}
    return json.dumps({**words, "seen": seen, "is_right": is_right})


def test_rows_stand_by_file_and_number_and_the_last_of_a_test_counts():
    lines = [build_line("F10 peak", file="test_sound.py"), build_line("F2 late", file="test_sound.py")]
    lines += [build_line("F1 short", is_right=False), build_line("F1 short", seen="9.0 s"), ""]
    rows = read_rows(lines)
    assert [row.name for row in rows] == ["F1 short", "F2 late", "F10 peak"]
    assert (rows[0].seen, rows[0].is_right) == ("9.0 s", True)


def test_a_wrong_row_shows_and_is_counted():
    page = render(read_rows([build_line("F1 long"), build_line("F1 short", is_right=False, seen="2 s")]))
    assert "**1 of 2 as expected**" in page
    assert "| F1 short | a \\| b | 9 s | 2 s | **not as expected** |" in page
    assert "| F1 long | a \\| b | 9 s | 9 s | as expected |" in page
    assert "## Length" in page
