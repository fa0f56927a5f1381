"""Every code that a problem or a failed job can carry: what it means, and what to do about it.

One table, shown at /api/docs/problems, where a problem's `type` leads, and as docs/problems.md. It names all
codes of all services, since job-service passes on the gallery's problems and keeps the processors' errors on
its jobs; tests/test_problem_codes.py reads the sources and finds what is missing here, or nobody's. One
module because it is one table.
"""

from typing import Final, NamedTuple


class ProblemCode(NamedTuple):
    """`status` is that of the answer. `JOB` stands in its place for the code of a failed job's `error`, and
    beside it where both carry the code."""

    code: str
    status: str
    meaning: str
    advice: str


class ProblemGroup(NamedTuple):
    title: str
    codes: tuple[ProblemCode, ...]


JOB: Final = "job"
_EITHER: Final = f"422, {JOB}"
#: What to do where nobody but the operator can.
_OPERATOR: Final = "Tell the operator the request id."

_REQUESTS: Final = ProblemGroup(
    "Requests",
    (
        ProblemCode(
            "validation_failed",
            "422",
            "Fields are missing, unknown or wrong.",
            "Mend each field that `errors` names.",
        ),
        ProblemCode("invalid_json", "400", "The body is not JSON.", "Check quotes, commas and brackets."),
        ProblemCode(
            "unsupported_media_type",
            "415",
            "The body does not say that it is JSON.",
            "Send `Content-Type: application/json`.",
        ),
        ProblemCode(
            "bad_request",
            "4xx",
            "The request cannot be understood; a line or a header may be too long.",
            "Mend the request as its status says.",
        ),
        ProblemCode(
            "body_too_large",
            "413",
            "The body is too large.",
            "Send less at once. Files go to the store, by the URLs of storage/uploads.",
        ),
        ProblemCode(
            "route_not_found", "404", "There is nothing at this address.", "Look the route up at /api/docs."
        ),
        ProblemCode(
            "method_not_allowed",
            "405",
            "The address does not take this method.",
            "Use a method of the header `Allow`.",
        ),
        ProblemCode(
            "invalid_cursor",
            "422",
            "The cursor is not of this list.",
            "Send `next_cursor` as it came, with the same filters and sort, or begin without one.",
        ),
        ProblemCode(
            "idempotency_key_invalid",
            "422",
            "The Idempotency-Key is not 1 to 255 printable characters.",
            "Use a UUID.",
        ),
        ProblemCode(
            "idempotency_key_reused",
            "422",
            "The Idempotency-Key came with another body before.",
            "Make a new key for each request; repeat a key only with the same body.",
        ),
        ProblemCode(
            "request_in_progress",
            "409",
            "The first request with this Idempotency-Key still runs.",
            "Wait for `Retry-After`, then send it again.",
        ),
        ProblemCode(
            "request_timeout",
            "408",
            "The request took too long to arrive: 10 s for its head, 30 s in all.",
            "Send it again.",
        ),
        ProblemCode(
            "too_many_requests_at_once",
            "429",
            "Too many requests of one address, or of one IPv6 network, wait for an answer.",
            "Wait for answers before you send more.",
        ),
        ProblemCode("rate_limited", "429", "Too many requests.", "Wait for the seconds of `Retry-After`."),
        ProblemCode(
            "internal_error", f"500, {JOB}", "Something went wrong on our side.", f"Try again. {_OPERATOR}"
        ),
    ),
)

