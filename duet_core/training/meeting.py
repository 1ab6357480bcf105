"""How the processes of a run find each other, be it for the first time or after some were killed and all were started again.

The store in which they leave their addresses may be older than they are: since 2.5 ``torchrun`` keeps one store through all restarts, and whoever
looks into it before the others have written finds the addresses of the dead (PyTorch issue 135712). ``$TORCHELASTIC_RESTART_COUNT`` does not tell the
rounds apart, since each machine counts its own. So the processes ask for each other's life first, and meet in a room that is theirs alone.
"""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch.distributed.distributed_c10d import Store

_POLL = 0.02


def meet(store: Store, rank: int, count: int) -> Store:
    """The part of *store* that only the *count* living processes of this round know; returns once all of them have come.

    Each process leaves a word that nobody used before, and the first answers it with the name of the room. A word of a process that has died is
    answered too, but nobody comes for the answer, and the word of the one that took its rank follows. A process whose others never come waits for good:
    its caller sets the limit.
    """
    from torch.distributed.distributed_c10d import PrefixStore

    word = uuid.uuid4().hex
    if rank:
        store.set(_word_of(rank), word)
        while not store.check([_answer_to(word)]):
            time.sleep(_POLL)
        room = store.get(_answer_to(word)).decode()
        store.set(_coming(room, rank), "")
    else:
        room = word
        answered: dict[int, str] = {}
        while missing := [other for other in range(1, count) if not store.check([_coming(room, other)])]:
            for other in missing:
                if store.check([_word_of(other)]) and (heard := store.get(_word_of(other)).decode()) != answered.get(other):
                    store.set(_answer_to(heard), room)
                    answered[other] = heard
            time.sleep(_POLL)
    return PrefixStore(f"duet/{room}", store)


def _word_of(rank: int) -> str:
    return f"duet/word/{rank}"


def _answer_to(word: str) -> str:
    return f"duet/answer/{word}"


def _coming(room: str, rank: int) -> str:
    return f"duet/coming/{room}/{rank}"
