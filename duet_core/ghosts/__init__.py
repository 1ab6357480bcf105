"""Ghosts: a joint is hidden for a while and drawn again from what its own dancer shows before and after, and from what the partner does.

How much worse it is drawn without a connection is a reason to believe, or not to believe, that connection (`explain`); what is drawn can be
looked at (`ghost`). Nothing here knows how the connections were found.

``gaps`` bridges a gap from its edges, ``hearing`` says what a connection tells within a gap, ``fitting`` weighs what is told on other gaps than
those it is judged on, ``worth`` judges connections and ``drawing`` draws; ``table`` is the file.
"""

from .drawing import Ghost, ghost
from .table import save_csv
from .worth import Worth, beyond_chance, explain, worth_of

__all__ = ["Ghost", "Worth", "beyond_chance", "explain", "ghost", "save_csv", "worth_of"]
