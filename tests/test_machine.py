"""A process may use less than the machine has: processor masks and control groups are heeded."""

import os

import pytest

from initbench.machine import available_cores, available_memory

GB = 2**30
VERSION_1 = "12:cpu,cpuacct:/job/7\n9:memory:/job/7\n0::/\n"
VERSION_2 = "0::/job/7\n"


@pytest.fixture
def system(tmp_path, monkeypatch):
    """Return a writer of a system's files, of which the machine has 16 cores and 64 GB."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(16)), raising=False)

    def write(files):
        meminfo = {"proc/meminfo": f"MemTotal: 1 kB\nMemAvailable: {64 * GB // 1024} kB\n"}
        for name, text in {**meminfo, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return tmp_path

    return write


def test_a_machine_without_limits_is_used_as_it_is(system):
    """Without control groups, the mask and the free memory count."""
    root = system({})
    assert available_cores(root) == 16
    assert available_memory(root) == 64 * GB


@pytest.mark.parametrize(
    ("quota", "cores"),
    [("400000 100000\n", 4), ("150000 100000\n", 2), ("10000 100000\n", 1), ("max 100000\n", 16)],
)
@pytest.mark.parametrize("place", ["", "job/", "job/7/"])
def test_quotas_of_the_second_version_count_wherever_they_stand(system, quota, cores, place):
    """The group itself and all above it may limit, and a part of a core is one."""
    root = system({"proc/self/cgroup": VERSION_2, f"sys/fs/cgroup/{place}cpu.max": quota})
    assert available_cores(root) == cores


def test_quotas_of_the_first_version_count(system):
    """Their files are others, and -1 is no limit."""
    folder = "sys/fs/cgroup/cpu/job/7/"
    files = {"proc/self/cgroup": VERSION_1, f"{folder}cpu.cfs_period_us": "100000\n"}
    assert available_cores(system({**files, f"{folder}cpu.cfs_quota_us": "300000\n"})) == 3
    assert available_cores(system({**files, f"{folder}cpu.cfs_quota_us": "-1\n"})) == 16


@pytest.mark.parametrize(
    ("groups", "folder", "limit", "usage", "cached"),
    [
        (VERSION_2, "", "memory.max", "memory.current", "inactive_file"),
        (
            VERSION_1,
            "memory/",
            "memory.limit_in_bytes",
            "memory.usage_in_bytes",
            "total_inactive_file",
        ),
    ],
)
def test_available_memory_respects_control_groups(system, groups, folder, limit, usage, cached):
    """Its limit less its use; files that are only cached are as good as free."""
    place = f"sys/fs/cgroup/{folder}job/7/"
    files = {"proc/self/cgroup": groups, f"{place}{usage}": f"{3 * GB}\n"}
    full = system({**files, f"{place}{limit}": f"{8 * GB}\n"})
    assert available_memory(full) == 5 * GB
    assert available_memory(system({f"{place}memory.stat": f"{cached} {GB}\n"})) == 6 * GB
    assert available_memory(system({f"{place}{limit}": "max\n"})) == 64 * GB


def test_an_exhausted_group_leaves_no_memory(system):
    """Less than nothing is nothing."""
    files = {"sys/fs/cgroup/memory.max": "1\n", "sys/fs/cgroup/memory.current": "5\n"}
    assert available_memory(system({"proc/self/cgroup": "0::/\n", **files})) == 0


def test_this_machine_has_some_of_both():
    """Whatever it is."""
    assert 1 <= available_cores() <= (os.cpu_count() or 1)
    assert available_memory() is None or available_memory() > 0
