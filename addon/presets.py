"""What a user keeps to use again in other files: texts under names, in the user's own folder, by kind."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..duet_core.errors import InputError
from ..duet_core.files import written
from .preferences import user_folder

ENDING = ".json"

LOOKS, RIGS = "looks", "rigs"
"""Kinds: looks of threads, and lists of which bone stands for which place of the body."""


def folder(kind: str) -> Path:
    """Where this user's presets of *kind* lie."""
    return (user_folder() or Path(bpy.utils.user_resource("CONFIG", path="duet_connections"))) / kind


def names(kind: str) -> list[str]:
    """The names of this user's presets of *kind*."""
    return sorted(file.stem for file in folder(kind).glob(f"*{ENDING}"))


def save(kind: str, name: str, text: str) -> Path:
    """Keep *text* as the preset *name*; one of that name is replaced. Raises InputError where that cannot be."""
    clean = bpy.path.clean_name(name.strip(), replace="_")
    if not clean.strip("_."):
        raise InputError("a preset needs a name", remedy="give it one")
    file = folder(kind) / f"{clean}{ENDING}"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with written(file) as temporary:
            temporary.write_text(text, "utf-8")
    except OSError as error:
        raise InputError(f"cannot write here ({error.strerror})", file=file, remedy="free this folder") from None
    return file


def load(kind: str, name: str) -> tuple[str, Path]:
    """The text of the preset *name*, and its file. Raises InputError where there is none."""
    file = folder(kind) / f"{name}{ENDING}"
    try:
        return file.read_text("utf-8"), file
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("this preset cannot be read", file=file, remedy="save it again") from error


def remove(kind: str, name: str) -> None:
    """Delete the preset *name*. Raises InputError where that cannot be."""
    try:
        (folder(kind) / f"{name}{ENDING}").unlink()
    except OSError as error:
        raise InputError(f"this preset cannot be deleted ({error.strerror})", file=name, remedy="delete its file") from None
