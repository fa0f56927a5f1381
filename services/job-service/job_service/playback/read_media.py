"""The answer to a URL below /media/{token}: a text of ours, or a redirect to a signed URL of the
store.

Never the media's bytes: those go directly from the store to the player.
"""

from dataclasses import dataclass
from typing import Final

from job_service.platform.object_store import ObjectMissing
from job_service.playback.download_name import build_download_name
from job_service.playback.early import (
    EarlyPath,
    find_published_key,
    find_watchable,
    parse_early_path,
    read_growing,
)
from job_service.playback.master_playlist import build_master_playlist
from job_service.playback.published import find_published, load_published
from job_service.videos.assets import CONTENT_TYPES, TEXT_SUFFIXES, PublishedMedia
from job_service.videos.media_token import MediaGrant, MediaTokenRefused
from job_service.videos.media_urls import MASTER_NAME, PICTURE_NAME
from job_service.videos.ports import VideoPorts
from videoforge.media_playlist import move_media_playlist
from videoforge.problems import Code, Problem

#: A browser may cache a redirect for MEDIA_SECONDS; the signed URL must outlive that.
SIGNED_SECONDS: Final = 900
MEDIA_SECONDS: Final = 300
#: A six-hour playlist has 3,600 segments, about 150 KB.
_MAX_TEXT_BYTES: Final = 4 * 1024**2


@dataclass(frozen=True, kw_only=True)
class MediaText:
    """`is_growing` is set for a text that may be another one at the next request."""

    text: str
    content_type: str
    is_growing: bool = False


@dataclass(frozen=True, kw_only=True)
class MediaRedirect:
    """`is_public` is set if everyone gets the same URL, so that shared caches may keep it."""

    url: str
    is_public: bool = False


def read_media(
    ports: VideoPorts, token: str, path: str, *, is_head: bool = False, is_download: bool = False
) -> MediaText | MediaRedirect:
    """Return the answer to GET or HEAD; with `is_download` the browser saves the file under a name.

    Raises Problem 403 `media_token_refused` or `media_token_expired`, 404 `media_not_found`,
    503."""
    grant = _read_token(ports, token)
    if grant.picture_key is not None:
        return _show_picture(ports, grant, path=path, is_head=is_head)
    early = parse_early_path(path)
    if early:
        return _read_growing(ports, early, video_id=grant.video_id)
    published = find_published(ports, grant.video_id)
    if published.is_deleted:
        raise Problem(Code.media_not_found)
    if path == MASTER_NAME:
        return _build_master(ports, published)
    if path == PICTURE_NAME and published.thumbnail_key:
        return MediaRedirect(url=_sign(ports, published.thumbnail_key, suffix="jpg", is_head=is_head))
    found = published.find_object(path)
    if found is None:
        raise Problem(Code.media_not_found)
    key, suffix = found
    if suffix in TEXT_SUFFIXES:
        return MediaText(text=_read_text(ports, key), content_type=CONTENT_TYPES[suffix])
    filename = _name_download(ports, published, key) if is_download else None
    return MediaRedirect(url=_sign(ports, key, suffix=suffix, is_head=is_head, filename=filename))


def _build_master(ports: VideoPorts, published: PublishedMedia) -> MediaText:
    """Return the list of the renditions, or of those that a running job makes."""
    early = None
    if not published.is_watchable:  # what is cached may be older than the job's end
        published, early = find_watchable(ports, published.video_id)
    if published.is_deleted or not (early or published.is_watchable):
        raise Problem(Code.media_not_found)
    source = early or published
    playlist = build_master_playlist(source.renditions, audio=source.audio)
    return MediaText(text=playlist, content_type=CONTENT_TYPES["m3u8"], is_growing=early is not None)


def _read_growing(ports: VideoPorts, path: EarlyPath, *, video_id: str) -> MediaText:
    """Return a media playlist as it is now: it grows, and has its end once the job is published. A
    job that is published between the two looks is found by the second."""
    text = read_growing(ports, path, video_id=video_id)
    published = load_published(ports, video_id)
    key = find_published_key(ports, published, path)
    if published.is_deleted or (text is None and key is None):
        raise Problem(Code.media_not_found)
    if key is not None:
        text = move_media_playlist(_read_text(ports, key), from_key=key, to_key=path.key)
    return MediaText(text=text or "", content_type=CONTENT_TYPES["m3u8"], is_growing=key is None)


def _read_token(ports: VideoPorts, token: str) -> MediaGrant:
    try:
        return ports.tokens.read(token, now=ports.clock())
    except MediaTokenRefused as error:
        code = Code.media_token_expired if error.is_expired else Code.media_token_refused
        raise Problem(code) from error


def _show_picture(ports: VideoPorts, grant: MediaGrant, *, path: str, is_head: bool) -> MediaRedirect:
    if path != PICTURE_NAME or grant.picture_key is None:
        raise Problem(Code.media_not_found)
    url = _sign(ports, grant.picture_key, suffix="jpg", is_head=is_head)
    return MediaRedirect(url=url, is_public=True)


def _sign(ports: VideoPorts, key: str, *, suffix: str, is_head: bool, filename: str | None = None) -> str:
    """Return the store's URL; it includes the content type, because the store may have lost it."""
    if is_head:
        return ports.store.sign_head(key, seconds=SIGNED_SECONDS)
    return ports.store.sign_get(
        key, seconds=SIGNED_SECONDS, content_type=CONTENT_TYPES[suffix], filename=filename
    )


def _read_text(ports: VideoPorts, key: str) -> str:
    """Return a playlist or VTT; written once, it never changes, so it is cached."""
    known = ports.cache.find_text(key)
    if known is not None:
        return known
    try:
        text = ports.store.get_bytes(key, limit_bytes=_MAX_TEXT_BYTES).decode()
    except ObjectMissing as error:
        raise Problem(Code.media_not_found) from error
    ports.cache.keep_text(key, text)
    return text


def _name_download(ports: VideoPorts, published: PublishedMedia, key: str) -> str:
    """Use the title, so that users recognise the file; the id while the gallery does not answer."""
    format_ = next((item.format for item in published.renditions if item.mp4_key == key), "video")
    try:
        video = ports.gallery.find_video(published.video_id)
    except Problem:
        video = None
    return build_download_name(video.title if video else published.video_id, format_=format_)
