"""What concerns all tests."""

from tests import fuzzing


def pytest_collection_finish(session):
    """Let the tests that look for new failures share their time, however many they are."""
    fuzzing.targets = sum(item.get_closest_marker("fuzz") is not None for item in session.items)
