"""The kept mails on the core."""

from job_service.adapters.http_mails import HttpMails
from job_service.ports.mail import KeptMails
from job_service.wiring.core import Core


def build_kept_mails(core: Core) -> KeptMails:
    return HttpMails(core.settings.mail_url, tokens=core.service_tokens)
