"""Contract of the auth stores: in memory and in PostgreSQL and Redis they give the same answers."""

import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from job_service.auth.credentials import TokenSet
from job_service.auth.ports import AuthTransaction, SignInStatus
from job_service.auth.seal import FernetSeal, SealBroken
from job_service.auth.session import Session, hash_secret
from job_service.auth.stores.redis_cache import RedisAuthCache
from job_service.platform.ports import Database
from job_service.sweeps.prune import expire_sessions
from job_service.testing.auth import TokenIssuer, build_memory_auth
from job_service.wiring.unit_of_work import UnitsOfWork
from tests.servers.databases import PostgresServer, RedisServer
from tests.servers.processes import LocalProcess
from videoforge_clients.postgres import PostgresClient
from videoforge_clients.quiet_redis import QuietRedis, build_redis

pytestmark = pytest.mark.integration

NEVER = SignInStatus(signed_out_at=None, is_revoked=False)


@pytest.fixture
def postgres(postgres_server: PostgresServer, jobs_database: str) -> Iterator[PostgresClient]:
    database = PostgresClient(postgres_server.build_url(jobs_database), application_name="test", pool_size=4)
    yield database
    database.engine.dispose()


@pytest.fixture(params=["memory", "postgres"])
def database(request: pytest.FixtureRequest) -> Database[AuthTransaction]:
    if request.param == "memory":
        return build_memory_auth(TokenIssuer()).database
    return UnitsOfWork(request.getfixturevalue("postgres"))


def build_session(user_id: str = "ann", *, days: float = 30) -> Session:
    now = datetime.now(UTC)
    return Session(
        id=str(uuid.uuid4()),
        secret_hash=hash_secret(str(uuid.uuid4())),
        user_id=user_id,
        email="ann@example.org",
        groups=("admin", "user"),
        sealed_tokens="sealed",
        access_expires_at=now + timedelta(hours=1),
        expires_at=now + timedelta(days=days),
        created_at=now,
        last_seen_at=now - timedelta(hours=1),
        user_agent="Desk",
        address="192.0.2.1",
    )


def test_users_are_written_once_and_their_email_when_it_is_known(database: Database[AuthTransaction]) -> None:
    with database.begin() as tx:
        assert tx.users.find_email("ann") is None
        tx.users.add_user("ann")
        tx.users.add_user("ann")
        assert tx.users.find_email("ann") is None
        tx.users.save_user("ann", email="ann@example.org")
        tx.users.add_user("ann")
        assert tx.users.find_email("ann") == "ann@example.org"


def test_a_sign_in_is_revoked_once_and_can_be_restored(database: Database[AuthTransaction]) -> None:
    with database.begin() as tx:
        assert tx.sign_ins.find_status(user_id="ann", sign_in_id="1") == NEVER
        assert tx.sign_ins.revoke("1", hours=1) is True
        assert tx.sign_ins.revoke("1", hours=1) is False
        assert tx.sign_ins.find_status(user_id="ann", sign_in_id="1").is_revoked
        assert not tx.sign_ins.find_status(user_id="ann", sign_in_id="2").is_revoked
        tx.sign_ins.restore("1")
        assert tx.sign_ins.find_status(user_id="ann", sign_in_id="1") == NEVER


def test_a_sign_out_records_the_current_time_for_one_user(database: Database[AuthTransaction]) -> None:
    with database.begin() as tx:
        tx.sign_ins.sign_out_user("ann")
        signed_out_at = tx.sign_ins.find_status(user_id="ann", sign_in_id="1").signed_out_at
        assert signed_out_at is not None
        assert abs(datetime.now(UTC) - signed_out_at) < timedelta(seconds=5)
        assert tx.sign_ins.find_status(user_id="bob", sign_in_id="1") == NEVER


def test_a_session_is_found_by_its_hash_until_it_ends(database: Database[AuthTransaction]) -> None:
    session, ended = build_session(), build_session(days=-1)
    with database.begin() as tx:
        tx.users.add_user("ann")
        for one in (session, ended):
            tx.sessions.insert_session(one)
        assert tx.sessions.find_session(secret_hash=session.secret_hash) == session
        assert tx.sessions.find_session(secret_hash=ended.secret_hash) is None
        assert tx.sessions.list_sessions(user_id="ann") == [session]
        assert tx.sessions.lock_session(ended.id, skip_locked=False) is None
        assert tx.sessions.delete_expired() == 1


def test_new_tokens_and_the_last_use_are_written(database: Database[AuthTransaction]) -> None:
    session = build_session()
    later = datetime.now(UTC) + timedelta(hours=2)
    with database.begin() as tx:
        tx.users.add_user("ann")
        tx.sessions.insert_session(session)
        tx.sessions.touch_session(session.id)
        tx.sessions.save_tokens(session.id, sealed_tokens="new", access_expires_at=later)
        found = tx.sessions.lock_session(session.id, skip_locked=True)
        assert found is not None
        assert (found.sealed_tokens, found.access_expires_at) == ("new", later)
        assert found.last_seen_at > session.last_seen_at


