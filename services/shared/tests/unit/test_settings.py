"""Settings: all faults in one message, no secret in any text."""

from typing import ClassVar

import pytest
from pydantic import Field, SecretStr

from videoforge.settings import ServiceSettings, load_settings

SECRET = "canary-secret-of-thirty-two-characters"


class Settings(ServiceSettings):
    service_name: ClassVar[str] = "test-service"

    server_port: int = Field(default=8000, ge=1, le=65535)
    db_name: str
    db_password: SecretStr
    trash_hours: float = 24


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SETTINGS_FROM_AWS", "STAGE", *(field.upper() for field in Settings.model_fields)):
        monkeypatch.delenv(name, raising=False)


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_NAME", "jobs")
    monkeypatch.setenv("DB_PASSWORD", SECRET)
    monkeypatch.setenv("SERVICE_TOKENS", SECRET)
    monkeypatch.setenv("SERVER_PORT", "9000")
    settings = load_settings(Settings)
    assert (settings.db_name, settings.server_port, settings.trash_hours) == ("jobs", 9000, 24)
    assert settings.db_password.get_secret_value() == SECRET
    assert settings.stage == "local"


def test_all_faults_are_in_one_message_and_no_value_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SERVER_PORT", "canary-port")
    monkeypatch.setenv("TRASH_HOURS", "canary-hours")
    with pytest.raises(SystemExit) as stopped:
        load_settings(Settings)
    said = capsys.readouterr().err
    assert stopped.value.code == 2
    for name in ("SERVER_PORT", "TRASH_HOURS", "DB_NAME", "DB_PASSWORD", "SERVICE_TOKENS"):
        assert said.count(f"  {name}: ") == 1
    assert "canary" not in said
    assert ".env.example" in said


def test_a_secret_shows_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(db_name="jobs", db_password=SECRET, service_tokens=SECRET)
    for text in (repr(settings), str(settings), repr(settings.model_dump()), settings.model_dump_json()):
        assert SECRET not in text


def test_settings_do_not_change_after_the_start() -> None:
    settings = Settings(db_name="jobs", db_password=SECRET, service_tokens=SECRET)
    with pytest.raises(ValueError, match="frozen"):
        settings.db_name = "other"


def test_an_empty_variable_is_a_value_and_not_a_missing_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRASH_HOURS", "")
    with pytest.raises(ValueError, match="trash_hours"):
        Settings(db_name="jobs", db_password=SECRET, service_tokens=SECRET)
