"""Models are loaded in a worker: what a file does there ends in one message that names it."""

from __future__ import annotations

import os

import pytest

from builders.models import ESTIMATOR
from evenfold.errors import PluginError, UsageError
from evenfold.plugins.sources import read_sources
from evenfold.runtime.interpreters import Interpreter
from evenfold.runtime.model_info import ModelInfo, ModelReader, read_model_infos
from evenfold.runtime.pool import WorkerConfig
from evenfold.runtime.worker_process import WorkerProcess

STR_RAISES = "class Odd(Exception):\n    def __str__(self): raise ValueError\nraise Odd\n"


@pytest.fixture
def read(tmp_path):
    """Reads the infos of files by name and content."""

    def run(texts, timeout=None):
        models = {}
        for name, text in texts.items():
            (tmp_path / f"{name}.py").write_text(text)
            models[name] = read_sources(tmp_path / f"{name}.py")
        return read_model_infos(models, WorkerConfig(timeout=timeout))

    return run


def test_files_state_layout_and_epochs(read, capfd):
    """Neither what one prints nor the folder that it changes to is the harness's."""
    here = os.getcwd()
    network = "from evenfold import Model\nMODEL = Model(len, layout='sequence', epochs=3)\n"
    texts = {"a": "import os\nprint('hello')\nos.chdir('/')\n" + ESTIMATOR, "b": network}
    assert {"a": ModelInfo("flat", None), "b": ModelInfo("sequence", 3)} == read(texts)
    assert here == os.getcwd()
    assert "" == capfd.readouterr().out


def test_a_file_is_run_once_and_again_where_it_has_changed(tmp_path):
    runs, file = tmp_path / "runs", tmp_path / "net.py"
    text = f"open({str(runs)!r}, 'a').write('x')\n" + ESTIMATOR
    with ModelReader(WorkerConfig()) as reader:
        for content, expected in ((text, "x"), (text, "x"), (text + "# changed\n", "xx")):
            file.write_text(content)
            assert {"net": ModelInfo("flat", None)} == reader.infos({"net": read_sources(file)})
            assert expected == runs.read_text()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import os\nos._exit(0)\n", "its process ended: exit code 0"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", "ended: signal 11"),
        ("while True: pass\n", "no answer within 1 s"),
        ("raise KeyboardInterrupt\n", "KeyboardInterrupt"),
        ("class Own(BaseException): pass\nraise Own('no')\n", "Own: no"),
        (STR_RAISES, "raised Odd at import: its message cannot be shown"),
        ("raise ValueError('x' * 10**7)\n", "raised ValueError at import: xxx"),
        ("x = 1\n", "has no MODEL"),
    ],
)
def test_a_file_that_misbehaves_is_named(read, text, message):
    timeout = 1 if "while" in text else None
    with pytest.raises(PluginError, match=rf"(?s)bad.*{message}") as raised:
        read({"good": ESTIMATOR, "bad": text}, timeout)
    assert len(str(raised.value)) < 2000


def test_a_python_that_says_nothing_is_waited_for_once(tmp_path, monkeypatch):
    """The worker that was started meanwhile is not started again after it has failed."""
    silent, starts = tmp_path / "python", tmp_path / "starts"
    silent.write_text(f"#!/bin/sh\necho x >> {starts}\nsleep 600\n")
    silent.chmod(0o755)
    monkeypatch.setattr(WorkerProcess.greet, "__defaults__", (1.0,))
    with ModelReader(WorkerConfig(Interpreter("x", silent))) as reader:
        reader.start()
        with pytest.raises(UsageError, match="cannot be used: no answer within 1 s"):
            reader.environment()
    assert "x\n" == starts.read_text()
