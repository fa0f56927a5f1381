"""Uploads: in a single PUT, or in parts."""

from dataclasses import asdict

from flask import Blueprint

from job_service.quotas.usage import read_usage
from job_service.routes.schemas.storage import (
    CompletedUpload,
    NoFields,
    PartAnswer,
    PartNumbers,
    SignedPartAnswer,
    SignedParts,
    StartedUpload,
    UploadDetail,
    UploadGrantAnswer,
    UploadList,
    UploadListQuery,
    UploadSummary,
)
from job_service.routes.schemas.usage import UsageAnswer
from job_service.uploads.announced_file import AnnouncedFile, AnnouncedUpload
from job_service.uploads.complete_upload import complete_upload
from job_service.uploads.end_upload import delete_upload
from job_service.uploads.list_uploads import list_uploads
from job_service.uploads.parts import find_parts, get_upload, sign_parts
from job_service.uploads.start_upload import grant_upload, start_upload
from job_service.web.current_user import require_user
from job_service.web.cursor import read_cursor, write_cursor
from job_service.web.documented import Answer, documented
from job_service.web.limits import limit_upload_grants
from job_service.web.services import get_services

blueprint = Blueprint("storage", __name__, url_prefix="/api/storage")


@blueprint.post("/upload-url")
@documented(answers={201: UploadGrantAnswer}, errors=(409, 503), tag="storage", access="user")
@limit_upload_grants
def post_upload_url(json: AnnouncedFile) -> Answer:
    """Get a URL for a single PUT, for files up to 5 GiB."""
    grant = grant_upload(get_services().uploads, json, user_id=require_user().user_id)
    body = UploadGrantAnswer(
        id=grant.upload.id,
        s3_key=grant.upload.s3_key,
        url=grant.url,
        headers={"Content-Type": grant.upload.content_type},
        expires_at=grant.expires_at,
    )
    return body, 201


@blueprint.post("/uploads")
@documented(answers={201: StartedUpload}, errors=(409, 503), tag="storage", access="user")
@limit_upload_grants
def post_upload(json: AnnouncedUpload) -> Answer:
    """Start an upload in parts, which can be resumed."""
    upload = start_upload(get_services().uploads, json, user_id=require_user().user_id)
    return StartedUpload.model_validate(asdict(upload)), 201


@blueprint.get("/uploads")
@documented(answers={200: UploadList}, tag="storage", access="user")
def get_uploads(query: UploadListQuery) -> Answer:
    """List the uploads that can continue or await confirmation, newest first."""
    page = list_uploads(
        get_services().uploads,
        user_id=require_user().user_id,
        after=read_cursor(query.cursor),
        limit=query.limit,
    )
    return UploadList(
        items=[UploadSummary.model_validate(asdict(upload)) for upload in page.items],
        next_cursor=write_cursor(page.next_start),
    )


@blueprint.get("/usage")
@documented(answers={200: UsageAnswer}, tag="storage", access="user")
def get_usage() -> Answer:
    """Show your usage and limits. `used` is null where only another process counts it, `limit`
    where there is none."""
    services = get_services()
    used = read_usage(services.database, user_id=require_user().user_id)
    streams = services.platform.settings.events_max_streams_per_user
    return UsageAnswer.build(used, quota=services.uploads.quotas.of_user, event_streams=streams)


@blueprint.get("/uploads/<upload_id>")
@documented(answers={200: UploadDetail}, errors=(404, 503), tag="storage", access="user")
def get_one_upload(upload_id: str) -> Answer:
    """Show an upload with the parts that have arrived."""
    ports = get_services().uploads
    progress = find_parts(ports, get_upload(ports, upload_id, user_id=require_user().user_id))
    parts = [PartAnswer(**asdict(part)) for part in progress.parts]
    return UploadDetail.model_validate({**asdict(progress.upload), "parts": parts})


@blueprint.post("/uploads/<upload_id>/parts")
@documented(answers={200: SignedParts}, errors=(404, 409), tag="storage", access="user")
def post_parts(upload_id: str, json: PartNumbers) -> Answer:
    """Get URLs for up to 100 parts; each is one PUT of the part's bytes."""
    signed = sign_parts(
        get_services().uploads,
        upload_id,
        user_id=require_user().user_id,
        part_numbers=json.part_numbers,
    )
    return SignedParts(parts=[SignedPartAnswer(**asdict(part)) for part in signed])


@blueprint.post("/uploads/<upload_id>/complete")
@documented(answers={200: CompletedUpload}, errors=(404, 409, 503), tag="storage", access="user")
def post_complete(upload_id: str, json: NoFields) -> Answer:
    """Join the parts. If some are missing, the answer lists them (409 `parts_missing`)."""
    upload = complete_upload(get_services().uploads, upload_id, user_id=require_user().user_id)
    return CompletedUpload(s3_key=upload.s3_key, size_bytes=upload.size_bytes)


@blueprint.delete("/uploads/<upload_id>")
@documented(answers={204: None}, errors=(404, 409, 503), tag="storage", access="user")
def delete_one_upload(upload_id: str) -> Answer:
    """Abort an upload and delete the parts that have arrived."""
    delete_upload(get_services().uploads, upload_id, user_id=require_user().user_id)
    return "", 204