def test_only_the_owner_deletes_a_session(database: Database[AuthTransaction]) -> None:
    mine, other = build_session("ann"), build_session("bob")
    with database.begin() as tx:
        for session in (mine, other):
            tx.users.add_user(session.user_id)
            tx.sessions.insert_session(session)
        assert tx.sessions.delete_session(other.id, user_id="ann") is None
        assert tx.sessions.delete_session(mine.id, user_id="ann") == mine
        assert tx.sessions.delete_session(mine.id, user_id="ann") is None
        assert tx.sessions.delete_sessions_of_user("bob") == [other]


def test_a_session_that_another_request_holds_is_skipped(postgres: PostgresClient) -> None:
    session, database = build_session(), UnitsOfWork(postgres)
    with database.begin() as tx:
        tx.users.add_user("ann")
        tx.sessions.insert_session(session)
    with database.begin() as first, database.begin() as second:
        assert first.sessions.lock_session(session.id, skip_locked=False) is not None
        assert second.sessions.lock_session(session.id, skip_locked=True) is None
        second.sessions.touch_session(session.id)  # does not wait for the lock


def test_the_sweep_removes_only_expired_rows(postgres: PostgresClient) -> None:
    database = UnitsOfWork(postgres)
    with database.begin() as tx:
        tx.users.add_user("ann")
        for session in (build_session(), build_session(days=-1)):
            tx.sessions.insert_session(session)
        tx.sign_ins.revoke("old", hours=-1)
        tx.sign_ins.revoke("new", hours=1)
    with postgres.begin() as connection:
        for age_hours in (1, 25):
            connection.execute(
                text(
                    "insert into idempotency_keys (user_id, route, key, request_hash, created_at)"
                    " values ('ann', 'r', :age, 'h', now() - make_interval(hours => :age))"
                ),
                {"age": age_hours},
            )
    assert expire_sessions(database) == 3
    assert expire_sessions(database) == 0
    with postgres.begin() as connection:
        assert connection.execute(text("select id from revoked_sign_ins")).scalars().all() == ["new"]


@pytest.fixture
def cache(redis_server: RedisServer) -> Iterator[RedisAuthCache]:
    redis = build_redis(redis_server.host, port=redis_server.port)
    redis.flushdb()
    yield RedisAuthCache(QuietRedis(redis))
    redis.close()


def test_the_cache_returns_statuses_and_sessions_unchanged(cache: RedisAuthCache) -> None:
    status = SignInStatus(signed_out_at=datetime.now(UTC), is_revoked=True)
    cache.keep_status(status, user_id="ann", sign_in_id="1")
    assert cache.find_status(user_id="ann", sign_in_id="1") == status
    assert cache.find_status(user_id="ann", sign_in_id="2") is None
    session = build_session()
    cache.keep_session(session)
    assert cache.find_session(session.secret_hash) == session


def test_a_slow_reader_cannot_put_a_forgotten_entry_back(cache: RedisAuthCache) -> None:
    session = build_session()
    cache.keep_session(session)
    cache.keep_status(NEVER, user_id="ann", sign_in_id="1")
    cache.forget_session(session.secret_hash)
    cache.forget_user("ann")
    cache.keep_session(session)
    cache.keep_status(NEVER, user_id="ann", sign_in_id="1")
    assert cache.find_session(session.secret_hash) is None
    assert cache.find_status(user_id="ann", sign_in_id="1") is None


def test_a_cache_that_is_down_is_skipped_and_used_again_when_it_is_back(
    redis_process: LocalProcess,
) -> None:
    redis = build_redis("127.0.0.1", port=redis_process.spec.ports[0].number)
    clock = [0.0]
    cache = RedisAuthCache(QuietRedis(redis, clock=lambda: clock[0]))
    redis_process.kill()
    began = time.monotonic()
    for _ in range(100):
        assert cache.find_status(user_id="ann", sign_in_id="1") is None
        cache.keep_status(NEVER, user_id="ann", sign_in_id="1")
    assert time.monotonic() - began < 1
    redis_process.start()
    clock[0] = 6.0
    cache.keep_status(NEVER, user_id="ann", sign_in_id="1")
    assert cache.find_status(user_id="ann", sign_in_id="1") == NEVER
    redis.close()


def test_tokens_are_sealed_with_the_first_key_and_opened_with_any() -> None:
    old, new = "b2xk" * 10 + "b2w=", "bmV3" * 10 + "bmU="
    tokens = TokenSet(access_token="a", id_token="i", refresh_token="r", expires_in_seconds=1)
    sealed = FernetSeal(old).seal_tokens(tokens)
    assert FernetSeal(f"{new}, {old}").open_tokens(sealed) == tokens
    with pytest.raises(SealBroken):
        FernetSeal(new).open_tokens(sealed)
    with pytest.raises(SealBroken):
        FernetSeal(old).open_tokens(sealed[:-4] + "AAAA")
    challenge = FernetSeal(old).seal_challenge("s", email="a@b.c")
    with pytest.raises(SealBroken):
        FernetSeal(old).open_tokens(challenge)
    with pytest.raises(ValueError, match="SESSION_KEYS") as caught:
        FernetSeal("short")
    assert "short" not in str(caught.value)
