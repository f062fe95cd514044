"""What concerns all tests."""

import signal

from tests import fuzzing


def pytest_configure():
    """Hear Ctrl-C, as the processes that tests start should: a shell's background has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish(session):
    """Let the tests that look for new failures share their time, however many they are."""
    fuzzing.targets = sum(item.get_closest_marker("fuzz") is not None for item in session.items)
