"""The processes of one run, as ``torchrun`` starts them: which one this is, and what they tell each other. A run alone is a group of one, which says nothing.

All of them take the same steps with the same weights and come to the same decisions; the first one alone writes and prints. Gradients go over NCCL
between GPUs and over gloo between CPUs; the few numbers besides always over gloo. A run alone needs no torch here.
"""

from __future__ import annotations

import datetime
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import InputError
from ..launch import FAILED, UNUSABLE
from .meeting import meet

if TYPE_CHECKING:
    from torch import nn

T = TypeVar("T")
PATIENCE = datetime.timedelta(hours=1)
"""How long a process waits for another, which may be reading takes. One that has died is noticed at once."""
CONNECTING = float(os.environ.get("DUET_CONNECT_SECONDS", "120"))
"""Seconds in which all must have reached each other. One that gives up, since another ended meanwhile, is started again by
``torchrun --max-restarts``."""


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
        import torch
        from torch import distributed as dist

        total = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(total)
        return [float(value) for value in total.tolist()]

    def meet(self) -> None:
        """Return when all processes have come here. (A sum of no numbers is known at once: it waits for nobody.)"""
        if not self.alone:
            from torch import distributed as dist

            dist.barrier()

    def gathered(self, value: T) -> list[T]:
        """What each process has, in order."""
        if self.alone:
            return [value]
        from torch import distributed as dist

        found: list[Any] = [None] * self.count
        dist.all_gather_object(found, value)
        return found

    def of_the_first(self, value: T) -> T:
        """What the first process has."""
        if self.alone:
            return value
        from torch import distributed as dist

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
        from torch import nn

        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", FutureWarning
            )  # torch 2.13 has another name for broadcast_buffers, which older ones do not know
            # Some parameters have a share in some steps only: a head whose loss has no weight, a decoder while nothing is predicted.
            return nn.parallel.DistributedDataParallel(
                module, broadcast_buffers=False, find_unused_parameters=True, gradient_as_bucket_view=True
            )


def gradients_wait(module: nn.Module, last: bool) -> AbstractContextManager[Any]:
    """The context of a backward pass: gradients are added up here, and exchanged only with the *last* of a step."""
    wait = getattr(module, "no_sync", None)
    return nullcontext() if last or wait is None else wait()


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
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # it warns of unused parameters where there happen to be none
    import torch
    from torch import distributed as dist
    from torch.distributed.rendezvous import rendezvous

    processes = Processes(int(os.environ["RANK"]), count, int(os.environ.get("LOCAL_RANK", "0")), restarts)
    late = threading.Timer(CONNECTING, _give_up, (processes.rank,))
    late.daemon = True
    late.start()
    try:
        store, _, _ = next(rendezvous("env://", timeout=PATIENCE))
        dist.init_process_group(
            "cpu:gloo,cuda:nccl" if torch.cuda.is_available() and dist.is_nccl_available() else "gloo",
            store=meet(store, processes.rank, count),
            rank=processes.rank,
            world_size=count,
            timeout=PATIENCE,
        )
    except (RuntimeError, ValueError) as error:
        raise InputError(
            f"process {processes.rank} cannot reach the others ({_line(error)})",
            place="torchrun",
            remedy="check --rdzv-endpoint, the firewall, and GLOO_SOCKET_IFNAME where there are several networks",
        ) from None
    finally:
        late.cancel()
    try:
        yield processes
    except InputError:
        if processes.first:
            raise
        raise SystemExit(UNUSABLE) from None  # the first process says the same
    except RuntimeError as error:
        if not _is_loss(error):
            raise
        print(
            f"train: process {processes.rank} of {count} has lost another one and ends; the run goes on from its newest checkpoint with --resume, "
            "or of itself under torchrun --max-restarts",
            file=sys.stderr,
        )
        raise SystemExit(FAILED) from None
    finally:
        dist.destroy_process_group()


def _is_loss(error: RuntimeError) -> bool:
    """Whether *error* says that another process is gone: gloo has no class of its own for that."""
    from torch import distributed as dist

    text = str(error).lower()
    return isinstance(error, dist.DistError) or any(
        word in text for word in ("connection closed by peer", "connection reset", "gloo", "nccl")
    )


def _line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__


def _give_up(rank: int) -> None:
    """End this process, which waits within a library and hears nothing else."""
    print(
        f"train: process {rank} has not reached the others for {CONNECTING:.0f} s; start all again, with --resume",
        file=sys.stderr,
        flush=True,
    )
    os._exit(FAILED)
