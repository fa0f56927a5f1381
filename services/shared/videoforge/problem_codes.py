"""The table of problems: one row per code that an answer, or the error of a failed job, can carry.

All services raise from it (`raise problem(Code.rate_limited)`). It is in the shared contract
because codes cross between services: job-service passes on the gallery's problems and keeps the
processors' errors on its jobs. docs/problems.md, the page /api/docs/problems, and through
`x-problems` of the API document the web client's English texts are made from it. A code never
changes its meaning. One module because it is one table.
"""

from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Final

from videoforge.formats import FORMAT_NAMES

#: Waiting helps against a limit, a dependency that is down and a bug of ours; other rows say so
#: themselves.
_RETRYABLE_STATUSES: Final = frozenset({408, 429, 500, 503})


@dataclass(frozen=True, eq=False)  # two rows of equal texts are still two codes
class Row:
    """`status` is that of the answer, None where only a job's error carries the code. `detail` says
    what happened and may have {holes} for what is known when it is raised, `hint` what to do.
    `summary` is the detail without holes, for the docs and the web client; `web_hint` is the hint
    for somebody at the web client, where the other names routes and headers."""

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


#: Not shown to anybody at the web client.
BETWEEN_SERVICES: Final = "Between services"

_request = partial(Row, "Requests")
_sign_in = partial(Row, "Signing in")
_upload = partial(Row, "Uploads")
_file = partial(Row, "What is in a file", 422, ends_jobs=True)
_video = partial(Row, "Videos and playback")
_job = partial(Row, "Jobs")
_failure = partial(Row, "Why a job failed", None, ends_jobs=True)
_outage = partial(Row, "What is down", 503)
_service = partial(Row, BETWEEN_SERVICES)

_AGAIN: Final = "Nothing was changed. Try again in a moment."
_UPLOAD_AGAIN: Final = "Upload the video again."
_FULL: Final = "Try again in some minutes; if it stays so, tell the operator."
#: until others' uploads or jobs have made room: minutes, mostly
_FULL_SECONDS: Final = 300
_UNFINISHED_UPLOADS: Final = "Finish or delete some of them (GET storage/uploads lists them)."
_UNFINISHED_UPLOADS_WEB: Final = "Finish or cancel some of them."
_ANOTHER_CODE_WEB: Final = "Check it, or ask for another one."
_STREAM: Final = "Ask GET /api/stream/{video_id} for a new one."
_STREAM_WEB: Final = "Reload the page."
_LEAVE_IT: Final = "Leave the message in the queue for `retry_after_seconds`."
_FORMATS: Final = f"The formats are {', '.join(FORMAT_NAMES)}."