_SIGN_IN: Final = ProblemGroup(
    "Signing in",
    (
        ProblemCode(
            "sign_in_needed",
            "401",
            "The request shows no sign-in, or one that is not good.",
            "Sign in, then send the access token as `Authorization: Bearer …`, or use a browser session.",
        ),
        ProblemCode(
            "session_expired", "401", "The session, or its refresh token, has ended.", "Sign in again."
        ),
        ProblemCode(
            "invalid_credentials",
            "401",
            "The e-mail or the password is wrong.",
            "Check both, or ask for a new password with auth/forgot-password.",
        ),
        ProblemCode(
            "challenge_expired",
            "401",
            "The sign-in took too long, or is finished.",
            "Begin again with auth/login.",
        ),
        ProblemCode(
            "user_not_confirmed",
            "403",
            "The e-mail of the account is not confirmed.",
            "Send the mail's code to auth/confirm; auth/resend-code sends another.",
        ),
        ProblemCode(
            "new_password_required",
            "403",
            "The account needs a new password first.",
            "Ask for one with auth/forgot-password.",
        ),
        ProblemCode(
            "csrf_refused",
            "403",
            "A change by a browser session came from a page that is not ours.",
            "Send `X-VideoForge-Client: web` from a page of this site, or use a bearer token.",
        ),
        ProblemCode("admin_only", "403", "This is for administrators.", "Ask one; the group is `admin`."),
        ProblemCode(
            "sign_up_closed",
            "403",
            "The site takes no new accounts (`SIGN_UP=false`).",
            "Ask an administrator for one.",
        ),
        ProblemCode(
            "email_taken",
            "409",
            "There is an account with this e-mail.",
            "Sign in, or ask for a new password.",
        ),
        ProblemCode("weak_password", "422", "The password is too weak.", "Mend what `errors` names."),
        ProblemCode("wrong_password", "422", "The current password is wrong.", "Send the current one."),
        ProblemCode(
            "code_mismatch", "422", "The code is wrong, or was used.", "Check it, or ask for another."
        ),
        ProblemCode("code_expired", "422", "The code is too old.", "Ask for another."),
        ProblemCode(
            "mfa_not_set_up", "409", "There is no second factor to verify.", "Call auth/mfa/setup first."
        ),
        ProblemCode(
            "mfa_is_on",
            "409",
            "There is a second factor already.",
            "Turn it off first, with a code of it or a recovery code.",
        ),
        ProblemCode(
            "reauthentication_needed",
            "403",
            "The sign-in is too old for a change of the second factor.",
            "Send the password too.",
        ),
        ProblemCode(
            "session_not_found", "404", "The user has no such session.", "Take an id of auth/sessions."
        ),
        ProblemCode(
            "too_many_attempts",
            "429",
            "There were too many attempts for the account.",
            "Wait for `Retry-After`.",
        ),
    ),
)

_UPLOADS: Final = ProblemGroup(
    "Uploads",
    (
        ProblemCode(
            "filename_refused",
            "422",
            "The file's name is empty, too long or has control characters.",
            "Rename the file.",
        ),
        ProblemCode(
            "content_type_not_allowed",
            "422",
            "Only video files can be uploaded.",
            "Send the file's own type, such as video/mp4.",
        ),
        ProblemCode(
            "file_too_large",
            "422",
            "The file is larger than this way of uploading takes.",
            "Upload it in parts (storage/uploads), or make it smaller.",
        ),
        ProblemCode(
            "too_many_open_uploads",
            "409",
            "Too many uploads are not finished.",
            "Finish or delete some; GET storage/uploads lists them.",
        ),
        ProblemCode(
            "upload_quota_reached",
            "409",
            "The user's unfinished uploads would hold too many bytes; `limit_bytes` is how many they may.",
            "Finish or delete some; GET storage/uploads lists them.",
        ),
        ProblemCode(
            "storage_quota_reached",
            "409",
            "The user's videos would take more than their `limit_bytes`.",
            "Delete videos and empty the trash, or ask the operator for more room.",
        ),
        ProblemCode(
            "uploads_full",
            "503",
            "The uploads of everybody together have reached their limit.",
            "Try again in some minutes.",
        ),
        ProblemCode(
            "storage_full",
            "503",
            "The videos of everybody together have reached their limit.",
            "The operator has to make room or raise MAX_STORED_BYTES_TOTAL.",
        ),
        ProblemCode(
            "upload_not_found",
            "404",
            "The user has no such upload.",
            "Take an id of storage/uploads, or start again.",
        ),
        ProblemCode(
            "upload_not_open",
            "409",
            "The upload takes no parts: it has ended, or goes up in one piece.",
            "Start another.",
        ),
        ProblemCode(
            "upload_not_completed",
            "409",
            "The parts are not joined yet.",
            "POST storage/uploads/{id}/complete first.",
        ),
        ProblemCode(
            "upload_confirmed",
            "409",
            "The upload has become a video.",
            "Delete the video (`video_id`) instead.",
        ),
        ProblemCode("upload_lost", "409", "The store no longer has the parts.", "Start the upload again."),
        ProblemCode(
            "upload_size_mismatch",
            "422",
            "The file that arrived has another size than was announced.",
            "Upload it again; it may have changed while it was sent.",
        ),
        ProblemCode(
            "part_not_planned",
            "422",
            "The upload has no part of this number.",
            "Ask for parts 1 to `part_count`.",
        ),
        ProblemCode(
            "parts_missing",
            "409",
            "Some parts have not arrived.",
            "Send those of `missing_parts`, then complete again.",
        ),
        ProblemCode(
            "object_missing",
            "409",
            "The file has not arrived.",
            "PUT it to the URL that was given, then confirm again.",
        ),
        ProblemCode(
            "object_changed",
            "409",
            "The file was replaced while it was looked at.",
            "Wait until the upload has ended, then confirm again.",
        ),
    ),
)

