"""The database folds accents when a text is stored, the service when it is searched."""

import unicodedata
from collections.abc import Sequence
from typing import Any

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from gallery_service.adapters.postgres_video_store import PostgresVideoStore
from gallery_service.domain.page import PageRequest, VideoFilter
from gallery_service.migrate import build_config
from gallery_service.search.search_text import fold_text
from gallery_service.testing import build_video
from videoforge_clients.postgres import PostgresClient

pytestmark = pytest.mark.integration

_TEXTS = [
    "",
    "Café müller",
    "cafe\u0301 mu\u0308ller",
    "Straße STRASSE ẞ",
    "Łódź, Đà Nẵng, Ærø, Œuvre, Þór, Ísland, Malta: Ħal Għaxaq",
    "İstanbul ıspanak",
    "ΟΔΟΣ οδός ὁδός",
    "Ёлка, чай, їжак",
    "がくせい か\u3099 ﾊﾟ 日本語 ㍿",
    "한국어 \u1112\u1161\u11ab",
    "हिन्दी שָׁלוֹם العَرَبِيَّة ไทย",
    "ﬁlm ½ № ² ´ … ＂ｏｒ＂",
    "🎬 a\u0301\u0323\u035c z\u0363",
]


def fold_in_database(engine: Any, texts: Sequence[str]) -> list[str]:
    query = text("select gallery_fold(written) from unnest(cast(:texts as text[])) as written")
    with engine.connect() as connection:
        return list(connection.execute(query, {"texts": list(texts)}).scalars())


def test_database_and_service_fold_alike(engine: Any) -> None:
    """Each character of the Basic Multilingual Plane, and mathematical letters, alone and in a word."""
    signs = [
        chr(code)
        for code in (*range(1, 0x1_0000), *range(0x1_D400, 0x1_D800))
        if unicodedata.category(chr(code)) not in {"Cn", "Co", "Cs"}
    ]
    texts = [*_TEXTS, *signs, *(f"Ab{sign}cD" for sign in signs)]
    folded = fold_in_database(engine, texts)
    differing = [pair for pair in zip(texts, folded, strict=True) if fold_text(pair[0]) != pair[1]]
    assert len(signs) > 50_000
    assert differing == []


def find(url: str, *searches: str) -> dict[str, list[str]]:
    database = PostgresClient(url, pool_size=1, application_name="test", answer_seconds=8)
    try:
        store = PostgresVideoStore(database)
        filters = {search: VideoFilter(search=search) for search in searches}
        pages = {
            search: store.list_videos(PageRequest(filter=wanted, sort="title"))
            for search, wanted in filters.items()
        }
        return {search: [video.title for video in page.items] for search, page in pages.items()}
    finally:
        database.engine.dispose()


def read(url: str, query: str) -> list[Any]:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return list(connection.execute(text(query)).scalars())
    finally:
        engine.dispose()


def test_existing_videos_are_found_without_accents_after_the_migration(postgres_database: str) -> None:
    """And with accents again after the downgrade; the other columns are unchanged each time."""
    url, config = postgres_database, build_config(postgres_database)
    lexemes = "select lexeme from gallery_spread where lexeme !~ '^#'"
    made_of_table = (
        "select indexdef from pg_indexes where tablename = 'gallery_videos' union all "
        "select pg_get_triggerdef(oid) from pg_trigger where tgrelid = 'gallery_videos'::regclass order by 1"
    )
    command.upgrade(config, "0002")
    before = read(url, made_of_table)
    database = PostgresClient(url, pool_size=1, application_name="test", answer_seconds=8)
    with PostgresVideoStore(database).begin() as videos:
        assert videos.insert_video(build_video(title="Café müller", description="", tags=("größe",)))
    database.engine.dispose()
    assert set(read(url, lexemes)) == {"café", "müller", "größe"}

    command.upgrade(config, "head")
    searches = ("muller", "müller ", "größe ")
    assert find(url, *searches) == {search: ["Café müller"] for search in searches}
    assert set(read(url, lexemes)) == {"cafe", "muller", "grosse"}
    assert read(url, made_of_table) == before

    command.downgrade(config, "0002")
    assert set(read(url, lexemes)) == {"café", "müller", "größe"}
    assert read(url, made_of_table) == before
    assert read(url, "select proname::text from pg_proc where proname = 'gallery_fold'") == []
    command.upgrade(config, "head")
    assert find(url, "cafe mul") == {"cafe mul": ["Café müller"]}
