"""The machine: how many cores and how much memory this process may use.

A container or a batch job often gets a part of a machine, which the system states in its control
groups (version 1 and 2) and in the processor mask, and not in the number of processors.
"""

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path("/")


def available_cores(root: Path = ROOT) -> int:
    """Return the number of cores that this process may use, at least one.

    `root`: root of the file system.
    """
    mask = getattr(os, "sched_getaffinity", None)
    cores = len(mask(0)) if mask else os.cpu_count() or 1
    return max(1, min([cores, *map(math.ceil, _quotas(root))]))


def available_memory(root: Path = ROOT) -> int | None:
    """Return the memory in bytes that this process may still use, or None if it is unknown."""
    known = [*_free_memory(root), *_free_in_groups(root)]
    return max(0, min(known)) if known else None


def _free_memory(root: Path) -> list[int]:
    """Return the free memory of the machine or, if that is unknown, its total memory."""
    for line in _lines(root / "proc/meminfo"):
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return [int(value.split()[0]) * 1024]
    try:
        return [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    except (AttributeError, ValueError, OSError):
        return []


def _free_in_groups(root: Path) -> Iterator[int]:
    """Yield the free memory of each control group of this process; cached files count as free."""
    names = (
        ("memory.max", "memory.current", "inactive_file"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    )
    for folder in _groups(root, "memory"):
        for limit_name, usage_name, cached_name in names:
            limit, usage = _number(folder / limit_name), _number(folder / usage_name)
            if limit is not None and usage is not None:
                cached = dict(line.split() for line in _lines(folder / "memory.stat"))
                yield limit - usage + int(cached.get(cached_name, 0))


def _quotas(root: Path) -> Iterator[float]:
    """Yield the number of cores that each control group of this process allows."""
    for folder in _groups(root, "cpu"):
        for line in _lines(folder / "cpu.max"):
            quota, _, period = line.partition(" ")
            if quota != "max":
                yield int(quota) / int(period)
        quota_us = _number(folder / "cpu.cfs_quota_us")
        period_us = _number(folder / "cpu.cfs_period_us")
        if quota_us is not None and period_us and quota_us > 0:
            yield quota_us / period_us


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """Yield the folders of the control groups that this process is in, with those above them."""
    for line in _lines(root / "proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        top = root / "sys/fs/cgroup" / (controller if controllers else "")
        own = top / path.strip("/")
        yield from (folder for folder in (own, *own.parents) if folder.is_relative_to(top))


def _number(path: Path) -> int | None:
    """Return the number that a file holds; None where it holds none, such as ``max``."""
    text = "".join(_lines(path)).strip()
    return int(text) if text.lstrip("-").isdecimal() else None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
