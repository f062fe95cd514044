"""Items made ahead come in order, with their errors in their turn, and see the context of who asked for them."""

import threading
from contextvars import ContextVar

import pytest

from logistica.data.ahead import ahead

SEEN = ContextVar("seen", default="nothing")


def test_all_items_in_order_from_another_thread_in_the_same_context():
    token = SEEN.set("something")
    found = list(ahead((i, threading.get_ident(), SEEN.get()) for i in range(100)))
    SEEN.reset(token)
    assert [i for i, _, _ in found] == list(range(100))
    assert threading.get_ident() not in {thread for _, thread, _ in found}
    assert {seen for _, _, seen in found} == {"something"}


def test_an_error_comes_after_the_items_before_it():
    def failing():
        yield 1
        raise ValueError("here")

    items = ahead(failing())
    assert next(items) == 1
    with pytest.raises(ValueError, match="here"):
        next(items)


def test_whoever_stops_leaves_no_thread():
    before = threading.active_count()
    items = ahead(iter(range(100)))
    assert next(items) == 0
    items.close()
    assert threading.active_count() == before
