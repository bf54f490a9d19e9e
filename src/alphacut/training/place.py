"""Where a training runs: one process, or one of several that torchrun started."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from ..errors import DeviceMissing
from .state import Course

PATIENCE = timedelta(hours=6)
"""How long the others wait while the leading process validates."""


def leads() -> bool:
    """Return whether this process is the one that validates, writes and speaks."""
    return int(os.environ.get("RANK", "0")) == 0


@dataclass(frozen=True, slots=True)
class Place:
    """One process's place among all.

    Attributes
    ----------
    rank, world : int
        Its number, and how many there are.
    device : torch.device
    """

    rank: int
    world: int
    device: torch.device

    @classmethod
    def here(cls) -> Place:
        """Return this process's place, from torchrun's environment where it set one."""
        rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
        if torch.cuda.is_available():
            device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
            torch.cuda.set_device(device)
        else:
            device = torch.device("cpu")
        if world > 1:
            distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
        return cls(rank, world, device)

    @property
    def leads(self) -> bool:
        """Whether it is the one that validates and writes."""
        return self.rank == 0

    def check(self, precision: str) -> None:
        """Refuse a precision that the device has not.

        Raises
        ------
        DeviceMissing
            f16 without a GPU.
        """
        if precision == "f16" and self.device.type != "cuda":
            raise DeviceMissing("run.precision f16", "needs a GPU, and torch sees none", "Take bf16 or f32.")

    def parallel(self, network: nn.Module) -> nn.Module:
        """Return the network so that all processes learn the same."""
        if self.world == 1:
            return network
        return DistributedDataParallel(network, find_unused_parameters=True)

    def mean(self, values: Mapping[str, float]) -> dict[str, float]:
        """Return the mean of each value over all processes."""
        if self.world == 1:
            return dict(values)
        total = torch.tensor(list(values.values()), dtype=torch.float64, device=self.device)
        distributed.all_reduce(total)
        return dict(zip(values, (total / self.world).tolist(), strict=True))

    def any(self, here: bool) -> bool:
        """Return whether it is so in any of the processes: they have to stop at the same step."""
        if self.world == 1:
            return here
        there = torch.tensor(float(here), device=self.device)
        distributed.all_reduce(there, distributed.ReduceOp.MAX)
        return bool(there)

    def agree(self, course: Course) -> None:
        """Let all processes know what the leading one's validation said, and wait for it."""
        if self.world > 1:
            said = [dataclasses.asdict(course)]
            distributed.broadcast_object_list(said, src=0)
            for name, value in said[0].items():
                setattr(course, name, value)

    def close(self) -> None:
        """Leave the group."""
        if self.world > 1:
            distributed.destroy_process_group()


def alone(network: nn.Module) -> AbstractContextManager[None]:
    """Return a context in which gradients are added up here and not sent yet to the other processes."""
    return network.no_sync() if isinstance(network, DistributedDataParallel) else nullcontext()
