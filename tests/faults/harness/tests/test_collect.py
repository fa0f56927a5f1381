"""What an idle processor leaves in its scratch folder is told apart from what a task left."""

from tests.faults.harness.collect import list_scratch_files


def test_an_idle_processor_has_a_kept_source_and_no_task(tmp_path):
    home = tmp_path / "processor-1" / "abc"
    home.mkdir(parents=True)
    for name in (".owner", "cached-source-3"):
        (home / name).touch()
    assert list_scratch_files(tmp_path) == []
    (home / "task-1").mkdir()
    assert list_scratch_files(tmp_path) == ["processor-1/abc/task-1"]


def test_the_part_of_a_processor_that_no_longer_runs_is_told(tmp_path):
    for name in ("old", "new"):
        (tmp_path / "processor-1" / name).mkdir(parents=True)
        (tmp_path / "processor-1" / name / ".owner").touch()
    (tmp_path / "processor-2").mkdir()
    assert len(list_scratch_files(tmp_path)) == 1
