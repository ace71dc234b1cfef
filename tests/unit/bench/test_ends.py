"""A model that ends its process, or interrupts, does not end a bench run; the user does."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from evenfold.bench.ends import own_interrupts, refused_exit, watch_interrupts
from evenfold.errors import FitError, PluginError


def test_an_exit_is_an_error_that_names_the_model():
    end = os._exit
    with pytest.raises(PluginError, match=r"bad calls os\._exit\(0\)"), refused_exit("bad"):
        os._exit(0)
    assert end is os._exit


def test_another_thread_may_end_the_run(monkeypatch):
    """As that of pytest-timeout does where a test hangs."""
    codes = []
    monkeypatch.setattr(os, "_exit", codes.append)
    with refused_exit("good"):
        thread = threading.Thread(target=lambda: os._exit(1))
        thread.start()
        thread.join()
    assert [1] == codes


@pytest.mark.skipif(not hasattr(os, "fork"), reason="for systems with fork")
def test_a_forked_process_ends():
    with refused_exit("good"):
        child = os.fork()
        if child == 0:
            os._exit(7)
    assert 7 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture(params=[signal.default_int_handler, signal.SIG_IGN], ids=["raised", "ignored"])
def handler(request):
    """How an interrupt is handled: in a shell's background it is ignored."""
    before = signal.signal(signal.SIGINT, request.param)
    yield request.param
    assert signal.getsignal(signal.SIGINT) is request.param
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def watched(handler):
    restore = watch_interrupts()
    yield
    restore()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(0)], ids=["interrupt", "exit"])
@pytest.mark.usefixtures("watched")
def test_an_interrupt_of_a_model_is_its_failure(error):
    reason = r"KeyboardInterrupt by itself|sys\.exit\(0\)"
    with pytest.raises(FitError, match=reason), own_interrupts():
        raise error


@pytest.mark.skipif(os.name != "posix", reason="signals are others elsewhere")
@pytest.mark.parametrize("handler", [signal.default_int_handler], indirect=True)
@pytest.mark.usefixtures("watched")
def test_the_users_interrupt_is_one(handler):
    with pytest.raises(KeyboardInterrupt), own_interrupts():
        signal.raise_signal(signal.SIGINT)