_FILES: Final = ProblemGroup(
    "What is in a file",
    (
        ProblemCode(
            "not_media",
            _EITHER,
            "The file is no video.",
            "Upload a video file such as MP4, MOV, MKV or WebM.",
        ),
        ProblemCode(
            "empty_file", _EITHER, "The file is empty.", "Check that it was saved, then upload it again."
        ),
        ProblemCode(
            "truncated_media",
            _EITHER,
            "The file breaks off.",
            "Play it to its end on your own machine, then upload it again.",
        ),
        ProblemCode(
            "no_video_stream", _EITHER, "The file has no picture.", "Upload a file with a video track."
        ),
        ProblemCode(
            "still_image",
            _EITHER,
            "The file is a still picture.",
            "Upload a video, or an animated GIF or WebP.",
        ),
        ProblemCode(
            "unsupported_format",
            _EITHER,
            "The format, or the codec, is none that can be read.",
            "Convert the file to MP4 with H.264 or H.265.",
        ),
        ProblemCode(
            "media_too_large_dimensions", _EITHER, "The picture is larger than 8192×4320.", "Scale it down."
        ),
        ProblemCode("media_too_long", _EITHER, "The video is too long.", "Cut it into parts."),
        ProblemCode(
            "media_too_short", _EITHER, "The video has no duration.", "Upload one of at least a few frames."
        ),
        ProblemCode(
            "probe_timeout",
            _EITHER,
            "Looking into the file took too long.",
            "Remux it (`ffmpeg -i in -c copy out.mp4`), then upload it again.",
        ),
        ProblemCode(
            "encrypted_media", _EITHER, "The video is encrypted.", "Upload a copy without copy protection."
        ),
    ),
)

_VIDEOS: Final = ProblemGroup(
    "Videos and playback",
    (
        ProblemCode(
            "video_not_found",
            "404",
            "There is no such video, or not for this user.",
            "Check the id; it may be in the trash.",
        ),
        ProblemCode(
            "video_not_ready", "409", "Nothing of the video is encoded yet.", "Wait for its job, or make one."
        ),
        ProblemCode("video_in_trash", "409", "The video is in the trash.", "Restore it first."),
        ProblemCode(
            "video_conflict",
            "409",
            "Another user's video has this id or this source.",
            "Upload the file anew.",
        ),
        ProblemCode(
            "source_not_owned",
            "403",
            "The source belongs to another user.",
            "Confirm an upload of one's own.",
        ),
        ProblemCode(
            "restore_window_passed",
            "409",
            "The video was in the trash for too long.",
            "Nothing brings it back; upload it again.",
        ),
        ProblemCode(
            "purge_began",
            "409",
            "The video is being removed for good.",
            "Nothing brings it back; upload it again.",
        ),
        ProblemCode(
            "rendition_not_found", "404", "The video has no such format.", "Take one of its `renditions`."
        ),
        ProblemCode(
            "media_not_found",
            "404",
            "There is no such file below the playback address.",
            "Take the addresses of stream/{video_id} or of the playlist.",
        ),
        ProblemCode(
            "media_token_expired",
            "403",
            "The playback address has ended.",
            "Ask stream/{video_id} for another.",
        ),
        ProblemCode(
            "media_token_refused",
            "403",
            "The playback address is not valid.",
            "Ask stream/{video_id} for one.",
        ),
    ),
)

