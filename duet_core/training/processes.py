"""The processes of one run, as ``torchrun`` starts them: which one this is, and what they tell each other. A run alone is a group of one, which says nothing.

All of them take the same steps with the same weights and come to the same decisions; the first one alone writes and prints. Gradients go over NCCL
between GPUs and over gloo between CPUs; the few numbers besides always over gloo.
"""

from __future__ import annotations

import datetime
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch import distributed as dist

from ..errors import InputError
from ..launch import FAILED, UNUSABLE

T = TypeVar("T")
PATIENCE = datetime.timedelta(hours=1)
"""How long a process waits for another, which may be reading takes. One that has died is noticed at once."""


@dataclass(frozen=True)
class Processes:
    """Process number *rank* of *count*; number *local* of those on this machine. *restarts*: it may be started again by whoever started it."""

    rank: int = 0
    count: int = 1
    local: int = 0
    restarts: bool = False

    @property
    def first(self) -> bool:
        return self.rank == 0

    @property
    def alone(self) -> bool:
        return self.count == 1

    def sums(self, values: Sequence[float]) -> list[float]:
        """The sum over all processes of each of *values*."""
        if self.alone:
            return list(values)
        total = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(total)
        return [float(value) for value in total.tolist()]

    def gathered(self, value: T) -> list[T]:
        """What each process has, in order."""
        if self.alone:
            return [value]
        found: list[Any] = [None] * self.count
        dist.all_gather_object(found, value)
        return found

    def of_the_first(self, value: T) -> T:
        """What the first process has."""
        if self.alone:
            return value
        box: list[Any] = [value if self.first else None]
        dist.broadcast_object_list(box, src=0)
        return box[0]

    def agreed(self, action: Callable[[], T]) -> T:
        """The result of *action*. Where it cannot be done in some process all of them end, and the first of those says why.

        Raises:
            InputError: it cannot be done; of several processes, each ends with SystemExit instead.
        """
        if self.alone:
            return action()
        refused: InputError | None = None
        result: Any = None
        try:
            result = action()
        except InputError as error:
            refused = error
        says = self.gathered(refused is not None)
        if not any(says):
            return result
        if refused and says.index(True) == self.rank:
            print(f"train: {refused}", file=sys.stderr)
        raise SystemExit(UNUSABLE)

    def learners(self, module: nn.Module) -> nn.Module:
        """*module* such that gradients are those of all processes together; its output must be a sum over them."""
        if self.alone:
            return module
        # Some parameters have a share in some steps only: a head whose loss has no weight, a decoder while nothing is predicted.
        return nn.parallel.DistributedDataParallel(
            module, broadcast_buffers=False, find_unused_parameters=True, gradient_as_bucket_view=True
        )


def gradients_wait(module: nn.Module, last: bool) -> AbstractContextManager[None]:
    """The context of a backward pass: gradients are added up here, and exchanged only with the *last* of a step."""
    if last or not isinstance(module, nn.parallel.DistributedDataParallel):
        return nullcontext()
    return module.no_sync()


@contextmanager
def joined() -> Iterator[Processes]:
    """This process among those that ``torchrun`` started with it; alone where it did not.

    Raises:
        InputError: the others cannot be reached.
        SystemExit: another process has ended in the midst of it.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    restarts = "TORCHELASTIC_RUN_ID" in os.environ
    if count == 1:
        yield Processes(restarts=restarts)
        return
    processes = Processes(int(os.environ["RANK"]), count, int(os.environ.get("LOCAL_RANK", "0")), restarts)
    try:
        dist.init_process_group(
            "cpu:gloo,cuda:nccl" if torch.cuda.is_available() and dist.is_nccl_available() else "gloo", timeout=PATIENCE
        )
    except (RuntimeError, ValueError) as error:
        raise InputError(
            f"process {processes.rank} cannot reach the others ({_line(error)})",
            place="torchrun",
            remedy="check --rdzv-endpoint, the firewall, and GLOO_SOCKET_IFNAME where there are several networks",
        ) from None
    try:
        yield processes
    except InputError:
        if processes.first:
            raise
        raise SystemExit(UNUSABLE) from None  # the first process says the same
    except RuntimeError as error:
        if not _is_loss(error):
            raise
        print(f"train: process {processes.rank} of {count} has lost another one ({_line(error)})", file=sys.stderr)
        raise SystemExit(FAILED) from None
    finally:
        dist.destroy_process_group()


def _is_loss(error: RuntimeError) -> bool:
    """Whether *error* says that another process is gone: gloo has no class of its own for that."""
    text = str(error).lower()
    return isinstance(error, dist.DistError) or any(
        word in text for word in ("connection closed by peer", "connection reset", "gloo", "nccl")
    )


def _line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__


class SharedNorm(nn.BatchNorm1d):
    """Batch normalisation whose statistics in training are those of all processes' values: (N, C) → the same.

    torch's own SyncBatchNorm needs GPUs; this one works wherever the processes can talk.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.momentum is None or self.running_mean is None or self.running_var is None:
            return super().forward(x)
        from torch.distributed.nn.functional import all_reduce  # gradients flow through it

        values = x.float()
        sums = all_reduce(torch.cat([values.sum(dim=0), values.new_tensor([float(len(x))])]))
        count = sums[-1].detach()
        mean = sums[:-1] / count
        centred = values - mean
        variance = all_reduce(centred.square().sum(dim=0)) / count
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
            if self.num_batches_tracked is not None:
                self.num_batches_tracked.add_(1)
        normal = centred * torch.rsqrt(variance + self.eps)
        return (normal * self.weight + self.bias).to(x.dtype)


def share_norms(model: nn.Module) -> None:
    """Let every batch normalisation of *model* be a `SharedNorm`, with the weights that it has."""
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is nn.BatchNorm1d:
                shared = SharedNorm(child.num_features, child.eps, child.momentum)
                shared.load_state_dict(child.state_dict())
                for old, new in zip(child.parameters(), shared.parameters(), strict=True):
                    new.requires_grad_(old.requires_grad)
                setattr(parent, name, shared)
