"""admin/mails: the emails kept by an installation that does not send them. Anyone who reads them
can take over the accounts they are for, so only administrators may."""

from dataclasses import asdict

from flask import Blueprint

from job_service.routes.schemas.mails import MailAnswer, MailList, MailListQuery, MailText
from job_service.web.documented import Answer, documented
from job_service.web.services import get_services
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem

blueprint = Blueprint("mails", __name__, url_prefix="/api/admin/mails")

_log = get_logger("AUTH")


@blueprint.get("")
@documented(answers={200: MailList}, errors=(404, 503), tag="admin", access="admin")
def get_mails(query: MailListQuery) -> Answer:
    """List the latest emails, newest first. 404 `mails_not_kept` where emails are sent."""
    found = get_services().mails.list_mails(to=query.to)
    return MailList(items=[MailAnswer.model_validate(asdict(mail)) for mail in found])


@blueprint.get("/<mail_id>")
@documented(answers={200: MailText}, errors=(404, 503), tag="admin", access="admin")
def get_mail(mail_id: str) -> Answer:
    """Show one email in full."""
    mail = get_services().mails.find_mail(mail_id)
    if mail is None:
        raise Problem(Code.mail_not_found)
    _log.info("email read by an administrator", mail_id=mail.id)
    return MailText.model_validate(asdict(mail))
