"""How fast a model trains: windows a second, where the time goes, and how near the machine's matrix products it comes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from ..model import losses
from ..model.gumbel import sampled_gates
from ..model.nri import NeuralRelationalInference
from ..model.settings import ModelSettings
from ..skeletons import by_name

FRAMES, TEACHER = 8, 5
CASES = {"3+3": (3, 512, 3000.0), "6+6": (6, 256, None), "29+29": (29, 16, 250.0)}
"""Joints of each dancer, windows in a batch, and the windows a second that are to be reached on two cores (None: only told)."""
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def measure(rounds: int = 3, seconds: float = 1.5) -> dict[str, Any]:
    """Each case in each precision, *rounds* times *seconds*, taking turns so that a busy machine slows all alike."""
    trials = {(case, precision): Trial(*CASES[case][:2], PRECISIONS[precision]) for case in CASES for precision in PRECISIONS}
    taken: dict[tuple[str, str], list[float]] = {key: [] for key in trials}
    for _ in range(rounds):
        for key, trial in trials.items():
            taken[key] += _repeated(trial.step, seconds)
    flops = {precision: product_rate(dtype) for precision, dtype in PRECISIONS.items()}
    results = []
    for (case, precision), trial in trials.items():
        fastest, median = (len(trial.positions) / f(taken[case, precision]) for f in (min, statistics.median))
        each = trial.flops() / len(trial.positions)
        results.append(
            {
                "joints": case,
                "candidates": 2 * CASES[case][0] ** 2,
                "precision": precision,
                "batch": len(trial.positions),
                "windows_per_second": median,
                "windows_per_second_fastest": fastest,
                "wanted": CASES[case][2],
                "megaflop_per_window": each / 1e6,
                "bound_by_matrix_products": flops[precision] / each,
                "shares": trial.shares(),
            }
        )
    return {
        "frames": FRAMES,
        "hidden": 64,
        "encoder": "gcn",
        "decoder": "gcn_lstm",
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "matrix_products_gigaflop_per_second": {precision: rate / 1e9 for precision, rate in flops.items()},
        "cases": results,
    }


class Trial:
    """A model of *joints* joints for each dancer, and one batch that it learns over and over: what the data say does not change the cost."""

    def __init__(self, joints: int, batch: int, dtype: torch.dtype) -> None:
        torch.manual_seed(0)
        tree = by_name("hybrik-29").parents if joints == 29 else tuple(range(-1, joints - 1))
        self.parents = torch.tensor(tree)
        wander = torch.randn(batch, FRAMES, 2, joints, 3).cumsum(dim=1) * 0.02 + torch.randn(joints, 3) * 0.3
        self.positions = wander + torch.tensor([[0.0, 0.0, 1.0], [0.9, 0.3, 1.0]])[:, None]
        self.model = NeuralRelationalInference(ModelSettings(encoder="gcn", decoder="gcn_lstm", hidden=64, frames=FRAMES))
        self.optimiser = torch.optim.AdamW(self.model.parameters(), fused=True)
        self.prior = losses.sparse_prior(3)
        self.precision: Callable[[], Any] = lambda: torch.autocast("cpu", dtype, enabled=dtype != torch.float32)

    def loss(self) -> Tensor:
        with self.precision():
            output = self.model(self.positions, self.parents, 0.5, teacher=TEACHER)
        assert output.prediction is not None and output.prediction.log_variance is not None
        nll = losses.gaussian_nll(output.prediction.positions, self.positions[:, 1:], output.prediction.log_variance)
        return nll + losses.kl_loss(losses.kl_of_edges(output.posterior, self.prior))

    def step(self) -> None:
        loss = self.loss()
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()

    def flops(self) -> int:
        """Of the matrix products of one step, forwards and backwards."""
        with FlopCounterMode(display=False) as counter:
            self.loss().backward()
        return int(counter.get_total_flops())

    def shares(self, repeats: int = 5) -> dict[str, float]:
        """Share of the time that each part takes, forwards and backwards: the backward pass is cut at the gates."""
        spent = {"encoder": 0.0, "gates and losses": 0.0, "decoder": 0.0, "optimiser": 0.0}
        for _ in range(repeats):
            clock = _Clock(spent)
            self.optimiser.zero_grad()
            with self.precision():
                posterior = self.model.encode(self.positions, self.parents)
                cut = posterior._replace(types=_leaf(posterior.types), lags=None if posterior.lags is None else _leaf(posterior.lags))
                clock("encoder")
                gates = sampled_gates(cut.types, 0.5)
                open_gates = _leaf(gates)
                clock("gates and losses")
                prediction = self.model.decode(self.positions, self.parents, cut, open_gates, teacher=TEACHER)
                clock("decoder")
            assert prediction.log_variance is not None
            nll = losses.gaussian_nll(prediction.positions, self.positions[:, 1:], prediction.log_variance)
            kl = losses.kl_loss(losses.kl_of_edges(cut, self.prior))
            clock("gates and losses")
            nll.backward()
            clock("decoder")
            kl.backward()
            gates.backward(open_gates.grad)
            clock("gates and losses")
            kept = [(whole, leaf.grad) for whole, leaf in ((posterior.types, cut.types), (posterior.lags, cut.lags)) if leaf is not None]
            torch.autograd.backward([w for w, _ in kept if w is not None], [g for _, g in kept])
            clock("encoder")
            self.optimiser.step()
            clock("optimiser")
        total = sum(spent.values())
        return {name: value / total for name, value in spent.items()}


def product_rate(dtype: torch.dtype, size: int = 1024) -> float:
    """Floating-point operations a second that a large matrix product reaches here."""
    a, b = torch.randn(size, size).to(dtype), torch.randn(size, size).to(dtype)
    with torch.no_grad():
        return float(2 * size**3 / min(_repeated(lambda: torch.mm(a, b), 0.5)))


def as_markdown(result: dict[str, Any]) -> str:
    """The table of `measure`, with what is to be reached and what the machine's matrix products would allow."""
    lines = [
        f"# Training: encoder {result['encoder']}, decoder {result['decoder']}, hidden {result['hidden']}, windows of {result['frames']} frames",
        "",
        f"Forward, backward and optimiser step on {result['threads']} threads, torch {result['torch']}. The bound is what this machine's large matrix",
        "products would allow if nothing else took time.",
        "",
        "| joints | candidates | precision | windows/s (median) | fastest step | wanted | bound | MFLOP a window | encoder | gates, losses | decoder | optimiser |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for case in result["cases"]:
        shares = " | ".join(f"{100 * share:.0f} %" for share in case["shares"].values())
        wanted = "–" if case["wanted"] is None else f"{case['wanted']:.0f}"
        lines.append(
            f"| {case['joints']} | {case['candidates']} | {case['precision']} | {case['windows_per_second']:.0f} | "
            f"{case['windows_per_second_fastest']:.0f} | {wanted} | {case['bound_by_matrix_products']:.0f} | "
            f"{case['megaflop_per_window']:.1f} | {shares} |"
        )
    return "\n".join([*lines, ""])


def _leaf(x: Tensor) -> Tensor:
    return x.detach().requires_grad_()


def _repeated(action: Callable[[], object], seconds: float) -> list[float]:
    """Seconds of each run of *action*, after two that do not count, for about *seconds*."""
    action()
    action()
    taken: list[float] = []
    while sum(taken) < seconds or len(taken) < 3:
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return taken


class _Clock:
    """Adds the time since it was last asked to the part that is named."""

    def __init__(self, spent: dict[str, float]) -> None:
        self.spent, self.last = spent, time.perf_counter()

    def __call__(self, part: str) -> None:
        now = time.perf_counter()
        self.spent[part] += now - self.last
        self.last = now