_JOBS: Final = ProblemGroup(
    "Jobs",
    (
        ProblemCode("job_not_found", "404", "The user has no such job.", "Take an id of GET jobs."),
        ProblemCode(
            "unknown_format", "422", "There is no such format.", "The formats are 4K, 1080p, 720p and 480p."
        ),
        ProblemCode("no_formats", "422", "A job needs one format or more.", "Name one in `output_formats`."),
        ProblemCode(
            "job_finished",
            "409",
            "The job has ended, and cannot be cancelled.",
            "There is nothing left to do.",
        ),
        ProblemCode(
            "job_started",
            "409",
            "Only the priority of a job that waits can change.",
            "Let it run; its place in the queue is behind it.",
        ),
        ProblemCode(
            "job_not_retryable",
            "409",
            "Only a failed or cancelled job can be tried again.",
            "Make a new job.",
        ),
        ProblemCode(
            "too_many_jobs",
            "429",
            "The user has too many unfinished jobs.",
            "Wait until some are done, or cancel some.",
        ),
        ProblemCode(
            "queue_full",
            "503",
            "The unfinished jobs of everybody together have reached their limit.",
            "Try again in some minutes.",
        ),
        ProblemCode(
            "too_many_streams",
            "429",
            "Too many event streams are open.",
            "Close one, or ask for the job itself every few seconds.",
        ),
    ),
)

_FAILURES: Final = ProblemGroup(
    "Why a job failed",
    (
        ProblemCode("source_missing", JOB, "The uploaded file is gone.", "Upload the video again."),
        ProblemCode(
            "source_changed",
            JOB,
            "The uploaded file is not the one that was confirmed.",
            "Upload the video again.",
        ),
        ProblemCode(
            "undecodable_media",
            JOB,
            "Most of the video cannot be decoded.",
            "Play it to its end on your own machine, then upload it again.",
        ),
        ProblemCode(
            "unencodable_media",
            JOB,
            "The encoder does not take the video's picture or sound as they are.",
            "Convert the file to MP4 with H.264 and AAC, then upload it again.",
        ),
        ProblemCode(
            "encode_failed",
            JOB,
            "The video could not be encoded.",
            "Try the job again. If it ends so once more, convert the file to MP4 and upload that.",
        ),
        ProblemCode(
            "encode_out_of_memory",
            JOB,
            "Encoding needed more memory than allowed.",
            "Try a smaller format, or ask the operator for more memory.",
        ),
        ProblemCode("encode_stalled", JOB, "The encoder stopped making progress.", "Try the job again."),
        ProblemCode(
            "encode_timeout", JOB, "Encoding took longer than allowed.", "Try fewer or smaller formats."
        ),
        ProblemCode(
            "output_incomplete", JOB, "What was encoded did not pass the last check.", "Try the job again."
        ),
        ProblemCode(
            "scratch_full",
            JOB,
            "The machine that encoded ran out of disk space.",
            "Try the job again later; the operator can give more room.",
        ),
        ProblemCode(
            "store_refused",
            JOB,
            "The object store refused a request.",
            "Try the job again; the operator can look at the processor's log.",
        ),
        ProblemCode(
            "processor_lost",
            JOB,
            "The processors that worked on the video were lost one after the other.",
            "Try the job again. If it ends so once more, the video needs more memory than a processor has.",
        ),
        ProblemCode(
            "processor_fault",
            JOB,
            "The machines that worked on the video had faults of their own, again and again.",
            "Try the job again; the operator can look at the processors' health and logs.",
        ),
        ProblemCode(
            "result_not_taken",
            JOB,
            "The video was processed, and the result could not be saved.",
            "Try the job again; the operator can look at job-service's log.",
        ),
        ProblemCode("interrupted", JOB, "The processor was stopped, again and again.", "Try the job again."),
    ),
)

