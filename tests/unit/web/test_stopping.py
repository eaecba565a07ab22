import asyncio
import os
import signal
import threading

import pytest

from bowerbird.web.stopping import told_of_stop


async def test_who_waits_is_told_and_the_loop_still_is() -> None:
    """A signal reaches both the handler that the server gave its loop and whoever asked to be told."""
    loop = asyncio.get_running_loop()
    served, told = asyncio.Event(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, served.set)
    try:
        with told_of_stop(lambda: loop.call_soon_threadsafe(told.set)):
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(asyncio.gather(served.wait(), told.wait()), 5)
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


def test_an_interrupt_still_interrupts() -> None:
    """Ctrl-C does what it did, and what handled it before handles it again afterwards."""
    # A shell's background jobs ignore it from the start.
    found, told = signal.signal(signal.SIGINT, signal.default_int_handler), threading.Event()
    try:
        with pytest.raises(KeyboardInterrupt), told_of_stop(told.set):
            os.kill(os.getpid(), signal.SIGINT)
        assert told.is_set()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, found)


def test_a_signal_that_nobody_handles_is_left_alone() -> None:
    """Else the process would no longer end by it."""
    with told_of_stop(lambda: None):
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_other_threads_change_nothing() -> None:
    """Only the main thread may handle signals."""
    seen: list[object] = []

    def work() -> None:
        with told_of_stop(lambda: None):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]
