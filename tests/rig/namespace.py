"""A network of one's own: addresses, ports and bridges that no other test run sees."""

from __future__ import annotations

import ctypes
import os
import subprocess

CLONE_NEWNET = 0x40000000
"""From <sched.h>; Python has `os.unshare` from 3.12 on."""


def enter_own_network() -> None:
    """Leave the network namespace for a new one that leads nowhere, with whatever this thread starts from here on."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), f"no network namespace: {os.strerror(ctypes.get_errno())}")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
