"""The table of problems: one row per code that an answer, or the error of a failed job, can carry.

All services raise from it (`raise Problem(Code.rate_limited)`). It is in the shared contract
because codes cross between services: job-service passes on the gallery's problems and stores the
processors' errors on its jobs. Generated from it: docs/problems.md, the page /api/docs/problems
and, through `x-problems` of the API document, the web client's English texts. A code never changes
its meaning. One module because it is one table.
"""

from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Final

from videoforge.formats import FORMAT_NAMES

#: Limits, outages of a dependency and our own bugs may pass, so they are retryable; other rows say
#: so themselves.
_RETRYABLE_STATUSES: Final = frozenset({408, 429, 500, 503})


@dataclass(frozen=True, eq=False)  # two rows with equal texts are still two codes
class Row:
    """`status` is the HTTP status, None if the code occurs only as a job's error. `detail` says
    what happened and may have {placeholders} for values known when it is raised, `hint` says what
    to do. `summary` is the detail without placeholders, for the docs and the web client; `web_hint`
    is the hint for users of the web client, without routes and headers."""

    group: str
    status: int | None
    detail: str
    hint: str
    summary: str = ""
    web_hint: str = ""
    ends_jobs: bool = False
    retryable: bool | None = None
    retry_after_seconds: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "summary", self.summary or self.detail)
        object.__setattr__(self, "web_hint", self.web_hint or self.hint)

    @property
    def is_retryable(self) -> bool:
        return self.status in _RETRYABLE_STATUSES if self.retryable is None else self.retryable


#: Not shown in the web client.
BETWEEN_SERVICES: Final = "Between services"

_request = partial(Row, "Requests")
_sign_in = partial(Row, "Signing in")
_upload = partial(Row, "Uploads")
_file = partial(Row, "File contents", 422, ends_jobs=True)
_video = partial(Row, "Videos and playback")
_job = partial(Row, "Jobs")
_failure = partial(Row, "Why a job failed", None, ends_jobs=True)
_outage = partial(Row, "Outages", 503)
_service = partial(Row, BETWEEN_SERVICES)

_AGAIN: Final = "Nothing was changed. Try again in a moment."
_UPLOAD_AGAIN: Final = "Upload the video again."
_FULL: Final = "Try again in a few minutes. If the problem persists, contact the operator."
#: until others' uploads or jobs have freed space, mostly minutes
_FULL_SECONDS: Final = 300
_UNFINISHED_UPLOADS: Final = "Finish or delete some of them (GET storage/uploads lists them)."
_UNFINISHED_UPLOADS_WEB: Final = "Finish or cancel some of them."
_STREAM: Final = "Get a new one from GET /api/stream/{video_id}."
_RELOAD: Final = "Reload the page."
_LEAVE_IT: Final = "Leave the message in the queue for `retry_after_seconds`."
_FORMATS: Final = f"The formats are {', '.join(FORMAT_NAMES)}."


