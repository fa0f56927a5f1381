"""Videos, their renditions, and the indexes of every list and search.

Which query uses which index, with its plan, stands in docs/gallery-queries.md.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: What a search looks into. Words come from title (weight A), tags (B) and description (C); lexemes that
#: begin with '#' are what lists are filtered by, so that one index answers any mixture of both. No word
#: of a text begins with '#': the parser leaves such signs out. A period is 28 days, counted from 1970.
#: array_to_string and extract are only STABLE, because of other types and fields whose outcome depends on
#: settings; for text and epoch it does not, so this function may be called IMMUTABLE.
_DOCUMENT = """
create function gallery_document(
    title text, description text, tags text[], user_id text, status text, visibility text,
    created_at timestamptz, is_trash boolean
) returns tsvector language sql immutable parallel safe as $$
    select setweight(to_tsvector('pg_catalog.simple', title), 'A')
        || setweight(to_tsvector('pg_catalog.simple', array_to_string(tags, ' ')), 'B')
        || setweight(to_tsvector('pg_catalog.simple', description), 'C')
        || array_to_tsvector(
            array['#owner/' || user_id, '#status/' || status, '#visibility/' || visibility,
                '#period/' || div(extract(epoch from created_at), 2419200)]
            || array(select '#tag/' || tag from unnest(tags) as tag)
            || case when is_trash then array['#trash'] else '{}'::text[] end)
$$
"""

_VIDEOS = """
create table gallery_videos (
    id uuid primary key,
    user_id text not null,
    title text not null,
    title_key text collate "C" not null,
    description text not null,
    tags text[] not null,
    original_filename text not null,
    content_type text not null,
    s3_key text not null unique,
    thumbnail_key text,
    duration_seconds double precision not null,
    width integer not null,
    height integer not null,
    resolution text not null,
    video_codec text not null,
    audio_codec text,
    frame_rate text not null,
    container text not null,
    file_size_bytes bigint not null,
    visibility text not null check (visibility in ('public', 'unlisted', 'private')),
    status text not null check (status in ('uploaded', 'processing', 'ready', 'failed')),
    views bigint not null check (views >= 0),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    listed boolean not null generated always as
        (visibility = 'public' and status = 'ready' and deleted_at is null) stored,
    document tsvector not null generated always as
        (gallery_document(title, description, tags, user_id, status, visibility, created_at,
            deleted_at is not null)) stored
)
"""

_RENDITIONS = """
create table gallery_renditions (
    video_id uuid not null references gallery_videos on delete cascade,
    format text not null,
    width integer not null,
    height integer not null,
    bitrate_bps bigint not null,
    size_bytes bigint not null,
    primary key (video_id, format)
)
"""

_PUBLICATIONS = """
create table gallery_publications (
    job_id text primary key,
    video_id uuid not null references gallery_videos on delete cascade,
    published_at timestamptz not null
)
"""

_SORTS = {
    "created_at": "created_at",
    "title": "title_key",
    "duration": "duration_seconds",
    "views": "views",
}

#: One index per order and kind of list. The id breaks ties, so that a keyset names one row; ascending
#: indexes serve both directions.
_LIST_INDEXES = [
    f"create index gallery_videos_{scope}_{sort} on gallery_videos ({prefix}{column}, id) where {condition}"
    for scope, prefix, condition in (
        ("listed", "", "listed"),
        ("owner", "user_id, ", "deleted_at is null"),
        ("trash", "user_id, ", "deleted_at is not null"),
    )
    for sort, column in _SORTS.items()
]

#: fastupdate off: a pending list would be read through by every search until a vacuum empties it.
_SEARCH_INDEXES = [
    "create index gallery_videos_listed_document on gallery_videos using gin (document) "
    "with (fastupdate = off) where listed",
    "create index gallery_videos_document on gallery_videos using gin (document) with (fastupdate = off)",
]


def upgrade() -> None:
    for statement in (_DOCUMENT, _VIDEOS, _RENDITIONS, _PUBLICATIONS):
        op.execute(statement)
    op.execute("create index gallery_publications_video_id on gallery_publications (video_id)")
    for statement in (*_LIST_INDEXES, *_SEARCH_INDEXES):
        op.execute(statement)


def downgrade() -> None:
    for table in ("gallery_publications", "gallery_renditions", "gallery_videos"):
        op.execute(f"drop table {table}")
    op.execute("drop function gallery_document")
