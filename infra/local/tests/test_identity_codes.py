"""The codes of the local user pool are ours: the emulator's constants are refused, and mails are
sent."""

import time
import uuid

import pytest

from infra.local.identity.code_store import MAX_WRONG
from infra.local.processes.health import wait_until
from infra.local.processes.infrastructure import build_aws
from infra.local.provisioning import aws
from infra.local.provisioning.aws import AwsAccess
from tests.servers.processes import run_process

pytestmark = pytest.mark.integration

PASSWORD = "Right1!horse"
NEW_PASSWORD = "Other1!horse"
CONSTANTS = ("123456", "654321")


@pytest.fixture
def email():
    return f"{uuid.uuid4().hex}@example.org"


@pytest.fixture
def pool(ministack, cognito_pool):
    """The pool as a program with the client's id sees it, and the names of its errors."""

    class Pool:
        cognito = ministack.client("cognito-idp")

        def ask(self, action, email, **values):
            """Return the name of the error, "" for none."""
            method = getattr(self.cognito, action)
            try:
                method(ClientId=cognito_pool.client_id, Username=email, **values)
            except self.cognito.exceptions.ClientError as error:
                return error.response["Error"]["Code"]
            return ""

        def sign_up(self, email):
            attributes = [{"Name": "email", "Value": email}]
            return self.ask("sign_up", email, Password=PASSWORD, UserAttributes=attributes)

        def confirm(self, email, code):
            return self.ask("confirm_sign_up", email, ConfirmationCode=code)

        def reset(self, email, code, password=NEW_PASSWORD):
            return self.ask("confirm_forgot_password", email, ConfirmationCode=code, Password=password)

        def can_sign_in(self, email, password):
            try:
                self.cognito.initiate_auth(
                    ClientId=cognito_pool.client_id,
                    AuthFlow="USER_PASSWORD_AUTH",
                    AuthParameters={"USERNAME": email, "PASSWORD": password},
                )
            except self.cognito.exceptions.ClientError:
                return False
            return True

        def add(self, email):
            aws.make_user(
                self.cognito, pool_id=cognito_pool.pool_id, email=email, password=PASSWORD, groups=[]
            )

    pool = Pool()
    yield pool
    pool.cognito.close()


def test_a_sign_up_is_confirmed_by_the_mailed_code_alone(pool, mail_catcher, email):
    assert pool.sign_up(email) == ""
    assert [pool.confirm(email, code) for code in CONSTANTS] == ["CodeMismatchException"] * 2
    assert not pool.can_sign_in(email, PASSWORD)
    assert pool.confirm(email, mail_catcher.await_code(email)) == ""
    assert pool.can_sign_in(email, PASSWORD)


def test_a_sign_up_code_is_sent_again_and_the_first_ends(pool, mail_catcher, email):
    pool.sign_up(email)
    first = mail_catcher.await_code(email)
    assert pool.ask("resend_confirmation_code", email) == ""
    second = mail_catcher.await_code(email, count=2)
    if first != second:
        assert pool.confirm(email, first) == "CodeMismatchException"
    assert pool.confirm(email, second) == ""
    assert pool.ask("resend_confirmation_code", email) == "InvalidParameterException"


def test_nobody_resets_another_users_password_with_a_constant_or_a_guess(pool, mail_catcher, email):
    pool.add(email)
    assert pool.ask("forgot_password", email) == ""
    assert [pool.reset(email, code) for code in CONSTANTS] == ["CodeMismatchException"] * 2
    guesses = [pool.reset(email, f"{number:06}") for number in range(MAX_WRONG)]
    assert guesses[-1] == "LimitExceededException"
    code = mail_catcher.await_code(email)
    assert pool.reset(email, code) == "LimitExceededException", "not even the code is taken now"
    assert pool.can_sign_in(email, PASSWORD)


def test_a_password_is_reset_once_by_the_mailed_code_also_after_a_weak_one(pool, mail_catcher, email):
    pool.add(email)
    pool.ask("forgot_password", email)
    code = mail_catcher.await_code(email)
    assert pool.reset(email, code, password="weak") == "InvalidPasswordException"
    assert pool.reset(email, code) == ""
    assert pool.can_sign_in(email, NEW_PASSWORD)
    assert pool.reset(email, code) == "CodeMismatchException"


