"""Find words with and without their accents: `document` holds them folded.

Rebuilds the generated column, which rewrites the table under an exclusive lock, then its two
indexes and gallery_spread.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: The same as fold_text of search/search_text.py, which folds what is searched. A text of ASCII
#: alone, whose characters are one byte each, only has to be lowered. Collations are named, because
#: what lower() does to letters beyond ASCII otherwise depends on the database's locale: nothing if
#: that is C.
_FOLD = """
create function gallery_fold(written text) returns text language sql immutable parallel safe as $$
    select case when octet_length(written) = char_length(written) then lower(written collate "C") else
        normalize(replace(replace(replace(replace(translate(regexp_replace(
            lower(normalize(written, NFKD) collate "und-x-icu") collate "C", '[\\u0300-\\u036f]', '', 'g'),
            'øłđðħıŧς', 'olddhitσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), NFC) end
$$
"""


def _build_document(text: str) -> str:
    """Return the function of 0001; its words come from `text`, in which `{}` stands for a source text."""
    words = " || ".join(
        f"setweight(to_tsvector('pg_catalog.simple', {text.format(source)}), '{weight}')"
        for source, weight in (("title", "A"), ("array_to_string(tags, ' ')", "B"), ("description", "C"))
    )
    return f"""
create or replace function gallery_document(
    id uuid, title text, title_key text, description text, tags text[], user_id text, status text,
    visibility text, created_at timestamptz, duration_seconds double precision, views bigint, is_trash boolean
) returns tsvector language sql immutable parallel safe as $$
    select {words}
        || array_to_tsvector(
            array['#owner/' || user_id, '#status/' || status, '#visibility/' || visibility,
                '#created_at/' || gallery_bucket_created_at(created_at, id),
                '#title/' || gallery_bucket_title(title_key, id),
                '#duration/' || gallery_bucket_duration(duration_seconds, id),
                '#views/' || gallery_bucket_views(views, id)]
            || array(select '#tag/' || tag from unnest(tags) as tag)
            || case when is_trash then array['#trash'] else '{{}}'::text[] end
            || case when right(id::text, 2) = '00' then array['#sample'] else '{{}}'::text[] end)
$$
"""


_TRIGGER = (
    "create trigger gallery_note_spread_of_changed after update on gallery_videos "
    "for each row when (old.document is distinct from new.document) execute function gallery_note_spread()"
)
_COLUMN = """
alter table gallery_videos add column document tsvector not null generated always as
    (gallery_document(id, title, title_key, description, tags, user_id, status, visibility, created_at,
        duration_seconds, views, deleted_at is not null)) stored
"""
#: fastupdate off: every search would read the whole pending list until a vacuum empties it.
_INDEXES = [
    "create index gallery_videos_listed_document on gallery_videos using gin (document) "
    "with (fastupdate = off) where listed",
    "create index gallery_videos_document on gallery_videos using gin (document) with (fastupdate = off)",
]


def _rebuild_documents(function: str) -> None:
    """Rebuild the documents of all rows with this function, and everything that is derived from them."""
    op.execute("drop trigger gallery_note_spread_of_changed on gallery_videos")
    op.execute("alter table gallery_videos drop column document")
    for statement in (function, _COLUMN, *_INDEXES, _TRIGGER, "select gallery_rebuild_spread()"):
        op.execute(statement)


def upgrade() -> None:
    op.execute(_FOLD)
    _rebuild_documents(_build_document("gallery_fold({})"))


def downgrade() -> None:
    _rebuild_documents(_build_document("{}"))
    op.execute("drop function gallery_fold")
