"""How operators end when something is wrong: one sentence for the person, never a traceback."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import bpy

from ...duet_core.errors import Cancelled, InputError
from ..scene.namesakes import settle
from ..wording import refusal, said


def guarded(operator: bpy.types.Operator, action: Callable[[], object]) -> set[str]:
    """Call *action* and say FINISHED, or CANCELLED with a report of what it raised. Before it, duets that bear each other's names get their own.

    An `InputError` is the user's to mend and says how, and so is an error of the disk; anything else is a defect of ours, and its traceback goes to the
    console.
    """
    try:
        settle()
        action()
    except InputError as error:
        operator.report({"ERROR"}, refusal(error))
    except OSError as error:  # of the disk, the folder or the right to write, wherever it came up
        wrong = InputError(error.strerror or str(error), file=error.filename, remedy="free some room, or choose another folder")
        operator.report({"ERROR"}, refusal(wrong))
    except Cancelled:
        operator.report({"INFO"}, said("Cancelled; nothing was changed"))
    except Exception as error:
        traceback.print_exc()
        what = f"{type(error).__name__}: {error}"
        operator.report({"ERROR"}, said("A failure of Duet Connections ({what}); the console tells more, please report it", what=what))
    else:
        return {"FINISHED"}
    return {"CANCELLED"}
