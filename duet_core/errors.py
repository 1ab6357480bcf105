"""The errors that users may see. Anything else that reaches a user is a defect of ours."""

from __future__ import annotations

from collections.abc import Callable
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
        super().__init__(self.said())

    def said(self, words: Callable[[str], str] = str) -> str:
        """The message in one line; place, problem and remedy each as *words* says them, such as in another language."""
        place, problem, remedy = (words(part) if part else "" for part in (self.place, self.problem, self.remedy))
        located = ": ".join(part for part in (self.file, place, problem) if part)
        return " ".join((f"{located}; {remedy}" if remedy else located).split())


class Cancelled(Exception):
    """The user asked a long job to stop; nothing was written, or its words say what was."""
