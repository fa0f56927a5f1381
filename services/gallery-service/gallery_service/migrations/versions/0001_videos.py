"""Videos, their renditions, and the indexes of every list and search.

docs/gallery-queries.md says which query uses which index, with its plan.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: The names of the orders and their columns.
_SORTS = {
    "created_at": "created_at",
    "title": "title_key",
    "duration": "duration_seconds",
    "views": "views",
}

#: Number of buckets of videos along each sort key, in its order. The borders decide how fast a page
#: is found, never which page. Keys are compared with them, so that no C library rounds a key to the
#: other side.
_BUCKETS = {"created_at": 512, "title": 4096, "duration": 512, "views": 512}


def _list_geometric(*, low: float, high: float, count: int) -> str:
    """Return `count` borders as the text of an array, each the same factor above the one before."""
    steps = (low * (high / low) ** (index / (count - 1)) for index in range(count))
    return f"'{{{','.join(f'{step:.6g}' for step in steps)}}}'::double precision[]"


def _list_beginnings() -> str:
    """Return borders between titles as the text of an array: three Latin letters, or one character
    of another script. Rare letters share a bucket with the one before."""
    latin = [
        first + rest
        for first in "abcdefghijklmnopqrstuvwxyz"
        for rest in ("", *(second + third for second in "acehilnoprtuy" for third in ("", *"aeilnorstu")))
    ]
    others = [*range(0x3B1, 0x3CA), *range(0x430, 0x450), *range(0x5D0, 0x5EB, 9), *range(0x620, 0x64B, 6)]
    others += [*range(0x3040, 0x3100, 8), *range(0x4E00, 0x9FFF, 256), *range(0xAC00, 0xD7A4, 256)]
    beginnings = [*"0123456789", *latin, *map(chr, others)]
    if beginnings != sorted(beginnings) or len(beginnings) >= _BUCKETS["title"]:
        raise ValueError("borders must ascend and be fewer than the buckets")
    return f"'{{{','.join(beginnings)}}}'::text[]"


_BUCKET_FUNCTIONS = [
    # two weeks each, from 2020 to 2039
    """
create function gallery_bucket_created_at(key timestamptz, id uuid) returns integer
language sql immutable parallel safe as $$
    select width_bucket(extract(epoch from key)::double precision, 1577836800, 2194732800, 510)
$$
""",
    f"""
create function gallery_bucket_title(key text, id uuid) returns integer
language sql immutable parallel safe as $$
    select width_bucket(key collate "C", {_list_beginnings()})
$$
""",
    # from a second to ten hours, 2 % apart
    f"""
create function gallery_bucket_duration(key double precision, id uuid) returns integer
language sql immutable parallel safe as $$
    select width_bucket(key, {_list_geometric(low=1, high=36_000, count=511)})
$$
""",
    # most videos have few views: the first numbers are split by the id, which breaks their ties
    f"""
create function gallery_bucket_views(key bigint, id uuid) returns integer
language sql immutable parallel safe as $$
    select case when key < 8
        then key::integer * 16 + ('x' || left(id::text, 1))::bit(4)::integer
        else 128 + width_bucket(key::double precision, {_list_geometric(low=8.5, high=1e8, count=383)})
    end
$$
""",
]

#: The lower border of a bucket: none of its keys is below, none of the bucket before is above; null
#: for the first.
_START_FUNCTIONS = [
    """
create function gallery_bucket_start_created_at(bucket integer) returns timestamptz
language sql immutable parallel safe as $$
    select case when bucket > 0 then to_timestamp(1577836800 + (bucket - 1) * 1209600.0) end
$$
""",
    f"""
create function gallery_bucket_start_title(bucket integer) returns text
language sql immutable parallel safe as $$
    select ({_list_beginnings()})[bucket]
$$
""",
    f"""
create function gallery_bucket_start_duration(bucket integer) returns double precision
language sql immutable parallel safe as $$
    select ({_list_geometric(low=1, high=36_000, count=511)})[bucket]
$$
""",
    f"""
create function gallery_bucket_start_views(bucket integer) returns bigint
language sql immutable parallel safe as $$
    select case when bucket <= 128 then bucket / 16
        else floor(({_list_geometric(low=8.5, high=1e8, count=383)})[bucket - 128]) end::bigint
$$
""",
]

#: What a search looks into. Words come from title (weight A), tags (B) and description (C); lexemes
#: that begin with '#' are what lists are filtered by, the bucket of the video along each sort key,
#: and `#sample`, which one video in 256 has; so one index answers any mixture of them. No word of a
#: text begins with '#': the parser leaves such characters out. array_to_string and extract are only
#: STABLE, because for other types and fields the result depends on settings; for text and epoch it
#: does not, so these functions may be declared IMMUTABLE.
_DOCUMENT = """
create function gallery_document(
    id uuid, title text, title_key text, description text, tags text[], user_id text, status text,
    visibility text, created_at timestamptz, duration_seconds double precision, views bigint, is_trash boolean
) returns tsvector language sql immutable parallel safe as $$
    select setweight(to_tsvector('pg_catalog.simple', title), 'A')
        || setweight(to_tsvector('pg_catalog.simple', array_to_string(tags, ' ')), 'B')
        || setweight(to_tsvector('pg_catalog.simple', description), 'C')
        || array_to_tsvector(
            array['#owner/' || user_id, '#status/' || status, '#visibility/' || visibility,
                '#created_at/' || gallery_bucket_created_at(created_at, id),
                '#title/' || gallery_bucket_title(title_key, id),
                '#duration/' || gallery_bucket_duration(duration_seconds, id),
                '#views/' || gallery_bucket_views(views, id)]
            || array(select '#tag/' || tag from unnest(tags) as tag)
            || case when is_trash then array['#trash'] else '{}'::text[] end
            || case when right(id::text, 2) = '00' then array['#sample'] else '{}'::text[] end)