_OUTAGES: Final = ProblemGroup(
    "What is down",
    (
        ProblemCode(
            "service_unavailable", "503", "The service itself does not answer.", "Try again in a moment."
        ),
        ProblemCode(
            "database_unavailable",
            "503",
            "The database does not answer.",
            "Nothing was changed. Try again in a moment.",
        ),
        ProblemCode(
            "store_unavailable",
            f"503, {JOB}",
            "The object store does not answer.",
            "Try again in a moment; a job, when the store is back.",
        ),
        ProblemCode(
            "store_access_denied",
            f"503, {JOB}",
            "The object store refuses the service's own access.",
            "The operator: check the keys or the role of job-service, and the bucket's policy.",
        ),
        ProblemCode(
            "store_bucket_missing",
            f"503, {JOB}",
            "The object store has no bucket of the name that the service was told.",
            "The operator: check `S3_BUCKET_NAME`, `AWS_REGION` and `AWS_ENDPOINT_URL_S3`.",
        ),
        ProblemCode("queue_unavailable", "503", "The queue does not answer.", "Try again in a moment."),
        ProblemCode(
            "identity_unavailable", "503", "The user pool does not answer.", "Try again in a moment."
        ),
        ProblemCode(
            "mail_unavailable",
            "503",
            "No mail leaves at the moment.",
            "Nothing was sent. Try again in a moment.",
        ),
        ProblemCode(
            "gallery_unavailable",
            "503",
            "The gallery does not answer.",
            "Try again in a moment. Videos can be deleted all the same.",
        ),
        ProblemCode(
            "scratch_unavailable", "503", "There is no room to look into the file.", "Try again in a minute."
        ),
    ),
)

_SERVICES: Final = ProblemGroup(
    "Between services",
    (
        ProblemCode(
            "service_token_needed",
            "403",
            "Only services of VideoForge may call this.",
            "Check `SERVICE_TOKENS` of the caller.",
        ),
        ProblemCode(
            "service_token_refused",
            "403",
            "The gallery does not know the caller's token.",
            "Check `SERVICE_TOKENS` of both.",
        ),
        ProblemCode("mail_not_found", "404", "That mail is not kept.", "Take an id of admin/mails."),
        ProblemCode(
            "mails_not_kept",
            "404",
            "Mails are sent and none is kept.",
            "Look into the mailbox of the address.",
        ),
        ProblemCode("task_not_found", "404", "There is no such task.", "Delete the message."),
        ProblemCode("task_finished", "409", "The task has ended.", "Delete the message."),
        ProblemCode(
            "task_leased",
            "409",
            "Another processor holds the task, or its next try is not due.",
            "Leave the message in the queue for `retry_after_seconds`.",
        ),
        ProblemCode(
            "task_set_aside",
            "409",
            "What the task needs was written by another version and cannot be read.",
            "Leave the message; the operator sees the task among those set aside.",
        ),
        ProblemCode(
            "no_room",
            "409",
            "The task needs more room than the processor has.",
            "Leave the message to other processors, for `retry_after_seconds`.",
        ),
        ProblemCode(
            "lease_lost",
            "409",
            "The task was given away, finished or cancelled.",
            "Stop the work on it and write nothing more.",
        ),
        ProblemCode(
            "wrong_result",
            "422",
            "The result is not one of this task.",
            "Run the same version of all services.",
        ),
    ),
)

CATALOGUE: Final = (
    _REQUESTS,
    _SIGN_IN,
    _UPLOADS,
    _FILES,
    _VIDEOS,
    _JOBS,
    _FAILURES,
    _OUTAGES,
    _SERVICES,
)
