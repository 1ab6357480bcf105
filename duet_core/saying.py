"""Numbers and lists as people read them, the same in pages, sentences and terminals; and saying something to a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def percent(share: float) -> str:
    """ "58 %", "0.4 %", "< 0.1 %"."""
    return "0 %" if share == 0 else f"{100 * share:.0f} %" if share >= 0.0995 else f"{100 * share:.1f} %" if share >= 0.0005 else "< 0.1 %"


def duration(seconds: float) -> str:
    """ "41.5 s", "2 min 05 s", "1 h 02 min"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def clock(seconds: float) -> str:
    """A place in a take: "12.4 s", "1:12.4", "1:02:05.0"."""
    minutes, tenths = divmod(round(10 * seconds), 600)
    if not minutes:
        return f"{tenths / 10:.1f} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{tenths / 10:04.1f}" if hours else f"{minutes}:{tenths / 10:04.1f}"


def listed(words: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def sentence(text: str) -> str:
    """*text* with a capital and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def say(text: str) -> None:
    """Print *text*, with question marks for what the terminal cannot show."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        print(text.encode(encoding, "replace").decode(encoding), flush=True)
    except BrokenPipeError:  # the reader has seen enough (a pager, head); what is left goes nowhere, also at the process's end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
