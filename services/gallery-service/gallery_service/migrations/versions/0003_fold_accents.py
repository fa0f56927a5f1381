"""Find words with and without their accents: `document` holds them folded.

The generated column is made anew, which writes the table anew and keeps everybody out of it meanwhile; its
two indexes and gallery_spread follow from it.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: The same as fold_text of search/search_text.py, which folds what is searched. A text of ASCII alone, whose
#: characters are one byte each, has only its case to lose. Collations are named, since what lower() knows of
#: letters beyond ASCII is otherwise up to the database's locale: nothing at all where that is C.
_FOLD = """
create function gallery_fold(written text) returns text language sql immutable parallel safe as $$
    select case when octet_length(written) = char_length(written) then lower(written collate "C") else
        normalize(replace(replace(replace(replace(translate(regexp_replace(
            lower(normalize(written, NFKD) collate "und-x-icu") collate "C", '[\\u0300-\\u036f]', '', 'g'),
            'øłđðħıŧς', 'olddhitσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), NFC) end
$$
"""


def _build_document(text: str) -> str:
    """Return the function of 0001, its words taken from `text` with a text in place of `{}`."""
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
#: fastupdate off: a pending list would be read through by every search until a vacuum empties it.
_INDEXES = [
    "create index gallery_videos_listed_document on gallery_videos using gin (document) "
    "with (fastupdate = off) where listed",
    "create index gallery_videos_document on gallery_videos using gin (document) with (fastupdate = off)",
]


def _make_documents_anew(function: str) -> None:
    """Make the documents of all rows by this function, and whatever is made of them."""
    op.execute("drop trigger gallery_note_spread_of_changed on gallery_videos")
    op.execute("alter table gallery_videos drop column document")
    for statement in (function, _COLUMN, *_INDEXES, _TRIGGER, "select gallery_rebuild_spread()"):
        op.execute(statement)


def upgrade() -> None:
    op.execute(_FOLD)
    _make_documents_anew(_build_document("gallery_fold({})"))


def downgrade() -> None:
    _make_documents_anew(_build_document("{}"))
    op.execute("drop function gallery_fold")
