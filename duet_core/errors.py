"""The errors that users may see. Anything else that reaches a user is a defect of ours."""

from __future__ import annotations

from os import PathLike


class InputError(ValueError):
    """Arguments or input that cannot be used: exit status 2, one line, no traceback.

    The message always says which file, which place in it, what is wrong there, and what to do about it.
    """

    def __init__(
        self,
        problem: str,
        *,
        file: str | PathLike[str] | None = None,
        place: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.problem = problem
        self.file = None if file is None else str(file)
        self.place = place
        self.remedy = remedy
        located = ": ".join(part for part in (self.file, place, problem) if part)
        text = f"{located}; {remedy}" if remedy else located
        super().__init__(" ".join(text.split()))


class Cancelled(Exception):
    """The user asked a long job to stop; nothing was written, or its words say what was."""
