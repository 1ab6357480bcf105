"""What came of a sweep as tables: ``sweep.csv`` for programs, ``sweep.md`` for people."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from .space import Parameter
from .study import DONE, Trial


def as_csv(trials: Sequence[Trial], parameters: Sequence[Parameter], figure: str) -> str:
    """One row for each trial, in their order."""
    text = io.StringIO()
    names = [one.name for one in parameters]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["trial", "state", figure, "epochs", "seconds", *names, "same_as", "problem"])
    for trial in trials:
        values = [shown(trial.parameters.get(name)) for name in names]
        writer.writerow([trial.number, trial.state, trial.value, trial.epochs, trial.seconds, *values, trial.same_as, trial.problem])
    return text.getvalue()


def as_markdown(
    trials: Sequence[Trial],
    parameters: Sequence[Parameter],
    figure: str,
    importance: Mapping[str, float],
    command: str,
    *,
    more_is_better: bool,
) -> str:
    """The trials from the best to the worst, then those without result."""
    names = [one.name for one in parameters]
    sign = -1 if more_is_better else 1
    order = sorted(trials, key=lambda t: (t.state != DONE, t.value is None, sign * (t.value or 0.0), t.number))
    count = {state: sum(trial.state == state for trial in trials) for state in dict.fromkeys(trial.state for trial in order)}
    lines = [
        "# Sweep",
        "",
        f"`{command}`",
        "",
        f"{len(trials)} trials ({', '.join(f'{number} {state}' for state, number in count.items())}), judged by `{figure}` on validation: "
        f"{'more' if more_is_better else 'less'} is better. Validation chooses; it is no test (`scripts/benchmark.py`).",
        "",
        f"| trial | {figure} | state | epochs | {' | '.join(names)} |",
        f"|{'---|' * (4 + len(names))}",
    ]
    for trial in order:
        value = "–" if trial.value is None else f"{trial.value:.4f}"
        state = f"as {trial.same_as}" if trial.same_as is not None else trial.state
        lines.append(
            f"| {trial.number} | {value} | {state} | {trial.epochs} | {' | '.join(shown(trial.parameters.get(n)) for n in names)} |"
        )
    if importance:
        lines += ["", "How much each setting decides (shares of 1, by PED-ANOVA over the trials that came to their end):", ""]
        lines += [f"- `{name}`: {share:.2f}" for name, share in sorted(importance.items(), key=lambda item: -item[1])]
    failed = [trial for trial in trials if trial.problem]
    if failed:
        lines += ["", "Failed:", "", *(f"- {trial.number}: {trial.problem}" for trial in failed)]
    return "\n".join(lines) + "\n"


def shown(value: object) -> str:
    """A setting's value for a table."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value).strip('"')
