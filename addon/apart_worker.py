"""A Python process of its own that finds connections and makes phrases for `apart`, which starts it as a script. It knows no Blender.

On stdin come orders, on stdout go answers, both one JSON object a line. Orders: ``{"number", "clip", "meta", "found", "rounded", "method", "window", "stride"}`` with
the file of the clip, the clip's meta and the files to write connections to; ``{"number", "order", "requests", "clip", "meta", "other", "about", "made", "found",
"rounded", "figures"}`` for a phrase, which goes to the file "made", and what its dancers look like to "figures"; and ``{"cancel": number}``. Answers:
``{"ready"}`` once; then, with the order's ``number``, ``{"share"}`` now and then and in the end one of ``{"asked", "known"}`` (done; windows that were looked at
anew, and that were known), ``{"meta", "asked", "answers", "notes"}`` (a phrase), ``{"cancelled"}``, ``{"wrong": {problem, file, place, remedy}}`` and
``{"failed": traceback}``. What models said of windows is kept from order to order. The process ends when stdin does, or when there was nothing to do for long.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

IDLE_SECONDS = 900.0
"""Without an order, after which the memory is given back."""

SHARES_SECONDS = 0.1
"""At least, between two answers that say how far it is."""


def load_core() -> str:
    """The core's package, whatever folder the extension lies in."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    spec = importlib.util.spec_from_file_location("duet_connections", os.path.join(root, "__init__.py"), submodule_search_locations=[root])
    assert spec
    sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    return f"{spec.name}.duet_core"


def made(
    core: str, order: dict[str, Any], clip: Any, kept: Any, progress: Callable[[float], None], cancelled: Callable[[], bool]
) -> dict[str, Any]:
    """Make a phrase, write it and its connections, and return the answer."""
    tries, making, requests, formats, duet_npz, figures = (
        importlib.import_module(f"{core}.{name}")
        for name in ("evaluation.tries", "generation.making", "generation.requests", "formats", "formats.duet_npz", "figures")
    )
    other = formats.read(order["other"]) if order["other"] else None
    wanted = [requests.Request(**row) for row in order["requests"]]
    one = tries.attempt(
        making.Order.from_dict(order["order"]),
        clip,
        wanted,
        other=other,
        **order["about"],
        kept=kept,
        progress=progress,
        cancelled=cancelled,
    )
    duet_npz.write(one.clip, order["made"])
    figures.figures(one.clip).save(Path(order["figures"]))
    if one.found is not None:
        one.found.save(order["found"])
        one.found.rounded().save(order["rounded"])
    return {
        "meta": dict(one.clip.meta),
        "asked": [request.to_dict() for request in one.asked],
        "answers": [[answer.confidence, answer.kind, answer.lag] for answer in one.answers],
        "notes": list(one.notes),
    }


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever prints must not come between the answers
    orders: queue.Queue[dict[str, Any]] = queue.Queue()
    cancelled: set[int] = set()

    def listen() -> None:
        for line in sys.stdin:
            order = json.loads(line)
            if "cancel" in order:
                cancelled.add(order["cancel"])
            else:
                orders.put(order)
        os._exit(0)  # whoever asked is gone

    def answer(**said: Any) -> None:
        answers.write(json.dumps(said) + "\n")
        answers.flush()

    threading.Thread(target=listen, daemon=True).start()
    core = load_core()
    models, formats, errors, update = (
        importlib.import_module(f"{core}.{name}") for name in ("inference.models", "formats", "errors", "inference.update")
    )
    kept = update.Kept()
    answer(ready=True)
    while True:
        try:
            order = orders.get(timeout=IDLE_SECONDS)
        except queue.Empty:
            os._exit(0)
        number, told = order["number"], 0.0

        def progress(share: float, number: int = number) -> None:
            nonlocal told
            if time.monotonic() > told + SHARES_SECONDS:
                told = time.monotonic()
                answer(number=number, share=float(share))

        def stopped(number: int = number) -> bool:
            return number in cancelled

        try:
            clip = (
                replace(formats.read(order["clip"]), meta=order["meta"]) if order["clip"] else None
            )  # which says where it truly comes from
            if "order" in order:
                answer(number=number, **made(core, order, clip, kept, progress, stopped))
                continue
            found = models.infer(
                clip, order["method"], window=order["window"], stride=order["stride"], kept=kept, progress=progress, cancelled=stopped
            )
            found.save(order["found"])
            found.rounded().save(order["rounded"])
            answer(number=number, asked=kept.asked, known=kept.known)
        except errors.Cancelled:
            answer(number=number, cancelled=True)
        except errors.InputError as error:
            wrong = {key: None if value is None else str(value) for key, value in vars(error).items()}
            answer(number=number, wrong=wrong)
        except Exception:
            answer(number=number, failed=traceback.format_exc())


if __name__ == "__main__":
    main()
