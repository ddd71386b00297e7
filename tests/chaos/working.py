"""A worker of `make chaos`: a server of its own, a nursery of its own, and one seed after the other."""

import faulthandler
from contextlib import ExitStack

from chaos.cases import Case
from chaos.nursery import Nursery
from chaos.process import ChaosProcess, Handle
from chaos.runner import Verdict

_SEED_S = 240
"""A seed that takes longer hangs: its threads are shown, and all ends."""

_own: dict[str, object] = {}
"""A worker's own processes, for as long as it lives."""


def begin() -> None:
    """Start a worker's processes; they end with it."""
    stack = ExitStack()
    _own.update(stack=stack, handle=stack.enter_context(ChaosProcess()), nursery=stack.enter_context(Nursery()))


def live(case: Case) -> Verdict:
    """Run one seed, and come back whatever happens."""
    handle, nursery = _own["handle"], _own["nursery"]
    assert isinstance(handle, Handle)
    assert isinstance(nursery, Nursery)
    faulthandler.dump_traceback_later(_SEED_S, exit=True)
    try:
        return case.run(handle, nursery)
    except Exception as error:  # noqa: BLE001 - a crash is a violation with a name
        return Verdict(seed=case.number, named=case.kind, versions=case.versions, violations=[f"crashed: {error!r}"])
    finally:
        faulthandler.cancel_dump_traceback_later()
