"""The fixtures of other tests work as described, with the real servers."""

import subprocess

import boto3
import psycopg2
import pytest
import redis
import requests
import yaml
from botocore.config import Config
from sqlalchemy import create_engine, text

from infra.local.provisioning.databases import INITDB_OPTIONS
from infra.local.settings import REPOSITORY
from tests.servers import processes
from tests.servers.databases import POSTGRES_IMAGE, REDIS_IMAGE, can_run_container

pytestmark = pytest.mark.integration


def test_each_test_gets_an_empty_database_of_its_own(postgres_server, postgres_database):
    engine = create_engine(postgres_database)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE thing (id int)"))
    engine.dispose()
    copy = postgres_server.create_database(template=postgres_database.rsplit("/", 1)[1])
    engine = create_engine(postgres_server.build_url(copy))
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM thing")).scalar() == 0
    engine.dispose()
    postgres_server.drop_database(copy)
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(postgres_server.build_url(copy).replace("+psycopg2", ""))


def test_a_database_for_tests_has_the_locale_of_the_products(postgres_database):
    """In containers too: the image's default locale sorts and lower-cases differently."""
    asked = "SELECT datcollate, datctype, pg_encoding_to_char(encoding) FROM pg_database WHERE datname = "
    engine = create_engine(postgres_database)
    with engine.begin() as connection:
        found = connection.execute(text(f"{asked}current_database()")).one()
    engine.dispose()
    compose = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))
    assert tuple(found) == ("C.UTF-8", "C.UTF-8", "UTF8")
    options = compose["services"]["postgres"]["environment"]["POSTGRES_INITDB_ARGS"]
    assert options.split() == list(INITDB_OPTIONS)


@pytest.mark.parametrize(
    ("fixture", "image"), [("postgres_server", POSTGRES_IMAGE), ("redis_server", REDIS_IMAGE)]
)
def test_a_database_is_a_container_where_an_engine_runs_and_a_local_program_elsewhere(
    request, fixture, image
):
    server = request.getfixturevalue(fixture)
    if not can_run_container(image):
        assert server.host == "127.0.0.1"
        return
    running = subprocess.check_output(
        ["docker", "ps", "--filter", f"ancestor={image}", "--format", "{{.Ports}}"]
    )
    assert f":{server.port}->".encode() in running


def test_redis_answers_at_its_url(redis_url):
    client = redis.Redis.from_url(redis_url)
    client.set("greeting", "hello")
    assert client.get("greeting") == b"hello"
    client.close()


def test_a_child_that_ended_just_before_a_freeze_leaves_nobody_frozen(redis_process, monkeypatch):
    gone = subprocess.Popen(["true"])
    gone.wait()
    monkeypatch.setattr(processes, "list_family", lambda pid: [pid, gone.pid])
    with redis_process.frozen():
        pass
    with redis.Redis(port=redis_process.spec.ports[0].number, socket_timeout=2) as client:
        assert client.ping()


def test_a_redis_that_is_killed_starts_again_on_its_port(redis_process):
    port = redis_process.spec.ports[0].number
    redis_process.kill()
    redis_process.start()
    client = redis.Redis(port=port)
    assert client.ping()
    client.close()


def test_the_store_takes_and_gives_objects(object_store, aws_environment):
    s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))
    s3.put_object(Bucket=object_store.bucket, Key="a/b.txt", Body=b"hello")
    assert s3.get_object(Bucket=object_store.bucket, Key="a/b.txt")["Body"].read() == b"hello"
    s3.close()


def test_the_queue_is_fifo_and_has_a_dead_letter_queue(ministack, task_queue):
    sqs = ministack.client("sqs")
    sqs.send_message(
        QueueUrl=task_queue.queue_url, MessageBody="x", MessageGroupId="a", MessageDeduplicationId="1"
    )
    attributes = sqs.get_queue_attributes(QueueUrl=task_queue.queue_url, AttributeNames=["All"])["Attributes"]
    assert attributes["FifoQueue"] == "true"
    assert attributes["VisibilityTimeout"] == "15"
    assert attributes["MessageRetentionPeriod"] == "1209600"
    assert '"maxReceiveCount":30' in attributes["RedrivePolicy"].replace(" ", "")
    assert attributes["ApproximateNumberOfMessages"] == "1"
    sqs.close()


def test_a_user_of_the_pool_signs_in_and_the_keys_are_served(ministack, cognito_pool):
    from infra.local.provisioning.aws import make_user

    cognito = ministack.client("cognito-idp")
    for _ in range(2):
        make_user(
            cognito,
            pool_id=cognito_pool.pool_id,
            email="a@example.org",
            password="Right1!horse",
            groups=["user"],
        )
    answer = cognito.initiate_auth(
        ClientId=cognito_pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "a@example.org", "PASSWORD": "Right1!horse"},
    )
    assert answer["AuthenticationResult"]["ExpiresIn"] == 3600
    assert requests.get(cognito_pool.jwks_url, timeout=5).json()["keys"]
    cognito.close()
