"""Items made ahead come in order, with their errors in their turn, and see the context of who asked for them."""

import threading
import time
from contextvars import ContextVar

import pytest

from logistica.data.ahead import ahead

SEEN = ContextVar("seen", default="nothing")


def same(item):
    return item


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_all_items_in_order_from_another_thread_in_the_same_context(threads):
    token = SEEN.set("something")
    found = list(ahead(((i, threading.get_ident(), SEEN.get()) for i in range(100)), same, threads))
    SEEN.reset(token)
    assert [i for i, _, _ in found] == list(range(100))
    assert threading.get_ident() not in {thread for _, thread, _ in found}
    assert {seen for _, _, seen in found} == {"something"}


def test_slow_work_keeps_the_order():
    def work(i):
        time.sleep(0.01 * (i % 3 == 0))
        return i * i

    assert list(ahead(iter(range(30)), work, 4)) == [i * i for i in range(30)]


def test_work_runs_on_several_threads_at_once():
    meeting = threading.Barrier(3, timeout=10)
    assert list(ahead(iter(range(3)), lambda _: meeting.wait() >= 0, 3)) == [True] * 3


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_comes_after_the_items_before_it(threads):
    def failing():
        yield 1
        raise ValueError("here")

    items = ahead(failing(), same, threads)
    assert next(items) == 1
    with pytest.raises(ValueError, match="here"):
        next(items)


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_of_the_work_comes_in_its_turn(threads):
    items = ahead(iter([1, 2, 0, 4]), lambda i: 4 // i, threads)
    assert [next(items), next(items)] == [4, 2]
    with pytest.raises(ZeroDivisionError):
        next(items)


@pytest.mark.parametrize("threads", [1, 3])
def test_whoever_stops_leaves_no_thread(threads):
    before = threading.active_count()
    items = ahead(iter(range(100)), same, threads)
    assert next(items) == 0
    items.close()
    assert threading.active_count() == before
