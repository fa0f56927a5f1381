"""Turn an upload into a video: pin it, probe it, make its poster, and create it in the gallery.

The steps are not one transaction, because they involve the store and the gallery. Each is safe to
repeat, so the next confirm completes one that crashed between two steps. The video's id is saved
before it is sent to the gallery, so that a repeat uses the same id.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field

from job_service.auth.caller import Caller
from job_service.request_body import RequestBody
from job_service.uploads.end_upload import free_upload
from job_service.uploads.parts import refuse_closed
from job_service.uploads.upload import Upload, choose_title
from job_service.videos.assets import SourceAsset
from job_service.videos.inspect_source import (
    InspectedSource,
    UploadRefused,
    check_arrived,
    get_own_upload,
    inspect_source,
)
from job_service.videos.media_inspector import ThumbnailMissing
from job_service.videos.ports import VideoPorts, VideoTransaction
from videoforge.gallery import GalleryVideo, GalleryVideoDraft, Visibility
from videoforge.keys import build_poster_key
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem

_log = get_logger("S3")


Title = Annotated[str, Field(min_length=1, max_length=200)]
Description = Annotated[str, Field(max_length=5000)]
Tags = Annotated[list[Annotated[str, Field(min_length=1, max_length=50)]], Field(max_length=30)]


class ConfirmUpload(RequestBody):
    s3_key: str = Field(max_length=300)
    title: Title | None = Field(default=None, description="derived from the file's name if omitted")
    description: Description = ""
    visibility: Visibility = "public"
    tags: Tags = Field(default=[])


#: Saves the answer for a repeated request, in the transaction that ends the upload.
KeepVideo = Callable[[VideoTransaction, GalleryVideo], None]


@dataclass(frozen=True, kw_only=True)
class Poster:
    key: str
    size_bytes: int


def confirm_upload(
    ports: VideoPorts, confirmation: ConfirmUpload, *, caller: Caller, keep: KeepVideo | None = None
) -> tuple[GalleryVideo, bool]:
    """Return the video and whether it is new.

    Raises Problem 404 `upload_not_found`; 409 `object_missing`, `object_changed`,
    `upload_not_completed`, `upload_not_open`, `upload_lost`; 422 with MediaRejected's code or
    `upload_size_mismatch`, after which the upload is deleted; 503 if the store or the gallery is
    down.
    """
    upload = get_own_upload(ports, confirmation.s3_key, user_id=caller.user_id)
    if upload.status == "confirmed":
        return _find_confirmed(ports, upload), False
    check_arrived(upload)
    try:
        with inspect_source(ports, upload) as source:
            upload = _name_video(ports, upload)
            poster = _save_poster(ports, source, video_id=_get_video_id(upload))
    except UploadRefused:
        free_upload(ports.uploads, upload)
        raise
    if ports.store.find_object(upload.s3_key) != source.head:
        raise Problem(Code.object_changed)
    draft = _build_draft(upload, confirmation, source=source, poster=poster)
    video = ports.gallery.create_video(draft, caller=caller)

    def end(tx: VideoTransaction) -> None:
        if keep:
            keep(tx, video)

    return video, _save_confirmed(ports, upload, source=source, poster=poster, end=end)


def _find_confirmed(ports: VideoPorts, upload: Upload) -> GalleryVideo:
    video = ports.gallery.find_video(_get_video_id(upload))
    if video is None or video.deleted_at:
        raise Problem(Code.video_not_found)
    return video


def _get_video_id(upload: Upload) -> str:
    if upload.video_id is None:
        raise RuntimeError(f"upload {upload.id} has no video yet")
    return upload.video_id


def _name_video(ports: VideoPorts, upload: Upload) -> Upload:
    """Give the upload its video's id, once; two concurrent confirms get the same id."""
    with ports.database.begin() as tx:
        now = tx.uploads.find_upload(upload.id, user_id=upload.user_id, for_update=True)
        if now is None:
            raise Problem(Code.upload_not_found)
        if now.video_id is None:
            now = replace(now, video_id=str(uuid.uuid4()))
            tx.uploads.save_upload(now)
    return now


def _save_poster(ports: VideoPorts, source: InspectedSource, *, video_id: str) -> Poster | None:
    """Make a poster and store it; a video without one is valid too."""
    target: Path = source.path.with_name("thumbnail.jpg")
    try:
        ports.inspector.take_thumbnail(source.path, source.probe, target=target, is_whole=source.is_whole)
    except ThumbnailMissing as error:
        _log.warning("no thumbnail could be taken", video_id=video_id, error=str(error))
        return None
    key = build_poster_key(video_id)
    return Poster(key=key, size_bytes=ports.store.put_file(key, target, content_type="image/jpeg"))


def _build_draft(
    upload: Upload, confirmation: ConfirmUpload, *, source: InspectedSource, poster: Poster | None
) -> GalleryVideoDraft:
    return GalleryVideoDraft(
        **source.probe.facts.model_dump(),
        id=_get_video_id(upload),
        title=confirmation.title or choose_title(upload.filename),
        description=confirmation.description,
        visibility=confirmation.visibility,
        tags=confirmation.tags,
        original_filename=upload.filename,
        content_type=upload.content_type,
        s3_key=upload.s3_key,
        thumbnail_key=poster.key if poster else None,
        file_size_bytes=source.head.size_bytes,
    )


def _save_confirmed(
    ports: VideoPorts,
    upload: Upload,
    *,
    source: InspectedSource,
    poster: Poster | None,
    end: Callable[[VideoTransaction], None],
) -> bool:
    """Save the assets and mark the upload confirmed; return whether this call was the first to do
    so. If it was, `end` is the last step of the transaction."""
    video_id = _get_video_id(upload)
    with ports.database.begin() as tx:
        now = tx.uploads.find_upload(upload.id, user_id=upload.user_id, for_update=True)
        if now is None or now.status not in {"open", "completed", "confirmed"}:
            raise _undo(ports, now or upload, video_id=video_id)
        if now.status == "confirmed":
            return False
        tx.assets.save_source(
            SourceAsset(
                video_id=video_id,
                user_id=upload.user_id,
                s3_key=upload.s3_key,
                head=source.head,
                detail=source.describe(),
            ),
        )
        if poster:
            tx.assets.save_poster(
                video_id=video_id,
                user_id=upload.user_id,
                s3_key=poster.key,
                size_bytes=poster.size_bytes,
            )
        done = replace(now, status="confirmed", completed_at=now.completed_at or ports.clock())
        tx.uploads.save_upload(done)
        end(tx)
    _log.info("upload confirmed", upload_id=upload.id, video_id=video_id)
    return True


def _undo(ports: VideoPorts, upload: Upload, *, video_id: str) -> Problem:
    """The upload was deleted in the meantime; its deletion knows the video's id and removes the
    rest."""
    ports.gallery.delete_video(video_id)
    return refuse_closed(upload)
