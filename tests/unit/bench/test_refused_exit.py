"""A model that ends its process does not end a bench run."""

from __future__ import annotations

import os

import pytest

from evenfold.bench.refused_exit import refused_exit
from evenfold.errors import PluginError


def test_an_exit_is_an_error_that_names_the_model():
    end = os._exit
    with pytest.raises(PluginError, match=r"bad calls os\._exit\(0\)"), refused_exit("bad"):
        os._exit(0)
    assert end is os._exit


@pytest.mark.skipif(not hasattr(os, "fork"), reason="for systems with fork")
def test_a_forked_process_ends():
    with refused_exit("good"):
        child = os.fork()
        if child == 0:
            os._exit(7)
    assert 7 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
