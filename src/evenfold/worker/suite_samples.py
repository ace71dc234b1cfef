"""The stand-in for the ``benchmark`` fixture: hands the test's function to a sampler."""

from __future__ import annotations

import inspect
from functools import partial
from itertools import repeat
from typing import Any, Callable, Mapping, Sequence, Tuple

from evenfold.worker.calibration import CLOCKS, Sample
from evenfold.worker.protocol import Clock

Arguments = Tuple[Sequence[Any], Mapping[str, Any]]


class CallSampler:
    """Calls of a benchmark's function; what ``setup`` and ``teardown`` do is outside the clock.

    Parameters
    ----------
    function, args, kwargs
        The function and its arguments.
    clock
        ``wall`` or ``cpu``.
    setup, teardown
        Called before and after each call; ``setup`` may return other arguments.
    """

    is_warm = False

    def __init__(
        self,
        function: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        clock: Clock,
        setup: Callable[[], Any] | None = None,
        teardown: Callable[..., Any] | None = None,
    ) -> None:
        """Call nothing yet."""
        self.function = function
        self.arguments: Arguments = (args, kwargs)
        self.now = CLOCKS[clock]
        self.setup = setup
        self.teardown = teardown

    def take(self, repeats: int) -> Sample:
        """Take one sample of so many calls."""
        if self.setup is not None or self.teardown is not None:
            return Sample(sum(self._one()[0] for _ in range(repeats)), repeats)
        function, (args, kwargs) = self.function, self.arguments
        started = self.now()
        for _ in repeat(None, repeats):
            function(*args, **kwargs)
        return Sample(self.now() - started, repeats)

    def result(self) -> Any:
        """Call the function once more, and return its result."""
        return self._one()[1]

    def _one(self) -> tuple[int, Any]:
        args, kwargs = self.arguments
        other = None if self.setup is None else self.setup()
        if other is not None:
            args, kwargs = other
        started = self.now()
        value = self.function(*args, **kwargs)
        nanoseconds = self.now() - started
        if self.teardown is not None:
            self.teardown(*args, **kwargs)
        return nanoseconds, value


def is_lazy(function: Callable[..., Any]) -> bool:
    """Whether a call of a function only makes something that runs later."""
    while isinstance(function, partial):
        function = function.func
    made = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
    return any(is_made(function) for is_made in made)


class BenchmarkStandIn:
    """What a test gets as its ``benchmark`` fixture.

    It is called as that of pytest-benchmark is, without its results: ``stats`` is None, as with
    ``--benchmark-disable``.

    Parameters
    ----------
    run
        Called with a sampler: it takes samples until the harness has enough.
    clock
        ``wall`` or ``cpu``.
    """

    enabled = False
    stats = None

    def __init__(self, run: Callable[[CallSampler], None], clock: Clock) -> None:
        """Sample nothing yet."""
        self._run = run
        self._clock = clock
        self._is_used = False
        self.group: str | None = None
        self.extra_info: dict[str, Any] = {}

    def __repr__(self) -> str:
        return "benchmark"

    def __call__(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Sample the function, and return its result."""
        return self._sampled(CallSampler(function, args, kwargs, self._clock))

    def pedantic(
        self,
        target: Callable[..., Any],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        setup: Callable[[], Any] | None = None,
        teardown: Callable[..., Any] | None = None,
        rounds: int = 1,
        warmup_rounds: int = 0,
        iterations: int = 1,
    ) -> Any:
        """Sample the target with its set-up; numbers of rounds and iterations are the harness's."""
        own = dict(kwargs or {})
        return self._sampled(CallSampler(target, args, own, self._clock, setup, teardown))

    def weave(self, *_: Any, **__: Any) -> None:
        """Refuse: a function that is woven in is called by others.

        Raises
        ------
        RuntimeError
            Always.
        """
        raise RuntimeError("benchmark.weave cannot be raced: call benchmark(function)")

    patch = weave

    def _sampled(self, sampler: CallSampler) -> Any:
        if self._is_used:
            raise RuntimeError("benchmark is called twice in one test: call it once")
        if is_lazy(sampler.function):
            raise RuntimeError(
                "its function is a coroutine or a generator, whose call runs none of its code: "
                "benchmark a function that runs it, as with asyncio.run"
            )
        self._is_used = True
        self._run(sampler)
        return sampler.result()
