"""Creates in the local AWS what the services need before they start; safe to repeat.

That is the bucket, a FIFO queue with its FIFO dead-letter queue, a Cognito pool with client and
groups, parameters in SSM under `/videoforge/{stage}/{service}/…` and secrets under the same names
without the leading slash.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from types_boto3_cognito_idp import CognitoIdentityProviderClient
    from types_boto3_s3 import S3Client
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_sqs import SQSClient
    from types_boto3_sqs.literals import QueueAttributeNameType
    from types_boto3_ssm import SSMClient

_FOURTEEN_DAYS_SECONDS: Final = 14 * 24 * 3600
#: Short, because a message that went to a dead poll returns after it; a claim extends it.
_VISIBILITY_SECONDS: Final = 15
#: More than all retries of a task together, so that only unreadable messages become dead letters.
_MAX_RECEIVES: Final = 30


@dataclass(frozen=True, repr=False)
class AwsAccess:
    """How to reach the local AWS and the object store, which has a separate address."""

    endpoint_url: str
    store_url: str
    region: str
    access_key_id: str
    secret_access_key: str

    def environment(self) -> dict[str, str]:
        """Return what boto3 and the services read from the environment."""
        return {
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ENDPOINT_URL_S3": self.store_url,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
        }

    def client(self, service: Literal["s3", "sqs", "cognito-idp", "ssm", "secretsmanager"]) -> Any:
        """Return a boto3 client; for S3 with the addressing style and checksums that the store
        supports."""
        config = Config(
            signature_version="s3v4" if service == "s3" else None,
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            connect_timeout=3,
            read_timeout=30,
        )
        return boto3.client(
            service,
            region_name=self.region,
            endpoint_url=self.store_url if service == "s3" else self.endpoint_url,
            aws_access_key_id=self.access_key_id,
            aws_secret_access_key=self.secret_access_key,
            config=config,
        )


@dataclass(frozen=True)
class QueueUrls:
    queue_url: str
    dead_letter_queue_url: str


@dataclass(frozen=True)
class PoolIds:
    pool_id: str
    client_id: str


def make_bucket(s3: "S3Client", *, name: str) -> None:
    """Create the bucket unless it exists."""
    if name not in {bucket.get("Name") for bucket in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=name)


def name_queue(stage: str) -> str:
    """Return the queue's name without `.fifo`; each stage of an account has its own queue."""
    return f"videoforge-{stage}-tasks"


def make_queues(sqs: "SQSClient", *, name: str) -> QueueUrls:
    """Create `{name}.fifo` and `{name}-dead.fifo`, or set the attributes of existing ones."""
    common: dict[QueueAttributeNameType, str] = {"MessageRetentionPeriod": str(_FOURTEEN_DAYS_SECONDS)}
    dead_url = _make_queue(sqs, name=f"{name}-dead.fifo", attributes=common)
    dead_arn = sqs.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    redrive = f'{{"deadLetterTargetArn":"{dead_arn}","maxReceiveCount":{_MAX_RECEIVES}}}'
    queue_url = _make_queue(
        sqs,
        name=f"{name}.fifo",
        attributes=common | {"VisibilityTimeout": str(_VISIBILITY_SECONDS), "RedrivePolicy": redrive},
    )
    return QueueUrls(queue_url, dead_url)


def _make_queue(sqs: "SQSClient", *, name: str, attributes: "Mapping[QueueAttributeNameType, str]") -> str:
    try:
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    except sqs.exceptions.QueueDoesNotExist:
        fixed: dict[QueueAttributeNameType, str] = {"FifoQueue": "true", "ContentBasedDeduplication": "false"}
        return sqs.create_queue(QueueName=name, Attributes={**fixed, **attributes})["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    return url


def make_pool(cognito: "CognitoIdentityProviderClient", *, name: str) -> PoolIds:
    """Find or create the user pool with its client and the groups `admin` and `user`."""
    pools = cognito.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 60})
    found = [pool["Id"] for page in pools for pool in page["UserPools"] if pool["Name"] == name]
    pool_id = found[0] if found else _make_user_pool(cognito, name=name)
    listed = cognito.list_user_pool_clients(UserPoolId=pool_id, MaxResults=60)["UserPoolClients"]
    client_id = listed[0]["ClientId"] if listed else _make_pool_client(cognito, pool_id=pool_id)
    groups = {group["GroupName"] for group in cognito.list_groups(UserPoolId=pool_id)["Groups"]}
    for group in ("admin", "user"):
        if group not in groups:
            cognito.create_group(UserPoolId=pool_id, GroupName=group)
    return PoolIds(pool_id, client_id)


def _make_user_pool(cognito: "CognitoIdentityProviderClient", *, name: str) -> str:
    """Users sign in with their email address; a second factor is optional."""
    pool = cognito.create_user_pool(
        PoolName=name,
        UsernameAttributes=["email"],
        AutoVerifiedAttributes=["email"],
        Policies={
            "PasswordPolicy": {
                "MinimumLength": 8,
                "RequireUppercase": True,
                "RequireLowercase": True,
                "RequireNumbers": True,
                "RequireSymbols": True,
            }
        },
        AccountRecoverySetting={"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
        MfaConfiguration="OFF",
    )
    pool_id = pool["UserPool"]["Id"]
    cognito.set_user_pool_mfa_config(
        UserPoolId=pool_id, SoftwareTokenMfaConfiguration={"Enabled": True}, MfaConfiguration="OPTIONAL"
    )
    return pool_id


def _make_pool_client(cognito: "CognitoIdentityProviderClient", *, pool_id: str) -> str:
    """It has no secret: job-service is the only caller, and the pool checks passwords, not
    callers."""
    made = cognito.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="videoforge",
        GenerateSecret=False,
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        PreventUserExistenceErrors="ENABLED",
        EnableTokenRevocation=True,
        AccessTokenValidity=1,
        IdTokenValidity=1,
        RefreshTokenValidity=30,
        TokenValidityUnits={"AccessToken": "hours", "IdToken": "hours", "RefreshToken": "days"},
    )
    return made["UserPoolClient"]["ClientId"]


def make_user(
    cognito: "CognitoIdentityProviderClient",
    *,
    pool_id: str,
    email: str,
    password: str,
    groups: Sequence[str],
    is_password_reset: bool = False,
) -> None:
    """Create a confirmed user with this password and these groups.

    An existing user keeps their password, which they may have changed, unless it is to be reset.
    """
    try:
        cognito.admin_create_user(
            UserPoolId=pool_id,
            Username=email,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
        )
        is_password_reset = True
    except cognito.exceptions.UsernameExistsException:
        pass
    if is_password_reset:
        cognito.admin_set_user_password(UserPoolId=pool_id, Username=email, Password=password, Permanent=True)
    for group in groups:
        cognito.admin_add_user_to_group(UserPoolId=pool_id, Username=email, GroupName=group)


def put_parameters(ssm: "SSMClient", *, prefix: str, values: Mapping[str, str]) -> None:
    """Write parameters `{prefix}{NAME}`, even if they have these values already."""
    for name, value in values.items():
        ssm.put_parameter(Name=prefix + name, Value=value, Type="String", Overwrite=True)


def put_secrets(manager: "SecretsManagerClient", *, prefix: str, values: Mapping[str, str]) -> None:
    """Write secrets `{prefix}{NAME}`; put first, because CreateSecret fails for an existing
    name."""
    for name, value in values.items():
        try:
            manager.put_secret_value(SecretId=prefix + name, SecretString=value)
        except manager.exceptions.ResourceNotFoundException:
            manager.create_secret(Name=prefix + name, SecretString=value)
