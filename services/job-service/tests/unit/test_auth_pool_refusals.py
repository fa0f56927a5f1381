"""Translation of the user pool's own errors. MiniStack never closes a pool to sign-ups, so
botocore's Stubber answers here, with Cognito's error name and text."""

import pytest
from botocore.stub import Stubber

from job_service.auth.cognito import CognitoIdentity, build_cognito_clients
from videoforge.problems import Problem


def test_a_pool_without_sign_up_answers_that_registration_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    client, quick = build_cognito_clients(region="us-east-1", endpoint_url="http://127.0.0.1:1")
    identity = CognitoIdentity(client, quick=quick, pool_id="us-east-1_pool", client_id="client")
    with Stubber(client) as stub:
        stub.add_client_error(
            "sign_up", "NotAuthorizedException", "SignUp is not permitted for this user pool", 400
        )
        with pytest.raises(Problem) as caught:
            identity.register("ann@example.org", password="Correct-Horse-7")
    assert (caught.value.status, caught.value.code) == (403, "sign_up_closed")


def test_an_email_that_could_not_be_sent_may_be_requested_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    client, quick = build_cognito_clients(region="us-east-1", endpoint_url="http://127.0.0.1:1")
    identity = CognitoIdentity(client, quick=quick, pool_id="us-east-1_pool", client_id="client")
    with Stubber(client) as stub:
        stub.add_client_error("forgot_password", "CodeDeliveryFailureException", "Unable to deliver", 400)
        with pytest.raises(Problem) as caught:
            identity.send_reset_code("ann@example.org")
    assert (caught.value.status, caught.value.code) == (503, "mail_unavailable")
    assert caught.value.retryable
