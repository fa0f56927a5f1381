"""The kept mails on the platform."""

from job_service.admin.http_mails import HttpMails
from job_service.admin.mail import KeptMails
from job_service.platform.platform import Platform


def build_kept_mails(platform: Platform) -> KeptMails:
    return HttpMails(platform.settings.mail_url, tokens=platform.service_tokens)