$$
"""

#: In which buckets a word, a tag or an owner occurs: one bit per bucket. Bits are never cleared, so
#: a set bit may be out of date, while a missing one is always right.
_SPREAD = f"""
create table gallery_spread (
    lexeme text collate "C" primary key,
    {", ".join(f"{sort} bit({_BUCKETS[sort]}) not null" for sort in _SORTS)}
) with (fillfactor = 70)
"""

_IS_SPREAD = "(lexeme !~ '^#' or lexeme ~ '^#(tag|owner)/')"


def _set_bits(*, row: str = "") -> str:
    """Return the four columns of gallery_spread for one video; `row` is the prefix of its columns."""
    return ", ".join(
        f"set_bit(0::bit({_BUCKETS[sort]}), gallery_bucket_{sort}({row}{column}, {row}id), 1) as {sort}"
        for sort, column in _SORTS.items()
    )


#: Most videos set no new bit and write nothing. Those that do wait for each other, always after the
#: locks on their videos; otherwise two of them could deadlock on each other's words.
_NOTE_SPREAD = f"""
create function gallery_note_spread() returns trigger language plpgsql as $$
declare
    here record;
    fresh text[];
begin
    select {_set_bits(row="new.")} into here;
    fresh := array(
        select lexeme from unnest(tsvector_to_array(new.document)) as found (lexeme)
        where {_IS_SPREAD} and not exists (
            select from gallery_spread as known where known.lexeme = found.lexeme
                and {" and ".join(f"known.{sort} | here.{sort} = known.{sort}" for sort in _SORTS)}));
    if cardinality(fresh) > 0 then
        perform pg_advisory_xact_lock(hashtext('gallery_spread'));
        insert into gallery_spread as known
        select lexeme, {", ".join(f"here.{sort}" for sort in _SORTS)} from unnest(fresh) as lexeme
        on conflict (lexeme) do update set
            {", ".join(f"{sort} = known.{sort} | excluded.{sort}" for sort in _SORTS)};
    end if;
    return null;
end
$$
"""

_TRIGGERS = [
    "create trigger gallery_note_spread_of_new after insert on gallery_videos "
    "for each row execute function gallery_note_spread()",
    "create trigger gallery_note_spread_of_changed after update on gallery_videos "
    "for each row when (old.document is distinct from new.document) execute function gallery_note_spread()",
]

#: For rows that were written without triggers, or after many have been removed.
_REBUILD_SPREAD = f"""
create function gallery_rebuild_spread() returns void language sql as $$
    lock table gallery_videos in share mode;
    truncate gallery_spread;
    insert into gallery_spread
    select lexeme, {", ".join(f"bit_or({sort})" for sort in _SORTS)}
    from (select document, {_set_bits()} from gallery_videos offset 0) as videos,
        unnest(tsvector_to_array(document)) as lexeme
    where {_IS_SPREAD} group by lexeme
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
        (gallery_document(id, title, title_key, description, tags, user_id, status, visibility, created_at,
            duration_seconds, views, deleted_at is not null)) stored
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

#: One index per order and kind of list. The id breaks ties, so that a keyset identifies one row;
#: ascending indexes serve both directions.
_LIST_INDEXES = [
    f"create index gallery_videos_{scope}_{sort} on gallery_videos ({prefix}{column}, id) where {condition}"
    for scope, prefix, condition in (
        ("listed", "", "listed"),
        ("owner", "user_id, ", "deleted_at is null"),
        ("trash", "user_id, ", "deleted_at is not null"),
    )
    for sort, column in _SORTS.items()
]

#: fastupdate off: every search would read the whole pending list until a vacuum empties it.
_SEARCH_INDEXES = [
    "create index gallery_videos_listed_document on gallery_videos using gin (document) "
    "with (fastupdate = off) where listed",
    "create index gallery_videos_document on gallery_videos using gin (document) with (fastupdate = off)",
]


def upgrade() -> None:
    for statement in (
        *_BUCKET_FUNCTIONS,
        *_START_FUNCTIONS,
        _DOCUMENT,
        _VIDEOS,
        _RENDITIONS,
        _PUBLICATIONS,
        _SPREAD,
    ):
        op.execute(statement)
    op.execute("create index gallery_publications_video_id on gallery_publications (video_id)")
    for statement in (*_LIST_INDEXES, *_SEARCH_INDEXES, _NOTE_SPREAD, *_TRIGGERS, _REBUILD_SPREAD):
        op.execute(statement)


def downgrade() -> None:
    for table in ("gallery_publications", "gallery_renditions", "gallery_videos", "gallery_spread"):
        op.execute(f"drop table {table}")
    buckets = (f"bucket_{part}{sort}" for part in ("", "start_") for sort in _SORTS)
    for function in ("note_spread", "rebuild_spread", "document", *buckets):
        op.execute(f"drop function gallery_{function}")
