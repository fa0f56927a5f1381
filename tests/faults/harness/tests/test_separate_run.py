"""A long run's exit code follows from what it found, and its stack is always taken down."""

from pathlib import Path

import pytest

from tests.faults.harness import separate_run


class IdleStack:
    """Starts nothing and notes what it is asked for."""

    made: "IdleStack"

    def __init__(self, settings, *, links, environment):
        self.settings, self.links, self.environment = settings, links, environment
        self.calls = []
        IdleStack.made = self

    def up(self):
        self.calls.append("up")

    def down(self):
        self.calls.append("down")


@pytest.fixture(autouse=True)
def _idle(monkeypatch):
    monkeypatch.setattr(separate_run, "BrokenStack", IdleStack)


def run(work):
    return separate_run.run_separately("test", work, processors=1, environment={"A": "1"})


def test_nothing_wrong_is_zero_and_nothing_is_kept():
    assert run(lambda stack: stack.calls.append("run") or []) == 0
    stack = IdleStack.made
    assert (stack.calls, stack.environment) == (["up", "run", "down"], {"A": "1"})
    assert not stack.settings.state_dir.exists()


def test_what_went_wrong_is_printed_and_kept_and_the_code_is_one(capsys):
    assert run(lambda _stack: ["frame 3 shows 2", "a lost job"]) == 1
    stack = IdleStack.made
    assert stack.calls == ["up", "down"]
    folder = Path(stack.settings.state_dir)
    assert folder.exists()
    told = capsys.readouterr().out.splitlines()
    assert told == ["frame 3 shows 2", "a lost job", f"What it left is in {folder}."]
    folder.rmdir()


def test_a_run_that_raises_takes_its_stack_down_and_is_no_success():
    def fail(_stack):
        raise RuntimeError("the driver died")

    with pytest.raises(RuntimeError, match="the driver died"):
        run(fail)
    stack = IdleStack.made
    assert stack.calls == ["up", "down"]
    Path(stack.settings.state_dir).rmdir()
