"""Ends dbt when the program that started it is killed: an orphan would go on writing beside its successor."""

import ctypes
import os
import signal
import sys

# <sys/prctl.h>
PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Asks the kernel for SIGTERM when the parent ends, which stops the run in order. Linux only; elsewhere nothing."""
    if not sys.platform.startswith("linux"):
        return
    # who started us says who it is: it may have been killed before this line
    parent = int(os.environ.get("BATON_PARENT_PID") or os.getppid())
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    # or before the kernel was asked
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)