def test_the_code_of_one_user_or_purpose_is_none_for_another(pool, mail_catcher, email):
    other = f"other-{email}"
    pool.add(email)
    pool.add(other)
    pool.ask("forgot_password", email)
    code = mail_catcher.await_code(email)
    pool.ask("forgot_password", other)
    if mail_catcher.await_code(other) != code:
        assert pool.reset(other, code) == "CodeMismatchException"
    assert pool.confirm(email, code) == "CodeMismatchException"


def test_a_user_who_does_not_exist_gets_the_same_answers_and_no_mail(pool, mail_catcher, email):
    pool.add(email)
    nobody = f"nobody-{email}"
    stories = []
    for who in (email, nobody):
        asked = [pool.ask("forgot_password", who) for _ in range(6)]
        guessed = [pool.reset(who, "x" * 6) for _ in range(7)]
        stories.append([*asked, *guessed, pool.ask("resend_confirmation_code", f"x-{who}")])
    assert stories[0] == stories[1]
    mail_catcher.await_code(email, count=5)
    assert mail_catcher.list_mails(to=nobody) == []


def test_without_a_code_of_ours_nothing_is_reset(pool, email):
    """As after a restart, which loses our codes while the emulator keeps its own."""
    pool.add(email)
    assert pool.reset(email, "654321") == "CodeMismatchException"


def test_where_no_mail_leaves_everybody_is_told_so_and_nothing_is_done(tmp_path, email):
    with run_process(  # nothing listens at the port of the mail
        lambda settings: build_aws(settings.model_copy(update={"auto_confirm_signups": False})),
        state_dir=tmp_path,
    ) as process:
        access = AwsAccess(process.spec.health.url.rpartition("/_")[0], "", "us-east-1", "test", "x")
        cognito = access.client("cognito-idp")
        made = aws.make_pool(cognito, name="pool")
        aws.make_user(cognito, pool_id=made.pool_id, email=email, password=PASSWORD, groups=[])
        seconds = []
        for who in (email, f"nobody-{email}"):
            for action in ("forgot_password", "resend_confirmation_code"):
                began = time.monotonic()
                with pytest.raises(cognito.exceptions.CodeDeliveryFailureException):
                    getattr(cognito, action)(ClientId=made.client_id, Username=who)
                seconds.append(time.monotonic() - began)
            with pytest.raises(cognito.exceptions.CodeMismatchException):
                cognito.confirm_forgot_password(
                    ClientId=made.client_id, Username=who, ConfirmationCode="654321", Password=NEW_PASSWORD
                )
        with pytest.raises(cognito.exceptions.CodeDeliveryFailureException):
            cognito.sign_up(ClientId=made.client_id, Username=f"new-{email}", Password=PASSWORD)
        assert max(seconds) < 5
        cognito.close()


def test_where_sign_ups_are_confirmed_at_once_they_need_no_mail_and_send_none(tmp_path, email):
    with run_process(build_aws, state_dir=tmp_path) as process:
        access = AwsAccess(process.spec.health.url.rpartition("/_")[0], "", "us-east-1", "test", "x")
        cognito = access.client("cognito-idp")
        made = aws.make_pool(cognito, name="pool")
        attributes = [{"Name": "email", "Value": email}]
        cognito.sign_up(ClientId=made.client_id, Username=email, Password=PASSWORD, UserAttributes=attributes)
        with pytest.raises(cognito.exceptions.CodeMismatchException):
            cognito.confirm_sign_up(ClientId=made.client_id, Username=email, ConfirmationCode="123456")
        cognito.admin_confirm_sign_up(UserPoolId=made.pool_id, Username=email)
        cognito.close()


def test_the_emulators_own_record_of_mails_holds_no_code(ministack, pool, mail_catcher, email):
    import requests

    pool.sign_up(email)
    code = mail_catcher.await_code(email)
    recorded = requests.get(f"{ministack.endpoint_url}/_ministack/ses/messages", timeout=5).text
    assert code not in recorded
    assert email not in recorded


def test_mails_are_read_by_who_has_the_token_alone(mail_catcher):
    import requests

    for token in (None, b"wrong", "ü".encode(), b""):
        headers = {} if token is None else {"X-VideoForge-Service-Token": token}
        assert requests.get(f"{mail_catcher.url}/mails", headers=headers, timeout=5).status_code == 401
    assert wait_until(lambda: mail_catcher.list_mails() is not None, seconds=1)
