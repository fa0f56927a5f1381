"""A database that is down, full or slow raises DatabaseUnavailable, and nothing else does."""

import socket
import threading
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from gallery_service.adapters.postgres_video_store import PostgresVideoStore
from gallery_service.domain.page import PageRequest
from gallery_service.ports import Ports
from gallery_service.testing import FixedClock, MemoryPageCache, build_rendition, build_video
from gallery_service.use_cases.publish_video import publish_video
from videoforge_clients.errors import DatabaseUnavailable
from videoforge_clients.postgres import PostgresClient

pytestmark = pytest.mark.integration


def test_a_database_that_is_not_there_is_unavailable() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # taken, so that no other program listens there, but not listening
        url = f"postgresql+psycopg2://nobody:nothing@127.0.0.1:{deaf.getsockname()[1]}/none"
        database = PostgresClient(url, pool_size=1, application_name="test")
        store = PostgresVideoStore(database)
        for ask in (database.check, lambda: store.list_videos(PageRequest())):
            with pytest.raises(DatabaseUnavailable):
                ask()


def test_a_database_that_comes_back_is_used_again(database: Any, postgres_server: Any) -> None:
    database.check()
    name = database.engine.url.database
    killer = create_engine(postgres_server.build_url("postgres"))
    with killer.connect() as connection:
        connection.execute(
            text("select pg_terminate_backend(pid) from pg_stat_activity where datname = :name"),
            {"name": name},
        )
    killer.dispose()
    database.check()


def test_a_statement_over_its_time_limit_is_unavailable(database: Any) -> None:
    with pytest.raises(DatabaseUnavailable), database.connect() as connection:
        connection.execute(text("set local statement_timeout = 50"))
        connection.execute(text("select pg_sleep(5)"))


def test_two_publications_at_once_both_count(database: Any) -> None:
    store = PostgresVideoStore(database)
    ports = Ports(store=store, cache=MemoryPageCache(), clock=FixedClock())
    video = build_video(status="processing")
    with store.begin() as videos:
        videos.insert_video(video)

    def publish(format_: str) -> None:
        for _ in range(3):
            publish_video(
                ports,
                video.id,
                job_id=f"job-{format_}",
                renditions=[build_rendition(format_)],
                thumbnail_key=None,
            )

    threads = [threading.Thread(target=publish, args=[format_]) for format_ in ("1080p", "720p", "480p")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = store.find_video(video.id)
    assert found is not None
    assert [rendition.format for rendition in found.renditions] == ["480p", "720p", "1080p"]
