"""Queries and answers of admin/mails."""

from datetime import datetime

from pydantic import BaseModel, Field

from job_service.request_body import RequestBody


class MailListQuery(RequestBody):
    """`to` is one address, in any case."""

    to: str = Field(default="", max_length=254)


class MailAnswer(BaseModel):
    id: str
    to: list[str]
    sender: str
    subject: str
    received_at: datetime


class MailList(BaseModel):
    """Only a few emails are kept, so there is one page."""

    items: list[MailAnswer]
    next_cursor: str | None = None


class MailText(MailAnswer):
    """`text` is the plain-text part, in full."""

    text: str