class Code(Enum):
    """`name` is the code on the wire, `value` its row."""

    _value_: Row

    validation_failed = _request(
        422, "The request has fields that are missing, unknown or wrong.", "See `errors` for each field."
    )
    invalid_json = _request(400, "The body is not JSON.", "Check quotes, commas and brackets.")
    unsupported_media_type = _request(415, "The body must be JSON.", "Send `Content-Type: application/json`.")
    bad_request = _request(
        400,
        "The request cannot be understood.",
        "The status says what is wrong (any 4xx); a line or a header may be too long.",
    )
    body_too_large = _request(
        413,
        "The body is too large.",
        "Files go to the store by a pre-signed URL.",
        web_hint="Send less at once.",
    )
    route_not_found = _request(
        404, "There is nothing at this address.", "The routes are described at /api/docs."
    )
    method_not_allowed = _request(
        405, "This address does not take this method.", "The header `Allow` names the methods it takes."
    )
    invalid_cursor = _request(
        422,
        "The cursor does not belong to this list.",
        "Use `next_cursor` as it came, with the same filters and sort; or start without a cursor.",
        web_hint="Reload the page.",
    )
    idempotency_key_invalid = _request(
        422,
        "The Idempotency-Key must be 1 to 255 printable ASCII characters without spaces.",
        "A UUID is a good key.",
    )
    idempotency_key_reused = _request(
        422,
        "The Idempotency-Key was used for another request.",
        "Make a new key for each request; repeat a key only with the same body.",
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
        summary="The request took too long to arrive: 10 s for its head, 30 s in all.",
    )
    too_many_requests_at_once = _request(
        429,
        "Too many requests of this address wait for an answer.",
        "Wait for answers before you send more.",
        summary="Too many requests of one address, or of one IPv6 network, wait for an answer.",
        retry_after_seconds=1,
    )
    rate_limited = _request(
        429,
        "Too many requests.",
        "Wait for the seconds that Retry-After names.",
        web_hint="Wait a moment, then try again.",
    )
    internal_error = _request(
        500,
        "Something went wrong on our side.",
        "Try again; if it stays, tell the operator the request id.",
        web_hint="Try again; if it stays, tell us the number below.",
        ends_jobs=True,
    )

    sign_in_needed = _sign_in(
        401,
        "This needs a signed-in user.",
        "Sign in and send the access token as `Authorization: Bearer …`, or use a browser session.",
        web_hint="Sign in.",
    )
    session_expired = _sign_in(
        401, "The session has ended.", "Sign in again.", summary="Your session has ended."
    )
    invalid_credentials = _sign_in(
        401,
        "The e-mail or the password is wrong.",
        "Check both, or ask for a new password with auth/forgot-password.",
        web_hint="Check both, or reset your password.",
    )
    challenge_expired = _sign_in(
        401,
        "This sign-in has taken too long, or is finished already.",
        "Begin again with auth/login.",
        web_hint="Begin again with your password.",
    )
    user_not_confirmed = _sign_in(
        403,
        "The e-mail of this account is not confirmed yet.",
        "Send the code from the mail to auth/confirm; auth/resend-code sends another.",
        web_hint="Enter the code from the mail.",
    )
    new_password_required = _sign_in(
        403,
        "This account needs a new password before it can sign in.",
        "Ask for one with auth/forgot-password, or ask an administrator.",
        web_hint="Reset your password, or ask an administrator.",
    )
    csrf_refused = _sign_in(
        403,
        "A change made with a browser session must come from our own pages.",
        "Send `X-VideoForge-Client: web` from a page of this site, or use a bearer token.",
        web_hint="Open this site in a tab of its own.",
    )
    admin_only = _sign_in(403, "This is for administrators.", "Ask an administrator.")
    sign_up_closed = _sign_in(403, "This site takes no new accounts.", "Ask an administrator for one.")
    email_taken = _sign_in(
        409,
        "There is an account with this e-mail already.",
        "Sign in; or ask for a code with auth/resend-code, or a new password with auth/forgot-password.",
        web_hint="Sign in, or reset your password.",
    )
    weak_password = _sign_in(
        422,
        "The password is too weak.",
        "A password has 8 characters or more with upper case, lower case, a digit and a sign.",
        web_hint="It needs all the points of the list.",
    )
    wrong_password = _sign_in(422, "The current password is wrong.", "Send the current password.")
    code_mismatch = _sign_in(
        422,
        "The code is wrong, or was used already.",
        "Check it, or ask for another one. An account that is confirmed can sign in.",
        web_hint=_ANOTHER_CODE_WEB,
    )
    code_expired = _sign_in(422, "The code is too old.", "Ask for another one.")
    mfa_not_set_up = _sign_in(
        409,
        "There is no second factor to verify.",
        "Call auth/mfa/setup first and put its secret into an authenticator app.",
        summary="Two-factor sign-in is not set up.",
        web_hint="Begin with the QR code.",
    )
    mfa_is_on = _sign_in(
        409,
        "There is a second factor already.",
        "Turn it off first, with a code of it or a recovery code.",
        summary="Two-factor sign-in is on already.",
        web_hint="Turn it off first to set it up again.",
    )
    reauthentication_needed = _sign_in(
        403,
        "The sign-in is too old for this.",
        "Send the password as well, in `password`.",
        summary="You signed in a while ago.",
        web_hint="Enter your password as well.",
    )
    session_not_found = _sign_in(404, "There is no such session.", "GET auth/sessions lists yours.")
    too_many_attempts = _sign_in(
        429,
        "There were too many attempts for this account.",
        "Wait a while before the next one.",
        retry_after_seconds=60,
    )
    mail_not_found = _sign_in(404, "This mail is no longer kept.", "GET admin/mails lists those that are.")
    mails_not_kept = _sign_in(
        404,
        "This installation sends its mails and keeps none.",
        "Look into the mailbox of the address, or the log of the mail server.",
    )

    filename_refused = _upload(
        422, "The file {fault}.", "Rename the file.", summary="The file has no name that can be used."
    )
    content_type_not_allowed = _upload(
        422,
        "Only video files can be uploaded.",
        "Send the file's own type, such as video/mp4 or video/quicktime.",
        web_hint="Choose a video file.",
    )
    file_too_large = _upload(
        422,
        "The file has {size_bytes} bytes; this way of uploading takes {max_bytes} at most.",
        "Upload it in parts (storage/uploads), or make it smaller.",
        summary="The file is larger than this way of uploading takes.",
        web_hint="Make it smaller.",
    )
    too_many_open_uploads = _upload(
        409,
        "You have {limit} uploads that are not finished.",
        _UNFINISHED_UPLOADS,
        summary="You have too many unfinished uploads.",
        web_hint=_UNFINISHED_UPLOADS_WEB,
    )
    upload_quota_reached = _upload(
        409,
        "Your uploads that are not finished may hold {limit} bytes together.",
        _UNFINISHED_UPLOADS,
        summary="Your unfinished uploads are too large together.",
        web_hint=_UNFINISHED_UPLOADS_WEB,
    )
    storage_quota_reached = _upload(
        409,
        "Your videos may take {limit} bytes, and this would be more.",
        "Delete videos and empty the trash, or ask the operator for more room.",
        summary="You have no room left for this.",
        web_hint="Delete videos and empty the trash, or ask the operator for more room. "
        "The account page shows what you use.",
    )
    uploads_full = _upload(
        503, "Too much is being uploaded at the moment.", _FULL, retry_after_seconds=_FULL_SECONDS
    )
    storage_full = _upload(
        503, "The installation has no room for more videos.", _FULL, retry_after_seconds=_FULL_SECONDS
    )
    upload_not_found = _upload(
        404,
        "There is no such upload.",
        "GET storage/uploads lists yours.",
        web_hint="Start the upload again.",
    )
    upload_not_open = _upload(
        409,
        "This upload {fault}.",
        "Start a new upload.",
        summary="The upload takes no parts: it has ended, or goes up in one piece.",
    )
    upload_not_completed = _upload(
        409,
        "The parts of this upload are not joined yet.",
        "POST storage/uploads/{id}/complete first.",
        web_hint="Wait for the upload to end.",
    )
    upload_confirmed = _upload(409, "This upload has become a video.", "Delete the video instead.")
    upload_lost = _upload(
        409, "The store no longer has the parts of this upload.", "Start a new upload of the same file."
    )
    upload_size_mismatch = _upload(
        422,
        "The file that arrived has another size than was announced.",
        "Upload the file again; it may have changed while it was sent.",
    )
    part_not_planned = _upload(
        422,
        "The upload has parts 1 to {part_count}; there is no part {part_number}.",
        "Ask for part numbers of this upload only.",
        summary="The upload has no part of this number.",
    )
    parts_missing = _upload(
        409,
        "{missing_count} of {part_count} parts have not arrived.",
        "Send the missing parts, then complete the upload again.",
        summary="Some parts have not arrived.",
        web_hint="Go on with the upload.",
    )
    object_missing = _upload(
        409,
        "The file has not arrived.",
        "PUT the file to the URL that was given, then confirm again.",
        web_hint="Upload it again.",
    )
    object_changed = _upload(
        409,
        "The file was replaced while it was looked at.",
        "Wait until the upload has ended, then confirm again.",
        retryable=True,
    )

    not_media = _file("This file is not a video.", "Upload a video file such as MP4, MOV, MKV or WebM.")
    empty_file = _file("The file is empty.", "Check that the file was saved, then upload it again.")
    truncated_media = _file(
        "The file breaks off before its end.",
        "Check that the file plays to its end on your machine, then upload it again.",
    )
    no_video_stream = _file(
        "This file has no picture, only sound or data.",
        "VideoForge needs a picture. Upload a file with a video track.",
    )
    still_image = _file("The file is a still picture.", "Upload a video, or an animated GIF or WebP.")
    unsupported_format = _file(
        "This kind of file is not supported.",
        "Convert the file to MP4 with H.264 or H.265, then upload it again.",
    )
    media_too_large_dimensions = _file(
        "The picture is larger than 8192×4320.", "Scale the video down to 8192×4320 or less."
    )
    media_too_long = _file("The video is too long.", "Cut the video into shorter parts.")
    media_too_short = _file("The video has no duration.", "Upload a video that has at least a few frames.")
    probe_timeout = _file(
        "The file took too long to inspect.",
        "Remux the file (ffmpeg -i in -c copy out.mp4) and upload it again.",
        web_hint="Export it again as MP4, then upload it again.",
    )
    encrypted_media = _file("The video is encrypted.", "Upload a copy without encryption or copy protection.")

    video_not_found = _video(
        404,
        "There is no such video.",
        "Check the id; the video may be in the trash, or another user's.",
        web_hint="It may be private, or have been deleted.",
    )
    video_not_ready = _video(
        409,
        "The video has not been transcoded yet.",
        "Start a job for it (POST jobs), or wait until its job is completed.",
        web_hint="Wait until it is processed.",
        retryable=True,
    )
    video_in_trash = _video(409, "The video is in the trash.", "Restore the video first, then ask again.")
    video_conflict = _video(409, "Another user's video has this id or this source.", "Upload the file again.")
    source_not_owned = _video(403, "The source belongs to another user.", "Confirm an upload of your own.")
    restore_window_passed = _video(
        409, "The video was in the trash for too long.", "It cannot be brought back; upload it again."
    )
    purge_began = _video(
        409, "The video is being removed for good.", "It cannot be brought back; upload it again."
    )
    rendition_not_found = _video(
        404,
        "The video has no {format!r} to download.",
        "Its renditions are listed by GET gallery/videos/{id}.",
        summary="The video has no such format.",
        web_hint="Choose another format.",
    )
    media_not_found = _video(
        404,
        "There is no such media.",
        "Take the addresses of GET stream/{video_id} or of the playlist.",
        web_hint=_STREAM_WEB,
    )
    media_token_expired = _video(403, "This playback address has ended.", _STREAM, web_hint=_STREAM_WEB)
    media_token_refused = _video(403, "This playback address is not valid.", _STREAM, web_hint=_STREAM_WEB)

    job_not_found = _job(
        404, "There is no such job.", "GET jobs lists yours.", web_hint="Look for it in the list of jobs."
    )
    unknown_format = _job(422, "There is no format {names}.", _FORMATS, summary="There is no such format.")
    no_formats = _job(422, "A job needs one format or more.", _FORMATS)
    job_finished = _job(
        409,
        "The job is {job_status} already.",
        "There is nothing left to cancel.",
        summary="The job is over already.",
    )
    job_started = _job(
        409,
        "The job is {job_status}; only the priority of a job that waits can change.",
        "Nothing is left to move forward: its place in the queue is behind it.",
        summary="The job has begun already.",
        web_hint="Only a job that waits can be moved.",
    )
    job_not_retryable = _job(
        409,
        "The job is {job_status}; only a failed or cancelled job can be tried again.",
        "Make a new job to encode the video once more.",
        summary="Only a failed or cancelled job can be tried again.",
    )
    too_many_jobs = _job(
        429,
        "There may be {limit} unfinished jobs at a time.",
        "Wait until some are done, or cancel some.",
        summary="You have too many unfinished jobs.",
        retry_after_seconds=30,
    )
    queue_full = _job(503, "Too many jobs wait at the moment.", _FULL, retry_after_seconds=_FULL_SECONDS)
    too_many_streams = _job(
        429,
        "There are too many open event streams.",
        "Close one, or ask for the job itself every few seconds.",
        web_hint="Close some tabs of this site.",
        retry_after_seconds=10,
    )

    source_missing = _failure("The uploaded file no longer exists.", _UPLOAD_AGAIN)
    source_changed = _failure(
        "The uploaded file has changed since it was confirmed.",
        "Upload the video again and confirm it.",
        web_hint=_UPLOAD_AGAIN,
    )
    undecodable_media = _failure(
        "Most of the video cannot be decoded: its data is damaged.",
        "Check that the file plays to its end on your machine, then upload it again.",
    )
    unencodable_media = _failure(
        "The encoder cannot process the video's picture or sound.",
        "Convert the file to MP4 with H.264 and AAC, then upload it again.",
    )
    encode_failed = _failure(
        "The video could not be encoded.",
        "Try the job again. If it fails again, convert the file to MP4 and upload that.",
    )
    encode_out_of_memory = _failure(
        "Encoding the video needed more memory than allowed.",
        "Try a smaller format, or ask the operator for more memory.",
    )
    encode_stalled = _failure("The encoder stopped making progress.", "Try the job again.")
    encode_timeout = _failure("Encoding the video took longer than allowed.", "Try fewer or smaller formats.")
    output_incomplete = _failure(
        "The encoded video did not pass the final check.",
        "Try the job again. If it fails again, ask the operator: the file is not the cause.",
    )
    scratch_full = _failure(
        "The machine that encoded the video ran out of disk space.",
        "Try the job again later; the operator can give more room.",
    )
    store_refused = _failure(
        "The object store refused a request.",
        "Try the job again; the operator can look at the processor's log.",
    )
    processor_lost = _failure(
        "The processors that worked on this video were lost one after the other.",
        "Try the job again. If it fails again, the video needs more memory than a processor has.",
    )
    processor_fault = _failure(
        "The machines that worked on the video failed again and again, and not because of it.",
        "Try the job again; the operator can look at the processors' health and logs.",
    )
    result_not_taken = _failure(
        "The video was processed, and the result could not be saved.",
        "Try the job again; the operator can look at job-service's log.",
    )
    interrupted = _failure("The processor was stopped, again and again.", "Try the job again.")

    service_unavailable = _outage("The service does not answer at the moment.", "Try again in a moment.")
    database_unavailable = _outage(
        "The database does not answer at the moment.", _AGAIN, retry_after_seconds=5
    )
    store_unavailable = _outage(
        "The store does not answer at the moment.", _AGAIN, ends_jobs=True, retry_after_seconds=5
    )
    store_access_denied = _outage(
        "The object store refuses the service's own access.",
        "Nothing was changed. Tell the operator: the service's keys or the bucket's policy are wrong.",
        ends_jobs=True,
        retryable=False,
    )
    store_bucket_missing = _outage(
        "The object store does not have the bucket of this service.",
        "Nothing was changed. Tell the operator: `S3_BUCKET_NAME` or the region is wrong.",
        ends_jobs=True,
        retryable=False,
    )
    queue_unavailable = _outage("The queue does not answer at the moment.", _AGAIN, retry_after_seconds=5)
    identity_unavailable = _outage(
        "The sign-in service does not answer at the moment.", _AGAIN, retry_after_seconds=5
    )
    mail_unavailable = _outage("No mail can be sent at the moment.", _AGAIN, retry_after_seconds=5)
    gallery_unavailable = _outage("The gallery does not answer at the moment.", _AGAIN, retry_after_seconds=5)
    scratch_unavailable = _outage(
        "There is no room to inspect the file at the moment.",
        "Nothing was changed. Try again later.",
        retry_after_seconds=60,
    )

    service_token_needed = _service(
        403, "This is for services of VideoForge alone.", "Check `SERVICE_TOKENS` of the caller."
    )
    service_token_refused = _service(
        403, "Only VideoForge's own services may call this.", "Check `SERVICE_TOKENS` of both services."
    )
    task_not_found = _service(404, "There is no such task.", "Delete the message.")
    task_finished = _service(
        409, "The task is {task_status}.", "Delete the message.", summary="The task has ended."
    )
    task_leased = _service(
        409,
        "The task cannot be claimed yet.",
        _LEAVE_IT,
        summary="Another processor holds the task, or its next try is not due.",
        retryable=True,
    )
    task_set_aside = _service(
        409,
        "What the task needs was written by another version and cannot be read.",
        _LEAVE_IT,
        retryable=True,
    )
    no_room = _service(
        409,
        "The task needs more room than the processor has.",
        "Leave the message to other processors, for `retry_after_seconds`.",
        retryable=True,
    )
    lease_lost = _service(
        409,
        "The task is no longer yours: it was given away, finished or cancelled.",
        "Stop the work on it and write nothing more.",
    )
    wrong_result = _service(
        422, "The result is not one of this task.", "Run the same version of all services."
    )
