"""The demo says which variables it needs."""

import pytest

from demo.__main__ import main


@pytest.mark.parametrize(
    ("environment", "message"),
    [({}, "Set VIDEOFORGE_URL"), ({"VIDEOFORGE_URL": "http://localhost:9"}, "Set VIDEOFORGE_EMAIL")],
)
def test_a_missing_variable_is_named(environment, message, monkeypatch, capsys):
    for name in ("VIDEOFORGE_URL", "VIDEOFORGE_EMAIL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert main([]) == 1
    assert message in capsys.readouterr().err
