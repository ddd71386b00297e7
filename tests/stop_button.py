"""The stop button, pressed once something has happened: by the clock it might come before what it is to stop, or after."""

import signal
import threading
from contextlib import contextmanager

_LOOK_S = 0.01


def press(number=signal.SIGINT):
    """The signal goes to the main thread, as the kernel's does."""
    signal.pthread_kill(threading.main_thread().ident, number)


@contextmanager
def pressed_once(happened):
    """Press it, within the block alone, as soon as this is so."""
    over = threading.Event()

    def watch():
        while not over.wait(_LOOK_S):
            if happened():
                press()
                return

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()
