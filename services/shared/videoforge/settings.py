"""Settings are read once, at start: the environment first, then SSM and Secrets Manager.

With SETTINGS_FROM_AWS=true a name missing from the environment is looked up as the parameter
`/videoforge/{STAGE}/{service}/{NAME}`, then `/videoforge/{STAGE}/{NAME}`; secret fields (SecretStr)
are looked up as Secrets Manager secrets of the same two names without the leading slash. All faults
are listed in one message and end the process; values of secrets are never shown.
"""

import os
import sys
from typing import Any, ClassVar, Literal, TypeVar

import boto3
from pydantic import Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict


class AwsSource(PydanticBaseSettingsSource):
    """SSM parameters and Secrets Manager secrets under the stage's prefix, named like the
    environment variables."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        raise NotImplementedError  # pydantic-settings only calls __call__ if it is defined

    def __call__(self) -> dict[str, Any]:
        if os.environ.get("SETTINGS_FROM_AWS", "").lower() not in {"1", "true"}:
            return {}
        stage = os.environ.get("STAGE", "local")
        service = getattr(self.settings_cls, "service_name", "")
        roots = [f"/videoforge/{stage}/{service}/", f"/videoforge/{stage}/"]
        session = boto3.Session(region_name=os.environ.get("AWS_REGION", "us-east-1"))
        parameters = _list_parameters(session, path=roots[1])
        secrets = session.client("secretsmanager")
        values: dict[str, Any] = {}
        for name, field in self.settings_cls.model_fields.items():
            if name.upper() in os.environ:
                continue
            is_secret = field.annotation in {SecretStr, SecretStr | None}
            for root in roots:
                path = root + name.upper()
                value = _find_secret(secrets, name=path[1:]) if is_secret else parameters.get(path)
                if value is not None:
                    values[name] = value
                    break
        return values  # a required name that is missing everywhere is reported with the other faults


def _list_parameters(session: boto3.Session, *, path: str) -> dict[str, str]:
    pages = session.client("ssm").get_paginator("get_parameters_by_path")
    return {
        parameter["Name"]: parameter["Value"]
        for page in pages.paginate(Path=path, Recursive=True, WithDecryption=True)
        for parameter in page["Parameters"]
    }


def _find_secret(secrets: Any, *, name: str) -> str | None:
    try:
        return str(secrets.get_secret_value(SecretId=name)["SecretString"])
    except secrets.exceptions.ResourceNotFoundException:
        return None


class ServiceSettings(BaseSettings):
    """The settings of every process. Field names are the environment's in lower case, with units in
    the names."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    #: the {service} part in the names of a service's own parameters and secrets; each service sets
    #: it
    service_name: ClassVar[str] = ""

    stage: str = Field(default="local", description="deployment stage; part of SSM and secret names")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="DEBUG, INFO, WARNING or ERROR"
    )
    aws_region: str = Field(default="us-east-1", description="region of S3, SQS, SSM and Secrets Manager")
    aws_endpoint_url: str | None = Field(
        default=None, description="address of the local AWS; empty on AWS itself"
    )
    private_host: str = Field(default="127.0.0.1", description="address of the health and metrics port")
    service_tokens: SecretStr = Field(
        description="tokens between services, comma separated: the first is sent, two are accepted"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, AwsSource(settings_cls)


SettingsType = TypeVar("SettingsType", bound=BaseSettings)


def describe_faults(error: ValidationError) -> str:
    """Return every fault of a configuration, one per line, without the values."""
    lines = [f"  {'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in error.errors()]
    return "\n".join(["The settings have faults:", *sorted(lines), "See .env.example for every setting."])


def load_settings(settings_class: type[SettingsType]) -> SettingsType:
    """Return the settings, or end the process with exit code 2 and one message that lists every
    fault."""
    try:
        return settings_class()
    except ValidationError as error:
        sys.stderr.write(describe_faults(error) + "\n")
        raise SystemExit(2) from None  # the traceback would hide the list
