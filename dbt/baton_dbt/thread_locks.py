"""Locks and a thread pool that need no operating system semaphores.

Lambda has no /dev/shm, where `multiprocessing` keeps its semaphores: creating one fails with Errno 38
(dbt-core issue 2992). dbt runs its nodes in threads of one process, so locks between threads are enough.
They are used everywhere, so that the code on a developer's machine is the code in Lambda.
"""

import multiprocessing
import multiprocessing.pool
import queue
import threading
from typing import Any, Callable, Iterable, Mapping, Optional


class ThreadContext:
    """The part of a `multiprocessing` context that dbt uses."""

    Lock = staticmethod(threading.Lock)
    RLock = staticmethod(threading.RLock)


class ThreadPool:
    """The part of `multiprocessing.pool.ThreadPool` that dbt uses, implemented with `queue` and `threading`.

    Callbacks run one at a time, as in the original, where a single thread handles results.
    """

    def __init__(
        self,
        processes: int,
        initializer: Optional[Callable[..., None]] = None,
        initargs: Iterable[Any] = (),
    ) -> None:
        self._tasks: queue.SimpleQueue = queue.SimpleQueue()
        self._callback_lock = threading.Lock()
        self._terminated = threading.Event()
        self._closed = False
        self._initializer = initializer
        self._initargs = tuple(initargs)
        self._workers = [
            threading.Thread(target=self._work, name=f"Thread-{number + 1} (worker)", daemon=True)
            for number in range(processes)
        ]
        for worker in self._workers:
            worker.start()

    def apply_async(
        self,
        func: Callable[..., Any],
        args: Iterable[Any] = (),
        kwds: Optional[Mapping[str, Any]] = None,
        callback: Optional[Callable[[Any], None]] = None,
    ) -> None:
        if self._closed:
            raise ValueError("Pool not running")
        self._tasks.put((func, tuple(args), dict(kwds or {}), callback))

    def close(self) -> None:
        """Accepts no more tasks. The workers end after the last one."""
        if not self._closed:
            self._closed = True
            for _ in self._workers:
                self._tasks.put(None)

    def terminate(self) -> None:
        """Discards the tasks that have not started."""
        self._terminated.set()
        self.close()

    def join(self) -> None:
        for worker in self._workers:
            worker.join()

    def _work(self) -> None:
        if self._initializer is not None:
            self._initializer(*self._initargs)
        while (task := self._tasks.get()) is not None:
            if self._terminated.is_set():
                continue
            func, args, kwds, callback = task
            result = func(*args, **kwds)
            if callback is not None:
                with self._callback_lock:
                    callback(result)


def use_thread_locks() -> None:
    """Replaces the context and the pool. Call before dbt is imported: its import creates a context."""
    multiprocessing.get_context = lambda method=None: ThreadContext()  # type: ignore[assignment]
    multiprocessing.pool.ThreadPool = ThreadPool  # type: ignore[misc,assignment]
