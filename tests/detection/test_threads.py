"""Libraries that reckon with arrays keep to one thread while a model is fitted or scores."""

import sklearn.cluster  # noqa: F401 - brings two libraries with threads of their own
from threadpoolctl import threadpool_info, threadpool_limits

from surveillance.detection.threads import one_thread


def threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info()}


def test_there_is_one_thread_in_the_block_and_as_many_as_before_after_it() -> None:
    with threadpool_limits(2):
        assert threads() == {2}
        with one_thread():
            assert threads() == {1}
        assert threads() == {2}


def test_threads_that_somebody_asked_for_in_between_do_not_outlive_the_next_block() -> None:
    with one_thread():
        pass
    with threadpool_limits(2), one_thread():
        assert threads() == {1}
