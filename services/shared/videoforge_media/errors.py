"""Why a file is refused: a code from the table of problems, with a sentence about this file."""

from videoforge.problem_codes import Code


class MediaRejected(Exception):
    """The file itself is at fault: retrying with the same bytes cannot help.

    `code` is stable, `detail` is one plain sentence for the user, the row's unless more is known,
    and `hint` says what to do about it.
    """

    def __init__(self, code: Code, detail: str | None = None, hint: str | None = None) -> None:
        self.code = code.name
        self.detail = detail or code.value.detail
        self.hint = hint or code.value.hint
        super().__init__(f"{self.code}: {self.detail}")
