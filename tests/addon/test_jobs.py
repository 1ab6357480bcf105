"""Jobs: work in a thread that the main thread pumps, and the same work at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from duet_connections.addon import jobs
from duet_connections.addon.operators.working import Working
from duet_connections.duet_core.errors import Cancelled, InputError


def pumped(job: jobs.Job, seconds: float = 5.0) -> None:
    until = time.monotonic() + seconds
    while not job.pump():
        assert time.monotonic() < until, "the job does not end"
        time.sleep(0.005)


def test_a_job_runs_in_a_thread_of_its_own_and_gives_its_result_after_the_pump_says_so() -> None:
    step = threading.Event()

    def work(progress: jobs.Progress, cancelled: object) -> str:
        progress(0.25, "a quarter")
        assert step.wait(5)
        return threading.current_thread().name

    job = jobs.Job("Counting", work)
    job.start()
    until = time.monotonic() + 5
    while job.share < 0.25 and time.monotonic() < until:
        time.sleep(0.001)
    assert (job.share, job.detail) == (0.25, "a quarter")
    assert jobs.current() is job
    assert not job.pump()
    step.set()
    pumped(job)
    assert jobs.current() is None
    assert job.result() == "Counting"


def test_a_cancelled_job_changes_nothing_and_says_so() -> None:
    def work(progress: jobs.Progress, cancelled: jobs.Asked) -> None:
        while not cancelled():
            time.sleep(0.001)
        raise Cancelled

    job = jobs.Job("Waiting", work)
    job.start()
    job.cancel()
    pumped(job)
    with pytest.raises(Cancelled):
        job.result()


def test_a_job_cancelled_too_late_still_counts_as_cancelled() -> None:
    job = jobs.Job("Quick", lambda progress, cancelled: 1)
    job.start()
    job.cancel()
    pumped(job)
    with pytest.raises(Cancelled):
        job.result()


def test_what_goes_wrong_in_the_thread_is_raised_where_the_result_is_asked() -> None:
    def work(progress: jobs.Progress, cancelled: jobs.Asked) -> None:
        raise InputError("no", remedy="yes")

    job = jobs.Job("Failing", work)
    job.start()
    pumped(job)
    with pytest.raises(InputError, match="no; yes"):
        job.result()
    assert jobs.current() is None


def test_one_job_at_a_time() -> None:
    step = threading.Event()
    first = jobs.Job("First", lambda progress, cancelled: step.wait(5))
    first.start()
    second = jobs.Job("Second", lambda progress, cancelled: None)
    with pytest.raises(InputError, match="First still runs"):
        second.start()
    step.set()
    pumped(first)
    second.start()
    pumped(second)


def test_blocking_work_gives_the_same_result_without_a_thread() -> None:
    assert jobs.Job("Here", lambda progress, cancelled: threading.current_thread()).run() is threading.current_thread()


def test_stopping_all_cancels_the_job_and_waits_for_it() -> None:
    ended = threading.Event()

    def work(progress: jobs.Progress, cancelled: jobs.Asked) -> None:
        while not cancelled():
            time.sleep(0.001)
        ended.set()

    jobs.Job("Endless", work).start()
    jobs.stop()
    assert ended.is_set()
    assert jobs.current() is None


def test_work_of_the_main_thread_is_done_in_short_turns_and_comes_to_its_end() -> None:
    done: list[int] = []

    def steps() -> Iterator[float]:
        for number in range(40):
            time.sleep(0.004)
            done.append(number)
            yield number / 40

    pace, longest, turns, work = jobs.Pace(), 0.0, 0, steps()
    while True:
        begun = time.perf_counter()
        ended = pace.take(work)
        longest, turns = max(longest, time.perf_counter() - begun), turns + 1
        if ended:
            break
    assert done == list(range(40))
    assert turns > 2
    assert longest < jobs.PREPARING_SECONDS[1]


def test_what_an_operator_makes_of_the_result_is_made_in_steps_too() -> None:
    made: list[str] = []

    class Operator(Working):
        def _begin(self, context: object) -> jobs.Job[str]:
            return jobs.Job("Counting", lambda progress, cancelled: "one")

        def _finish(self, context: object, result: str) -> Iterator[None]:
            made.append(result)
            yield
            made.append("two")

    assert Operator().execute(None) == {"FINISHED"}
    assert made == ["one", "two"]
