"""Every sentence that the add-on may say of what happens (refusals, warnings, findings, reports), as templates read from the source.

Labels, tooltips and buttons are `texts`. A value within a sentence is ``{}`` here, whatever it is called: ``f"{frames} frames"`` and ``"{count} frames"`` are one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...duet_core.connections import KINDS
from ..wording import FIELD

ROOT = Path(__file__).resolve().parents[2]

HEARD = (
    "addon", "duet_core/formats", "duet_core/inference", "duet_core/rigs", "duet_core/skeletons", "duet_core/clip.py", "duet_core/files.py", "duet_core/quality.py",
    "duet_core/take.py", "duet_core/evaluation/tries.py", "duet_core/generation/bodies.py", "duet_core/generation/channels.py", "duet_core/generation/generator.py",
    "duet_core/generation/guided.py", "duet_core/generation/making.py", "duet_core/generation/runtime.py",
)  # fmt: skip
"""Folders and modules whose sentences a person in Blender may read. What only the command line and training run say stays English."""

NOT_HEARD = ("addon/commands", "addon/translations", "addon/pictures.py", "duet_core/inference/runtime")
"""Of them, what only the command line says, or of a model's damaged files."""

LISTS = {"warnings", "notes", "found"}
"""What lists of sentences are called; and, with a line before it, functions that return such lists."""

SAYING = {"said": 1, "counted": 3}
"""Functions that say a template, with how many of their arguments may be one."""

REFUSALS = {"InputError": ("problem", "place", "remedy"), "HoldsBoth": ("problem", "place", "remedy")}

BUILT = (
    "once", "{} times", "This duet is sound.", "x up", "x down", "y up", "y down", "z up", "z negative upwards", "Python {}, torch {}, no graphics card",
    "training ended with status {} and said nothing",
    "units taken as {}", "units taken as {} (legs of {} m)", "units unknown: 1 unit taken as {} m, so that the legs are those of an adult of {} m",
    "1 unit taken as {} m, so that the arms are an adult's", "metres", "centimetres", "millimetres", "inches", "ASF units",
    "window", "stride", "temperature", "amount", "seconds", "asked connection {}", "connections were not looked for: {}",
    *(f"{kind} of {{}} and {{}}" for kind in KINDS[1:]),
)  # fmt: skip
"""What is put together elsewhere and stands in a sentence as a value."""

Found = dict[str, str]
"""Template to where it stands, as ``"file:line"``."""


def sentences(root: Path = ROOT) -> Found:
    """All of them, of the project in *root*."""
    files = sorted(
        file
        for name in HEARD
        for file in (sorted((root / name).rglob("*.py")) if (root / name).is_dir() else [root / name])
        if not file.relative_to(root).as_posix().startswith(NOT_HEARD)
    )
    modules = {file.relative_to(root).as_posix(): _Module(ast.parse(file.read_text("utf-8"))) for file in files}
    shared = {name: values for module in modules.values() for name, values in module.given.items() if name.isupper()}
    found: Found = dict.fromkeys(BUILT, "BUILT")
    for name, module in modules.items():
        for line, template in module.said(shared):
            found.setdefault(template, f"{name}:{line}")
    return found


def normal(template: str) -> str:
    """*template* with its fields unnamed."""
    return FIELD.sub("{}", template)


def _assigned(nodes: Iterable[ast.AST]) -> dict[str, list[ast.expr]]:
    """What names are given in *nodes*."""
    given: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            both = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
            for name, value in zip(target.elts, node.value.elts, strict=False) if both else [(target, node.value)]:  # type: ignore[attr-defined]
                if isinstance(name, ast.Name):
                    given.setdefault(name.id, []).append(value)
    return given


