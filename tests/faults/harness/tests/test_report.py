"""The page of the fault stories: its content, and that it is the same from run to run."""

from dataclasses import replace

from tests.faults.harness.report import StoryResult, keep, read, render

TOLD = StoryResult(
    story="test_a.py::test_a",
    fault="The store | is away",
    how="stopped",
    wanted="all complete",
    seen="5 of 5 completed",
    has_held=True,
    seconds=12.3,
    is_short=True,
)


def test_a_story_that_held_says_what_was_seen_and_no_time(tmp_path):
    path = tmp_path / "results.json"
    keep(path, TOLD)
    page = render(read(path), rules=["every job ends"])
    assert "| The store \\| is away | stopped | all complete | 5 of 5 completed |" in page
    assert "- every job ends" in page
    assert "**1 of 1 stories held**." in page
    keep(path, replace(TOLD, seconds=99.9))
    assert render(read(path), rules=["every job ends"]) == page


def test_a_story_told_again_takes_its_own_place_and_a_broken_one_says_so(tmp_path):
    path = tmp_path / "results.json"
    keep(path, TOLD)
    keep(path, replace(TOLD, story="test_b.py::test_b", fault="b"))
    keep(path, replace(TOLD, has_held=False, seen="2 of 5"))
    page = render(read(path), rules=[])
    assert "**1 of 2 stories held**." in page
    assert "**did not hold:** 2 of 5" in page
    assert page.index("The store") < page.index("| b |")


def test_a_story_that_was_not_told_is_on_the_page_and_takes_no_result_away(tmp_path):
    path = tmp_path / "results.json"
    keep(path, TOLD)
    keep(path, replace(TOLD, has_held=None, seen=""))
    keep(path, replace(TOLD, story="test_b.py::test_b", has_held=None, seen=""))
    page = render(read(path), rules=[])
    assert "**1 of 2 stories held**; 1 were not told yet." in page
    assert "| all complete | 5 of 5 completed |" in page
    assert "| all complete | not told yet |" in page
