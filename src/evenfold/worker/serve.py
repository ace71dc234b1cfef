"""A worker process: answers the messages of ``protocol.py`` until its input ends.

Messages come as JSON lines on standard input, and answers go to standard output. The worker ends
when its parent does, even in the middle of a fit.
"""

from __future__ import annotations

import gc
import json
import threading
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from queue import Queue
from time import monotonic

from evenfold.errors import EvenfoldError, FitError, Skip
from evenfold.worker import cores, fit_record, inference, train
from evenfold.worker.calibration import CPU, calibrate
from evenfold.worker.clock import Sampler, Workload
from evenfold.worker.cpu_time import children_seconds
from evenfold.worker.describe import describe_environment
from evenfold.worker.device import (
    Framework,
    backend_name,
    open_framework,
    requested_device,
    without_framework,
)
from evenfold.worker.engines.tensorflow.programs import Programs, use_programs
from evenfold.worker.error_text import describe_error, error_message
from evenfold.worker.fits import Fitter
from evenfold.worker.fold_files import read_fold
from evenfold.worker.pipes import read_lines, take_stdin, take_stdout
from evenfold.worker.plugin import require_complete
from evenfold.worker.process_state.guard import StateGuard
from evenfold.worker.protocol import (
    PROTOCOL,
    Answer,
    CalibrateMessage,
    CalibrateResult,
    ErrorReport,
    FitAnswer,
    FitMessage,
    FitResult,
    Greeting,
    Hello,
    LoadMessage,
    LoadResult,
    Message,
    PinMessage,
    PinResult,
    PrepareMessage,
    PrepareResult,
    SampleMessage,
    SampleResult,
)
from evenfold.worker.samplers import SAMPLERS, PredictionSampler, train_fully
from evenfold.worker.scratch import relative_path_hint
from evenfold.worker.study_fits import StudyFits, load_sent_model

# During a sample: the system reports the CPU time of other processes in steps of 0.01 s.
MOST_CHILDREN_SECONDS = 0.015


class Server:
    """Answers messages, and keeps what one message leaves for the next.

    Parameters
    ----------
    threads
        Threads of the framework; None leaves the number to it.
    determinism
        Whether the framework computes deterministically.
    folder
        Where to make the folders that models run in; None is the system's.
    """

    def __init__(self, threads: int | None, determinism: bool, folder: Path | None = None) -> None:
        """Import and build nothing yet."""
        self.folder = folder
        self.without_framework = partial(without_framework, threads, determinism)
        self.without_framework()  # before a model imports what reads the number of threads
        self.is_race = False
        self.guard = StateGuard(partial(self._open, threads, determinism))
        self.fitter = Fitter(threads, determinism)
        self.fitter.open_framework = self.guard.open_framework
        self.programs: Programs | None = None
        self.fits = StudyFits(self.fitter, self.guard, folder, self._keep_programs)
        self.sampler: Sampler | None = None
        self._race_folder = ExitStack()

    def answer(self, message: Message) -> Answer:
        """Do what a message asks for, and return the result or why there is none.

        After a model was loaded or fitted the process is as it was before, or the answer says what
        is not.
        """
        answer = self._answer(message)
        if "failed" in answer:
            answer["failed"] += relative_path_hint(answer["failed"], self.guard.user_folder)
        if message["do"] in ("load", "fit"):
            leftover = self.guard.finish()
            if leftover:
                fitted: FitAnswer = answer  # type: ignore[assignment]
                fitted["leftover"] = leftover
        return answer

    def _answer(self, message: Message) -> Answer:
        try:
            return self._dispatch(message)
        except Skip as skip:
            return {"skip": error_message(skip)}
        except EvenfoldError as error:
            return {"failed": _with_model(message, error_message(error)), "code": error.exit_code}
        # A message that goes wrong fails alone. Nobody but the model interrupts this process.
        except BaseException as error:
            return {
                "failed": _with_model(message, describe_error(error)),
                "code": FitError.exit_code,
            }

    def _open(self, threads: int | None, determinism: bool) -> Framework:
        if self.folder is not None and not self.is_race and backend_name() == "tensorflow":
            self.programs = use_programs(self.folder)
        return open_framework(threads, determinism, for_studies=not self.is_race)

    def _dispatch(self, message: Message) -> Answer:
        if message["do"] == "load":
            return self.load(message)
        if message["do"] == "fit":
            return self.fit(message)
        if message["do"] == "prepare":
            return self.prepare(message)
        if message["do"] == "pin":
            return self.pin(message)
        if message["do"] == "calibrate":
            return self.calibrate(message)
        if message["do"] == "sample":
            return self.sample(message)
        raise FitError(f"a worker of protocol {PROTOCOL} cannot do {message['do']!r}")

    def load(self, message: LoadMessage) -> LoadResult:
        """Run a model's file, and return what it states."""
        with self.guard.running(message["model"], self.folder):
            plugin = load_sent_model(message)
        return {"layout": plugin.model.layout, "epochs": plugin.model.epochs}

    def fit(self, job: FitMessage) -> FitResult:
        """Run one fit of a score study."""
        return self.fits.fit(job)

    def _keep_programs(self) -> None:
        if self.programs is not None:
            self.programs.save()

    def prepare(self, message: PrepareMessage) -> PrepareResult:
        """Make a contender of a race ready; if it is scored, with a fit of full length."""
        self.is_race = True
        self._race_folder.close()
        # It stays there for its samples; the folder is removed with the one that it lies in.
        self._race_folder.enter_context(self.guard.running(message["model"], self.folder))
        workload = self._workload(message)
        started = monotonic()
        full_fit = train_fully(workload) if message["scored"] else None
        trained = monotonic()
        sampler = SAMPLERS[message["measure"]](workload, full_fit)
        result: PrepareResult = {"device": workload.device}
        if full_fit is not None:
            made = monotonic()
            _score(result, full_fit, sampler)
            result["whole_seconds"] = trained - started + monotonic() - made
        require_complete(workload.plugin)
        self.sampler = sampler
        del full_fit
        # These objects stay: later collections need not scan a whole framework.
        gc.collect()
        gc.freeze()
        return result

    def pin(self, message: PinMessage) -> PinResult:
        """Keep every thread of this process on some cores."""
        cores.pin(message["cores"])
        return {}

    def calibrate(self, message: CalibrateMessage) -> CalibrateResult:
        """Find the repeats that make a sample long enough."""
        return {"repeats": calibrate(self._ready(), message["seconds"])}

    def sample(self, message: SampleMessage) -> SampleResult:
        """Take one sample."""
        sampler = self._ready()
        gc.collect()
        before = children_seconds() if sampler.workload.clock == CPU else None
        sample = sampler.take(message["repeats"])
        if before is not None and children_seconds() - before > MOST_CHILDREN_SECONDS:
            raise Skip(
                "it computes in other processes, whose CPU time is not its own: race it by "
                "wall time"
            )
        return {"nanoseconds": sample.nanoseconds, "units": sample.units}

    def _ready(self) -> Sampler:
        if self.sampler is None:
            raise FitError("nothing has been prepared")
        return self.sampler

    def _workload(self, message: PrepareMessage) -> Workload:
        plugin = load_sent_model(message)
        is_network = plugin.model.epochs is not None
        framework = self.guard.open_framework() if is_network else self.without_framework()
        layout = plugin.model.layout
        return Workload(
            plugin=plugin,
            fold=read_fold(message["folds"][layout], layout, message["n_classes"]),
            seed=message["seed"],
            framework=framework,
            device=requested_device(framework),
            clock=message["clock"],
            path=message["inference"],
            rows=message["rows"],
            delay=message["delay"],
            weights=Path(message["weights"]),
        )


