"""Jobs: work in a thread that the main thread pumps, and the same work at once."""

from __future__ import annotations

import threading
import time

import pytest
from duet_connections.addon import jobs
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
