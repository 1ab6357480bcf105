"""``python -m duet_core.procedural OUT.duet.npz``: make the sample duet again."""

from __future__ import annotations

import sys

from ..errors import InputError
from ..formats import duet_npz
from ..launch import UNUSABLE, Parser
from .duet import sample


def main() -> int:
    parser = Parser(prog="python -m duet_core.procedural", description="Make the bundled sample duet.")
    parser.add_argument("out", metavar="OUT.duet.npz")
    try:
        duet_npz.write(sample(), parser.parse_args().out)
    except InputError as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
