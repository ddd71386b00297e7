"""Workers: the analyst's own cluster, or processes on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scimrecon.errors import CompareError

if TYPE_CHECKING:
    from distributed import Client, Future


@contextmanager
def connect_workers(client: Client | None, folder: Path) -> Iterator[Client]:
    """Lend a cluster: the one given, or else a process a core on this machine, until the end.

    Its processes listen on the loopback alone, talk to who has their key alone, and show no pages: another user of the machine
    must neither send them work nor look on.

    Parameters
    ----------
    client
        The analyst's, or None.
    folder
        Where local workers may put what they cannot hold.

    Raises
    ------
    CompareError
        Dask is not installed, `client` is none, or no process can be started.
    """
    try:
        import dask
        import distributed
        from dask.system import CPU_COUNT
    except ImportError:
        raise CompareError("comparing at scale needs Dask: pip install 'scimrecon[scale]'") from None
    if client is not None:
        if not isinstance(client, distributed.Client):
            raise CompareError(f"client is a distributed.Client, not {type(client).__name__}.")
        yield client
        return
    loopback = "127.0.0.1:0"
    quiet: dict[str, list[str]] = {"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(quiet))
        try:
            cluster = distributed.LocalCluster(
                n_workers=CPU_COUNT, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=loopback,
                worker_dashboard_address=loopback, security=distributed.Security.temporary(), local_directory=str(folder),
                silence_logs="CRITICAL",
            )  # fmt: skip
            stack.enter_context(cluster)
        except RuntimeError as error:
            raise CompareError(
                f"the processes that compare did not start: {error} Each runs the script's lines once more: put what it does "
                'below if __name__ == "__main__":, or give scale.compare(…, client=…).'
            ) from error
        yield stack.enter_context(distributed.Client(cluster))


def run_tasks(
    client: Client, doing: str, function: Callable[..., Any], each: Sequence[tuple[Any, ...]], *shared: Any
) -> list[Any]:
    """Call a function on the workers, with each of these arguments and those they share; the answers in order.

    Raises
    ------
    CompareError
        Workers died of a task. What a task raises is raised as it is, with a note on which it was.
    """
    return _gather(client, doing, [client.submit(function, *own, *shared, pure=False) for own in each])


def run_delayed(
    client: Client, doing: str, function: Callable[..., Any], each: Sequence[tuple[Any, ...]], *shared: Any
) -> list[Any]:
    """As `run_tasks`, where some of the arguments are Dask's own, yet to be computed."""
    from dask.delayed import delayed

    task = delayed(function, pure=False)
    return _gather(client, doing, client.compute([task(*own, *shared) for own in each]))


def _gather(client: Client, doing: str, futures: list[Future[Any]]) -> list[Any]:
    from distributed import as_completed
    from distributed.scheduler import KilledWorker

    place = {future.key: at for at, future in enumerate(futures)}
    answers: list[Any] = [None] * len(futures)
    try:
        for future in as_completed(futures):
            at, wrong = place[future.key], future.exception()
            if isinstance(wrong, KilledWorker):
                raise CompareError(
                    f"{doing} {at + 1} of {len(futures)}: workers died of it, for want of memory perhaps. "
                    "Give the machine more, or ask for smaller parts: scale.compare(…, partitions=…)."
                ) from wrong
            if wrong is not None:
                wrong.add_note(f"While {doing} {at + 1} of {len(futures)}.")
                raise wrong
            answers[at] = future.result()
    finally:
        client.cancel([future for future in futures if not future.done()])
    return answers
