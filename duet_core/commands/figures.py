"""How every benchmark's figures leave: a JSON file and a Markdown table that both say when and on what machine they were taken."""

from __future__ import annotations

import datetime
import json
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..files import written


def publish(name: str, out: Path, measured: dict[str, Any], as_markdown: Callable[[dict[str, Any]], str]) -> None:
    """Write *measured* to ``NAME.json`` and its table to ``NAME.md`` in *out*, and print the table."""
    taken = {"benchmark": name, "date": datetime.datetime.now(datetime.UTC).date().isoformat(), "machine": machine()}
    table = f"{as_markdown(measured)}\n{taken['date']}, {taken['machine']}\n"
    data, text = out / f"{name}.json", out / f"{name}.md"
    with written(data) as path:
        path.write_text(json.dumps({**taken, **measured}, indent=2) + "\n", "utf-8")
    with written(text) as path:
        path.write_text(table, "utf-8")
    print(table)
    print(f"written: {data}, {text}")


def machine() -> str:
    """The machine in words, without its name."""
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}, NumPy {np.__version__}"
