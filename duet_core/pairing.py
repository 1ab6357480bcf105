"""Which of many pose files belong together: two files with one dancer each are a duet, a file with both is one by itself. Names alone are read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

_TOKEN = re.compile(r"[0-9]+|[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_]+")
_PAIRS = (
    {"a", "b"}, {"leader", "follower"}, {"lead", "follow"}, {"man", "woman"}, {"male", "female"}, {"m", "f"}, {"he", "she"}, {"first", "second"},
)  # fmt: skip
"""Words by which people tell two dancers apart."""
_PERSON = {"p", "person", "dancer", "subject", "performer", "player"}
"""Words before a number that counts people."""


def pairs(files: Sequence[Path]) -> list[tuple[Path, ...]]:
    """*files* as duets, each one file or two, in the order in which they were given.

    One file is a duet, and so are two. Of more, two belong together whose names differ in one word or number only, and that word tells two dancers
    apart in all of them: ``60_01.bvh`` and ``61_01.bvh``, ``61_02`` and ``60_02``. Where two places in the names would do, words for dancers
    (``lead`` and ``follow``, ``a`` and ``b``) decide, then the earlier place, as motion libraries write the subject before the take. A single pair
    among other files is believed by words for dancers, or by the number of a take that both share: ``monday`` and ``tuesday`` are two takes. A file
    without a partner is a duet of its own.
    """
    chosen = list(dict.fromkeys(files))
    if len(chosen) <= 2:
        return [tuple(chosen)] if chosen else []
    words = {file: _TOKEN.findall(_stem(file)) for file in chosen}
    best: list[tuple[Path, ...]] = []
    best_rank = (0, False, 0)
    for place in range(max(map(len, words.values()))):
        groups: dict[tuple[str, ...], list[Path]] = {}
        for file, own in words.items():
            if place < len(own):
                groups.setdefault((str(file.parent), *own[:place], "", *own[place + 1 :], *file.suffixes[-1:]), []).append(file)
        found = [tuple(group) for group in groups.values() if len(group) == 2]
        values = {words[file][place].lower() for group in found for file in group}
        if not found or len(values) != 2 or any(len(group) > 2 for group in groups.values()):
            continue
        people = values in _PAIRS or (place > 0 and all(words[file][place - 1].lower() in _PERSON for group in found for file in group))
        shared = [word for number, word in enumerate(words[found[0][0]]) if number != place]
        if len(found) == 1 and not people and not any(word.isdecimal() for word in shared):
            continue
        rank = (len(found), people, -place)
        if rank > best_rank:
            best, best_rank = found, rank
    partner = {file: group for group in best for file in group}
    return list(dict.fromkeys(partner.get(file, (file,)) for file in chosen))


def title(files: Sequence[Path]) -> str:
    """What a duet of *files* is called: their names without endings, what both share said once where only a word differs."""
    stems = list(dict.fromkeys(_stem(file).replace("_", " ") for file in files))
    return " and ".join(stems)


def _stem(file: Path) -> str:
    """The name before the first full stop that is not at its beginning."""
    name = file.name.lstrip(".")
    return name.split(".")[0] or name
