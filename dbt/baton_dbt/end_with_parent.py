"""Ends dbt when the program that started it is killed. Otherwise it would write while the next attempt writes."""

import ctypes
import os
import signal
import sys

# <sys/prctl.h>
PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Asks the kernel for SIGTERM when the parent ends. SIGTERM stops the run cleanly. Does nothing outside Linux."""
    if not sys.platform.startswith("linux"):
        return
    # the parent passes its process ID, because it may have been killed before this line
    parent = int(os.environ.get("BATON_PARENT_PID") or os.getppid())
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    # the parent may have been killed before prctl
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)
