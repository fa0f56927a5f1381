"""Settings from SSM and Secrets Manager, as MiniStack serves them."""

import uuid
from typing import ClassVar

import pytest
from pydantic import SecretStr

from infra.local.provisioning.aws import AwsAccess
from videoforge.settings import ServiceSettings, load_settings

pytestmark = pytest.mark.integration

SECRET = "canary-secret-of-thirty-two-characters"


class Settings(ServiceSettings):
    service_name: ClassVar[str] = "test-service"

    db_name: str
    db_password: SecretStr
    greeting: str = "default"
    shared_name: str = "default"


@pytest.fixture
def stage(ministack: AwsAccess, monkeypatch: pytest.MonkeyPatch) -> str:
    """A stage of this test alone, with the process pointed at it."""
    stage = f"t{uuid.uuid4().hex[:8]}"
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in ministack.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SETTINGS_FROM_AWS", "true")
    monkeypatch.setenv("STAGE", stage)
    return stage


def put(ministack: AwsAccess, *, parameters: dict[str, str], secrets: dict[str, str]) -> None:
    ssm, manager = ministack.client("ssm"), ministack.client("secretsmanager")
    for name, value in parameters.items():
        ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
    for name, value in secrets.items():
        manager.create_secret(Name=name, SecretString=value)
    ssm.close()
    manager.close()


def test_the_services_own_name_comes_before_the_stages_and_the_environment_before_both(
    ministack: AwsAccess, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(
        ministack,
        parameters={
            f"/videoforge/{stage}/test-service/DB_NAME": "own",
            f"/videoforge/{stage}/DB_NAME": "shared",
            f"/videoforge/{stage}/SHARED_NAME": "shared",
            f"/videoforge/{stage}/GREETING": "stored",
            f"/videoforge/another{stage}/DB_NAME": "foreign",
        },
        secrets={
            f"videoforge/{stage}/test-service/DB_PASSWORD": SECRET,
            f"videoforge/{stage}/SERVICE_TOKENS": SECRET + "2",
        },
    )
    monkeypatch.setenv("GREETING", "from the environment")
    settings = load_settings(Settings)
    assert settings.db_name == "own"
    assert settings.shared_name == "shared"
    assert settings.greeting == "from the environment"
    assert settings.db_password.get_secret_value() == SECRET
    assert settings.service_tokens.get_secret_value() == SECRET + "2"
    assert SECRET not in repr(settings)


def test_more_parameters_than_one_page_are_all_read(ministack: AwsAccess, stage: str) -> None:
    many = {f"/videoforge/{stage}/A{number:02}": "x" for number in range(25)}
    put(
        ministack,
        parameters=many | {f"/videoforge/{stage}/DB_NAME": "last"},
        secrets={
            f"videoforge/{stage}/DB_PASSWORD": SECRET,
            f"videoforge/{stage}/SERVICE_TOKENS": SECRET,
        },
    )
    assert load_settings(Settings).db_name == "last"


def test_what_is_found_nowhere_is_listed_with_the_other_faults(
    stage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        load_settings(Settings)
    said = capsys.readouterr().err
    for name in ("DB_NAME", "DB_PASSWORD", "SERVICE_TOKENS"):
        assert f"  {name}: " in said
