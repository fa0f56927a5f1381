"""The local AWS loses nothing that it has confirmed, even after kill -9; this checks MiniStack's
private API."""

import pytest

from infra.local.processes.infrastructure import build_aws
from infra.local.processes.ministack_launcher import is_change
from infra.local.provisioning import aws
from infra.local.provisioning.aws import AwsAccess
from tests.servers.processes import run_process

SIGN_IN = {"USERNAME": "a@example.org", "PASSWORD": "Right1!horse"}


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("POST", "AmazonSQS.SendMessage", True),
        ("POST", "AWSCognitoIdentityProviderService.InitiateAuth", True),
        ("POST", "AmazonSQS.ReceiveMessage", False),
        ("POST", "AWSCognitoIdentityProviderService.GetUser", False),
        ("POST", "AWSCognitoIdentityProviderService.AdminGetUser", False),
        ("POST", "AmazonSSM.GetParametersByPath", False),
        ("POST", "", True),
        ("GET", "", False),
    ],
)
def test_only_what_may_change_something_is_saved(method, target, expected):
    headers = [(b"x-amz-target", target.encode())] if target else []
    assert is_change({"type": "http", "method": method, "headers": headers}) is expected


@pytest.mark.integration
def test_users_messages_parameters_and_secrets_survive_a_kill(tmp_path):
    with run_process(build_aws, state_dir=tmp_path) as process:
        access = AwsAccess(process.spec.health.url.rpartition("/_")[0], "", "us-east-1", "test", "x")
        cognito, sqs, ssm, secrets = map(access.client, ("cognito-idp", "sqs", "ssm", "secretsmanager"))
        pool = aws.make_pool(cognito, name="pool")
        aws.make_user(
            cognito, pool_id=pool.pool_id, email="a@example.org", password="Right1!horse", groups=["admin"]
        )
        urls = aws.make_queues(sqs, name="kept")
        sqs.send_message(
            QueueUrl=urls.queue_url, MessageBody="hello", MessageGroupId="a", MessageDeduplicationId="1"
        )
        aws.put_parameters(ssm, prefix="/x/", values={"NAME": "value"})
        aws.put_secrets(secrets, prefix="x/", values={"KEY": "secret"})
        signed_in = cognito.initiate_auth(
            ClientId=pool.client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=SIGN_IN
        )["AuthenticationResult"]

        process.kill()  # the moment after the last answer
        process.start()

        assert aws.make_pool(cognito, name="pool") == pool
        assert cognito.get_user(AccessToken=signed_in["AccessToken"])["UserAttributes"]
        refreshed = cognito.initiate_auth(
            ClientId=pool.client_id,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": signed_in["RefreshToken"]},
        )
        assert refreshed["AuthenticationResult"]["AccessToken"]
        assert aws.make_queues(sqs, name="kept") == urls
        received = sqs.receive_message(QueueUrl=urls.queue_url, WaitTimeSeconds=1)["Messages"]
        assert [message["Body"] for message in received] == ["hello"]
        assert ssm.get_parameter(Name="/x/NAME")["Parameter"]["Value"] == "value"
        assert secrets.get_secret_value(SecretId="x/KEY")["SecretString"] == "secret"
        for client in (cognito, sqs, ssm, secrets):
            client.close()