def main() -> None:
    """Answer every line of standard input."""
    send = take_stdout()
    lines: Queue[str] = Queue()
    threading.Thread(target=read_lines, args=(take_stdin(), lines), daemon=True).start()
    hello: Hello = json.loads(lines.get())
    answer = _greet(hello)
    send(answer)
    if "error" in answer:
        return
    server = Server(hello["threads"], hello["determinism"], Path(hello["folder"]))
    while True:
        message = json.loads(lines.get())
        answered = {**server.answer(message), "nonce": message.get("nonce")}
        send({**answered, "key": message["key"]} if "key" in message else answered)


def _greet(hello: Hello) -> Greeting | ErrorReport:
    if hello.get("protocol") != PROTOCOL:
        return {
            "error": f"the worker speaks protocol {PROTOCOL}, its parent {hello.get('protocol')}: "
            "install one version of evenfold for both"
        }
    try:
        return {"protocol": PROTOCOL, **describe_environment(hello["packages"])}
    except EvenfoldError as error:
        return {"error": str(error)}


def _score(result: PrepareResult, fit: train.PreparedFit, sampler: Sampler) -> None:
    """Add the probabilities of a fit of full length to a result, and how Keras ran it."""
    workload = sampler.workload
    n_classes = workload.fold.task.n_classes
    result["jit_compile"] = fit_record.is_compiled(fit)
    x = inference.as_input(fit.model, workload.fold.x_test)
    predicted = inference.predict(fit.model, x, workload.framework, workload.device, n_classes)
    # A path that rounds the model has a score of its own.
    if isinstance(sampler, PredictionSampler) and not inference.is_exact(workload.path):
        expected, predicted = predicted, sampler.probabilities(x)
        name = workload.plugin.name
        result["difference"] = inference.agreement(workload.path, expected, predicted, name)
    result["probabilities"] = predicted.tolist()


def _with_model(message: Message, reason: str) -> str:
    """Return a reason with the name of the model that the message names, if it names one."""
    if "model" not in message:
        return reason
    name = str(message["model"])
    return reason if reason.startswith((f"{name}:", f"model {name} ")) else f"{name}: {reason}"


if __name__ == "__main__":
    main()