class _Module:
    """One module: what its sentences are made of."""

    def __init__(self, tree: ast.Module) -> None:
        self._nodes = list(ast.walk(tree))
        self.given = self._given = _assigned(self._nodes)
        """What names stand for."""
        self._refusing = {**REFUSALS, **self._passing_on()}

    def said(self, shared: dict[str, list[ast.expr]]) -> Iterator[tuple[int, str]]:
        """(line, template); *shared* are the names of other modules."""
        self._given = shared | self.given
        for node in self._nodes:
            for expression, part in self._spoken(node):
                yield from ((expression.lineno, text) for text in self._ways(expression) if _is_sentence(text, part))

    def _passing_on(self) -> dict[str, tuple[str, ...]]:
        """Functions that make a refusal of their arguments: name to the parts, by their arguments' places (empty for other arguments)."""
        found: dict[str, tuple[str, ...]] = {}
        refuses = any(isinstance(node, ast.Call) and _name(node.func) in REFUSALS for node in self._nodes)
        for node in self._nodes if refuses else ():
            if not isinstance(node, ast.FunctionDef):
                continue
            arguments = [argument.arg for argument in [*node.args.args, *node.args.kwonlyargs] if argument.arg != "self"]
            used: dict[str, str] = {}
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and _name(call.func) in REFUSALS:
                    for part, value in _parts(call, REFUSALS[_name(call.func)]):
                        used |= {
                            one.id: part
                            for one in ast.walk(value)
                            if isinstance(one, ast.Name) and one.id in arguments and _whole(value, one)
                        }
            if used:
                found[node.name] = tuple(used.get(argument, "") + f"={argument}" for argument in arguments)
        return found

    def _spoken(self, node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
        """Expressions in *node* that are said, each as a ``"template"``, a ``"place"`` or any other part of a sentence."""
        if isinstance(node, ast.Call):
            name = _name(node.func)
            if name in self._refusing:
                yield from ((value, part) for part, value in _parts(node, self._refusing[name]))
            elif name in SAYING:
                first = 1 if name == "counted" else 0
                yield from ((value, "template") for value in node.args[first : SAYING[name]])
            elif name == "append" and isinstance(node.func, ast.Attribute) and _name(node.func.value) in LISTS:
                yield from ((value, "") for value in _leaves(node.args[0]))
            elif name == "_graded":
                yield node.args[-1], ""
            elif name in ("progress", "drawing"):
                yield from ((value, "template") for value in node.args[1:2])
            yield from ((leaf, "") for word in node.keywords if word.arg in LISTS for leaf in _leaves(word.value))
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(_name(target) in LISTS | {"changed"} for target in targets):
                yield from ((leaf, "") for leaf in _leaves(node.value))
        elif isinstance(node, ast.FunctionDef) and node.name in ("_warnings", "_doubts", "crowded", "update_duet"):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and inner.value is not None:
                    yield from ((leaf, "") for leaf in _leaves(inner.value))
                if isinstance(inner, ast.Call) and _name(inner.func) == "append":
                    yield inner.args[0], ""

    def _is_choice(self, node: ast.expr) -> bool:
        """Whether *node* is one thing or another, here or where its name was given."""
        given = self._given.get(node.id, []) if isinstance(node, ast.Name) else [node]
        return len(given) == 1 and isinstance(given[0], ast.IfExp)

    def _ways(self, node: ast.expr, depth: int = 0) -> list[str]:
        """The templates that *node* may be."""
        if depth > 5:
            return ["{}"]
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) else [] if node.value is None else ["{}"]
        if isinstance(node, ast.JoinedStr):
            ways = [""]
            for part in node.values:
                if isinstance(part, ast.Constant):
                    more = [str(part.value)]
                else:
                    assert isinstance(part, ast.FormattedValue)
                    # Ways to say it are told apart; all else is a value.
                    more = self._ways(part.value, depth + 1) if self._is_choice(part.value) else ["{}"]
                ways = [before + after for before in ways for after in more]
            return ways
        if isinstance(node, ast.IfExp):
            return [*self._ways(node.body, depth + 1), *self._ways(node.orelse, depth + 1)]
        if isinstance(node, ast.BoolOp):
            return [way for value in node.values for way in self._ways(value, depth + 1)]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return [a + b for a in self._ways(node.left, depth + 1) for b in self._ways(node.right, depth + 1)]
        if isinstance(node, ast.Subscript):  # a text cut short
            return self._ways(node.value, depth + 1) if isinstance(node.value, ast.JoinedStr) else ["{}"]
        if isinstance(node, ast.Name) and node.id in self._given:
            return [way for value in self._given[node.id] for way in self._ways(value, depth + 1)]
        return ["{}"]


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _parts(call: ast.Call, parts: tuple[str, ...]) -> Iterator[tuple[str, ast.expr]]:
    """(problem, place or remedy; expression) of a *call* whose arguments are *parts*."""
    by_name = {part.partition("=")[2] or part: part.partition("=")[0] for part in parts}
    positional = list(by_name) if "=" in "".join(parts) else ["problem"]
    given = [*zip(positional, call.args, strict=False), *((word.arg, word.value) for word in call.keywords if word.arg)]
    yield from ((by_name[name], value) for name, value in given if by_name.get(name))


def _whole(value: ast.expr, name: ast.Name) -> bool:
    """Whether *name* is all of *value*, and not one of the values in it."""
    return value is name or (isinstance(value, ast.BoolOp) and name in value.values)


def _leaves(node: ast.expr) -> Iterator[ast.expr]:
    """The sentences in an expression that is a list of them, or a pair of a number and one."""
    if isinstance(node, ast.List | ast.Tuple):
        for item in node.elts:
            yield from _leaves(item)
    elif isinstance(node, ast.Starred):
        yield from _leaves(node.value)
    elif isinstance(node, ast.ListComp):
        yield from _leaves(node.elt)
    elif isinstance(node, ast.IfExp):
        yield from _leaves(node.body)
        yield from _leaves(node.orelse)
    elif isinstance(node, ast.BinOp):
        yield from _leaves(node.left)
        yield from _leaves(node.right)
    elif isinstance(node, ast.JoinedStr | ast.Name) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        yield node


def _is_sentence(text: str, part: str) -> bool:
    """Whether *text* says anything in words: names of files' fields, options and lone values do not."""
    words = re.findall(r"[A-Za-z]{2,}", normal(text).replace("{}", " "))
    if part == "template":
        return bool(words)
    if part == "place":
        return bool(words) and ("{}" in text or " " in text or text.istitle() or text.startswith("--"))
    return len(words) >= 2 or (bool(words) and "{}" not in text and " " in text)