class Code(Enum):
    """`name` is the code on the wire, `value` its row."""

    _value_: Row

    validation_failed = _request(
        422,
        "The request has fields that are missing, unknown or wrong.",
        "See `errors` for each field.",
        web_hint="Check what you entered.",
    )
    invalid_json = _request(
        400, "The body is not JSON.", "Check quotes, commas and brackets.", web_hint=_RELOAD
    )
    unsupported_media_type = _request(
        415, "The body must be JSON.", "Send `Content-Type: application/json`.", web_hint=_RELOAD
    )
    bad_request = _request(
        400,
        "The request cannot be understood.",
        "The status code (any 4xx) says what is wrong; a line or a header may be too long.",
        web_hint=_RELOAD,
    )
    body_too_large = _request(
        413,
        "The body is too large.",
        "Upload files to the store with a pre-signed URL.",
        web_hint="Send less at a time.",
    )
    route_not_found = _request(
        404, "There is nothing at this address.", "The routes are described at /api/docs.", web_hint=_RELOAD
    )
    method_not_allowed = _request(
        405,
        "This address does not support this method.",
        "The `Allow` header lists the methods it supports.",
        web_hint=_RELOAD,
    )
    invalid_cursor = _request(
        422,
        "The cursor does not belong to this list.",
        "Pass `next_cursor` unchanged with the same filters and sort order, or start without a cursor.",
        web_hint=_RELOAD,
    )
    idempotency_key_invalid = _request(
        422,
        "The Idempotency-Key must be 1 to 255 printable ASCII characters without spaces.",
        "A UUID is a good key.",
        web_hint=_RELOAD,
    )
    idempotency_key_reused = _request(
        422,
        "The Idempotency-Key was used for another request.",
        "Use a new key for each request; repeat a key only with the same body.",
        web_hint=_RELOAD,
    )
    request_in_progress = _request(
        409,
        "A request with this Idempotency-Key is still running.",
        "Wait a moment and send it again.",
        summary="The same request is still running.",
        retryable=True,
        retry_after_seconds=1,
    )
    request_timeout = _request(
        408,
        "The request took too long to arrive.",
        "Send it again.",
        summary="The request took too long to arrive: 10 s for its headers, 30 s in total.",
    )
    too_many_requests_at_once = _request(
        429,
        "Too many requests from this address are waiting for an answer.",
        "Wait for responses before you send more.",
        summary="Too many requests from one address, or one IPv6 network, are waiting for an answer.",
        retry_after_seconds=1,
    )
    rate_limited = _request(
        429,
        "Too many requests.",
        "Wait for the number of seconds in Retry-After.",
        web_hint="Wait a moment, then try again.",
    )
    internal_error = _request(
        500,
        "Something went wrong on our side.",
        "Try again. If the problem persists, report the request ID to the operator.",
        web_hint="Try again. If the problem persists, report the request ID below.",
        ends_jobs=True,
    )

    sign_in_needed = _sign_in(
        401,
        "You need to sign in for this.",
        "Sign in and send the access token as `Authorization: Bearer …`, or use a browser session.",
        web_hint="Sign in.",
    )
    session_expired = _sign_in(401, "Your session has expired.", "Sign in again.")
    invalid_credentials = _sign_in(
        401,
        "Wrong email or password.",
        "Check both, or reset the password with auth/forgot-password.",
        web_hint="Check both, or reset your password.",
    )
    challenge_expired = _sign_in(
        401,
        "The sign-in has expired.",
        "Start again with auth/login.",
        web_hint="Start again with your password.",
    )
    user_not_confirmed = _sign_in(
        403,
        "This account is not confirmed yet.",
        "Send the code from the email to auth/confirm; auth/resend-code sends another.",
        web_hint="Enter the code from the email.",
    )
    new_password_required = _sign_in(
        403,
        "This account needs a new password before it can sign in.",
        "Set one with auth/forgot-password, or ask an administrator.",
        web_hint="Reset your password, or ask an administrator.",
    )
    csrf_refused = _sign_in(
        403,
        "Changes made with a browser session must come from this site's own pages.",
        "Send `X-VideoForge-Client: web` from a page of this site, or use a bearer token.",
        web_hint="Open this site in its own tab.",
    )
    admin_only = _sign_in(403, "Only administrators can do this.", "Ask an administrator.")
    sign_up_closed = _sign_in(403, "Registration is closed.", "Ask an administrator for an account.")
    email_taken = _sign_in(
        409,
        "An account with this email already exists.",
        "Sign in, request a code with auth/resend-code, or reset the password with auth/forgot-password.",
        web_hint="Sign in, or reset your password.",
    )
    weak_password = _sign_in(
        422,
        "The password is too weak.",
        "Use 8 or more characters with upper case, lower case, a digit and a special character.",
        web_hint="It must meet all the requirements in the list.",
    )
    wrong_password = _sign_in(
        422,
        "The current password is wrong.",
        "Send the current password.",
        web_hint="Enter the current password.",
    )
    code_mismatch = _sign_in(
        422,
        "The code is wrong or has already been used.",
        "Check it, or request a new one. A confirmed account can sign in.",
        web_hint="Check it, or request a new one.",
    )
    code_expired = _sign_in(422, "The code has expired.", "Request a new one.")
    mfa_not_set_up = _sign_in(
        409,
        "Two-factor authentication is not set up.",
        "Call auth/mfa/setup first and put its secret into an authenticator app.",
        web_hint="Start with the QR code.",
    )
    mfa_is_on = _sign_in(
        409,
        "Two-factor authentication is already on.",
        "Turn it off first, with one of its codes or a recovery code.",
        web_hint="Turn it off first to set it up again.",
    )
    reauthentication_needed = _sign_in(
        403,
        "This sign-in is too old for this action.",
        "Send the password as well, in `password`.",
        summary="You signed in a while ago.",
        web_hint="Enter your password as well.",
    )
    session_not_found = _sign_in(
        404, "Session not found.", "GET auth/sessions lists yours.", web_hint="It may have ended already."
    )
    too_many_attempts = _sign_in(
        429,
        "Too many attempts for this account.",
        "Wait a minute, then try again.",
        retry_after_seconds=60,
        summary="Too many attempts.",
    )
    mail_not_found = _sign_in(
        404,
        "This email is no longer available.",
        "GET admin/mails lists the available ones.",
        web_hint=_RELOAD,
    )
    mails_not_kept = _sign_in(
        404,
        "This installation sends its emails and does not keep them.",
        "Check the recipient's mailbox or the mail server's log.",
    )

    filename_refused = _upload(
        422, "The file {fault}.", "Rename the file.", summary="The file name cannot be used."
    )
    content_type_not_allowed = _upload(
        422,
        "Only video files can be uploaded.",
        "Send the file's own content type, such as video/mp4 or video/quicktime.",
        web_hint="Choose a video file.",
    )
    file_too_large = _upload(
        422,
        "The file has {size_bytes} bytes; this upload method accepts {max_bytes} at most.",
        "Upload it in parts (storage/uploads), or make it smaller.",
        summary="The file is too large for this upload method.",
        web_hint="Make it smaller.",
    )
    too_many_open_uploads = _upload(
        409,
        "You have {limit} unfinished uploads.",
        _UNFINISHED_UPLOADS,
        summary="You have too many unfinished uploads.",
        web_hint=_UNFINISHED_UPLOADS_WEB,
    )
    upload_quota_reached = _upload(
        409,
        "Your unfinished uploads may take {limit} bytes in total.",
        _UNFINISHED_UPLOADS,
        summary="Your unfinished uploads exceed your limit.",
        web_hint=_UNFINISHED_UPLOADS_WEB,
    )
    storage_quota_reached = _upload(
        409,
        "Your videos may take {limit} bytes, and this would exceed that.",
        "Delete videos and empty the trash, or ask the operator for more storage.",
        summary="Your storage is full.",
        web_hint="Delete videos and empty the trash, or ask the operator for more storage. "
        "Your account page shows how much you use.",
    )
    uploads_full = _upload(
        503, "Too many uploads are in progress right now.", _FULL, retry_after_seconds=_FULL_SECONDS
    )
    storage_full = _upload(
        503, "This installation is out of storage.", _FULL, retry_after_seconds=_FULL_SECONDS
    )
    upload_not_found = _upload(
        404, "Upload not found.", "GET storage/uploads lists yours.", web_hint="Start the upload again."
    )
    upload_not_open = _upload(
        409,
        "This upload {fault}.",
        "Start a new upload.",
        summary="The upload does not accept parts: it has ended, or uses a single request.",
    )
    upload_not_completed = _upload(
        409,
        "The parts of this upload have not been joined yet.",
        "POST storage/uploads/{id}/complete first.",
        web_hint="Wait for the upload to finish.",
    )
    upload_confirmed = _upload(409, "This upload has already become a video.", "Delete the video instead.")
    upload_lost = _upload(
        409, "The store no longer has the parts of this upload.", "Start a new upload of the same file."
    )
    upload_size_mismatch = _upload(
        422,
        "The uploaded file does not have the announced size.",
        "Upload the file again; it may have changed during the upload.",
    )
    part_not_planned = _upload(
        422,
        "The upload has parts 1 to {part_count}; there is no part {part_number}.",
        "Request only part numbers of this upload.",
        summary="The upload has no part with this number.",
        web_hint=_RELOAD,
    )
    parts_missing = _upload(
        409,
        "{missing_count} of {part_count} parts have not arrived.",
        "Send the missing parts, then complete the upload again.",
        summary="Some parts have not arrived.",
        web_hint="Continue the upload.",
    )
    object_missing = _upload(
        409,
        "The file has not arrived.",
        "PUT the file to the upload URL, then confirm again.",
        web_hint="Upload it again.",
    )
    object_changed = _upload(
        409,
        "The file was replaced while it was being inspected.",
        "Wait until the upload has finished, then confirm again.",
        retryable=True,
    )

    not_media = _file("This file is not a video.", "Upload a video file such as MP4, MOV, MKV or WebM.")
    empty_file = _file("The file is empty.", "Check that the file was saved, then upload it again.")
    truncated_media = _file(
        "The file is incomplete.",
        "Check that the file plays to the end on your device, then upload it again.",
    )
    no_video_stream = _file(
        "This file contains no video, only audio or data.", "Upload a file with a video track."
    )
    still_image = _file("This file is a still image.", "Upload a video, or an animated GIF or WebP.")
    unsupported_format = _file(
        "This file type is not supported.",
        "Convert the file to MP4 with H.264 or H.265, then upload it again.",
    )
    media_too_large_dimensions = _file(
        "The video is larger than 8192 × 4320 pixels.", "Scale it down, then upload it again."
    )
    media_too_long = _file("The video is too long.", "Split it into shorter parts.")
    media_too_short = _file("The video is too short.", "Upload a video of at least a few frames.")
    probe_timeout = _file(
        "Analysing the file took too long.",
        "Remux the file (ffmpeg -i in -c copy out.mp4) and upload it again.",
        web_hint="Export it again as MP4, then upload it again.",
    )
    encrypted_media = _file("The video is encrypted.", "Upload a copy without copy protection.")

    video_not_found = _video(
        404,
        "Video not found.",
        "Check the id; the video may be in the trash or belong to another user.",
        web_hint="It may be private or deleted.",
    )
    video_not_ready = _video(
        409,
        "No rendition of this video is ready yet.",
        "Start a job for it (POST jobs), or wait until its job is completed.",
        web_hint="Wait until it has been processed.",
        retryable=True,
    )
    video_in_trash = _video(409, "The video is in the trash.", "Restore the video first, then ask again.")
    video_conflict = _video(409, "Another user's video has this id or this source.", "Upload the file again.")
    source_not_owned = _video(
        403,
        "The source belongs to another user.",
        "Confirm an upload of your own.",
        web_hint="Upload the file yourself.",
    )
    restore_window_passed = _video(
        409, "The video was in the trash for too long.", "It cannot be restored; upload it again."
    )
    purge_began = _video(
        409, "The video is being removed for good.", "It cannot be restored; upload it again."
    )
    rendition_not_found = _video(
        404,
        "The video has no format {format!r} to download.",
        "GET gallery/videos/{id} lists its renditions.",
        summary="The video has no such format.",
        web_hint="Choose another format.",
    )
    media_not_found = _video(
        404,
        "Media not found.",
        "Use the addresses from GET stream/{video_id} or from the playlist.",
        web_hint=_RELOAD,
    )
    media_token_expired = _video(403, "This playback address has expired.", _STREAM, web_hint=_RELOAD)
    media_token_refused = _video(403, "This playback address is not valid.", _STREAM, web_hint=_RELOAD)

    job_not_found = _job(
        404, "Job not found.", "GET jobs lists yours.", web_hint="Look for it in the list of jobs."
    )
    unknown_format = _job(
        422,
        "Unknown format: {names}.",
        _FORMATS,
        summary="Unknown format.",
        web_hint="Choose another format.",
    )
    formats_exist = _job(
        409,
        "The video has, or gets from another job, everything that this job would make: {names}.",
        "Leave out `replace: false` to have it made again.",
        summary="The video has, or gets from another job, everything that this job would make.",
        web_hint="Choose other formats, or have one made again.",
    )
    no_formats = _job(
        422, "A job needs at least one format.", _FORMATS, web_hint="Choose at least one format."
    )
    job_finished = _job(
        409,
        "The job is already {job_status}.",
        "There is nothing left to cancel.",
        summary="The job has already finished.",
    )
    job_started = _job(
        409,
        "The job is {job_status}; only queued jobs can change their priority.",
        "Let it run; it has left the queue.",
        summary="The job has already started.",
        web_hint="Only queued jobs can change their priority.",
    )
    job_not_retryable = _job(
        409,
        "The job is {job_status}; only a failed or cancelled job can be retried.",
        "Create a new job to encode the video again.",
        summary="Only a failed or cancelled job can be retried.",
    )
    too_many_jobs = _job(
        429,
        "You may have {limit} unfinished jobs at a time.",
        "Wait until some are done, or cancel some.",
        summary="You have too many unfinished jobs.",
        retry_after_seconds=30,
    )
    queue_full = _job(503, "Too many jobs are queued right now.", _FULL, retry_after_seconds=_FULL_SECONDS)
    too_many_streams = _job(
        429,
        "There are too many open event streams.",
        "Close one, or poll the job every few seconds.",
        web_hint="Close some tabs of this site.",
        retry_after_seconds=10,
    )

    source_missing = _failure("The uploaded file no longer exists.", _UPLOAD_AGAIN)
    source_changed = _failure(
        "The uploaded file has changed since it was checked.",
        "Upload the video again and confirm it.",
        web_hint=_UPLOAD_AGAIN,
    )
    undecodable_media = _failure(
        "Most of the video cannot be decoded because its data is damaged.",
        "Check that the file plays to the end on your device, then upload it again.",
    )
    unencodable_media = _failure(
        "The encoder does not support this video or audio.",
        "Convert the file to MP4 with H.264 and AAC, then upload it again.",
    )
    encode_failed = _failure(
        "The video could not be encoded.",
        "Try again. If it fails again, convert the file to MP4 and upload that.",
    )
    encode_out_of_memory = _failure(
        "Encoding needed more memory than allowed.",
        "Choose a smaller format, or ask the operator for more memory.",
    )
    encode_stalled = _failure("Encoding stalled.", "Try again.")
    encode_timeout = _failure("Encoding took longer than allowed.", "Choose fewer or smaller formats.")
    output_incomplete = _failure(
        "The encoded video did not pass the final check.",
        "Try again. If it fails again, ask the operator: the file is not the cause.",
    )
    scratch_full = _failure(
        "The processor ran out of disk space.", "Try again later. The operator can add disk space."
    )
    store_refused = _failure(
        "The storage rejected a request.", "Try again. The operator can find details in the processor's log."
    )
    processor_lost = _failure(
        "The processors working on this video kept crashing.",
        "Try again. If it fails again, the video needs more memory than a processor has.",
    )
    processor_fault = _failure(
        "A processor failed; the video is not the cause.",
        "Try again. The operator can find details in the processors' logs.",
    )
    result_not_taken = _failure(
        "The result could not be saved.", "Try again. The operator can find details in job-service's log."
    )
    interrupted = _failure("Processing was interrupted too many times.", "Try again.")

    service_unavailable = _outage("The service is not responding.", "Try again in a moment.")
    database_unavailable = _outage(
        "The database is not responding.",
        _AGAIN,
        retry_after_seconds=5,
        summary="The service is not available right now.",
    )
    store_unavailable = _outage(
        "The storage is not responding.", _AGAIN, ends_jobs=True, retry_after_seconds=5
    )
    store_access_denied = _outage(
        "The object store denies access to this service.",
        "Nothing was changed. Tell the operator: the service's keys or the bucket's policy are wrong.",
        ends_jobs=True,
        retryable=False,
        web_hint="The operator has to fix this. Try again after that.",
    )
    store_bucket_missing = _outage(
        "The object store does not have the bucket of this service.",
        "Nothing was changed. Tell the operator: `S3_BUCKET_NAME` or the region is wrong.",
        ends_jobs=True,
        retryable=False,
        web_hint="The operator has to fix this. Try again after that.",
    )
    queue_unavailable = _outage("The queue is not responding.", _AGAIN, retry_after_seconds=5)
    identity_unavailable = _outage("Sign-in is not available right now.", _AGAIN, retry_after_seconds=5)
    mail_unavailable = _outage("Email cannot be sent right now.", _AGAIN, retry_after_seconds=5)
    gallery_unavailable = _outage("The gallery is not responding.", _AGAIN, retry_after_seconds=5)
    scratch_unavailable = _outage(
        "There is no disk space to inspect the file right now.",
        "Nothing was changed. Try again later.",
        retry_after_seconds=60,
    )

    service_token_needed = _service(
        403, "Only VideoForge's own services may call this.", "Check `SERVICE_TOKENS` of the caller."
    )
    service_token_refused = _service(
        403, "Only VideoForge's own services may call this.", "Check `SERVICE_TOKENS` of both services."
    )
    task_not_found = _service(404, "Task not found.", "Delete the message.")
    task_finished = _service(
        409, "The task is {task_status}.", "Delete the message.", summary="The task has ended."
    )
    task_leased = _service(
        409,
        "The task cannot be claimed yet.",
        _LEAVE_IT,
        summary="Another processor holds the task, or its next attempt is not due.",
        retryable=True,
    )
    nothing_due = _service(409, "No task is due.", "Delete the message.")
    task_set_aside = _service(
        409,
        "The task's data was written by another version and cannot be read.",
        _LEAVE_IT,
        retryable=True,
    )
    no_room = _service(
        409,
        "Every task that is due needs more disk space than the processor has.",
        "Leave the message to other processors for `retry_after_seconds`.",
        retryable=True,
    )
    lease_lost = _service(
        409,
        "The task is no longer yours: it was reassigned, finished or cancelled.",
        "Stop working on it and write nothing more.",
    )
    wrong_result = _service(
        422, "The result does not belong to this task.", "Run the same version of all services."
    )
