"""A contender in a process of its own answers, fails and is ended as it should."""

import os
import subprocess
import sys

import pytest
from benchmarks.contracts import Answer
from benchmarks.problems import PROBLEMS
from benchmarks.worker import ContenderError, TimeLimitError, Worker, timed

from benchmarks import tables, worker

PATIENCE = 60.0


@pytest.fixture
def asked(tmp_path):
    problem = PROBLEMS["B10"]
    tables.save(problem.make(tmp_path, True), tmp_path)
    made = Worker("logistica", problem.name, tmp_path)
    yield made
    made.end()


def test_it_answers_with_coefficients_seconds_and_memory(asked):
    reply = asked.ask(1e-10, 3, PATIENCE)
    assert reply.answer.coefficients[0].coef.shape == (1, 3)
    assert len(reply.seconds) == 3
    assert min(reply.seconds) > 0.0
    assert reply.memory >= 0


def test_an_error_is_its_answer_and_it_goes_on(asked):
    with pytest.raises(ContenderError, match="OptionError: tol=-1"):
        asked.ask(-1.0, 1, PATIENCE)
    assert asked.ask(1e-10, 1, PATIENCE).answer.coefficients


def test_it_is_ended_when_time_is_up_and_starts_again_when_asked(asked):
    asked.ask(1e-10, 1, PATIENCE)
    first = asked.process.pid
    assert os.getpgid(first) == first  # so that what it starts is ended with it
    with pytest.raises(TimeLimitError):
        asked.ask(1e-10, 1_000_000, 0.2)
    assert asked.process is None
    asked.ask(1e-10, 1, PATIENCE)
    assert asked.process.pid != first


def test_a_dead_process_is_an_error_of_its_contender(asked):
    asked.ask(1e-10, 1, PATIENCE)
    asked.process.kill()
    asked.process.join()
    with pytest.raises(ContenderError, match="died with exit code -9"):
        asked.ask(1e-10, 1, PATIENCE)


def test_it_warms_up_on_the_first_rows_and_what_fails_there_is_left_to_the_whole_table():
    sizes = []

    class Picky:
        ladder, first = (1e-1, 1e-2), None

        def prepare(self, problem, table, penalties):
            sizes.append((table.X.shape, len(table.y)))
            raise ValueError("too few rows")

    rows = worker.WARM_UP_ROWS
    table = tables.correlated(rows + 1, 2)
    worker.warm_up(Picky(), PROBLEMS["B1"], table, ())
    worker.warm_up(Picky(), PROBLEMS["B8"], table, ())  # from a file each fit is a new process
    assert sizes == [((rows, 2), rows)]


@pytest.mark.parametrize(("first", "tolerance"), [(None, 1e-1), (1e-6, 1e-6)])
def test_who_compiles_on_its_way_warms_up_further(first, tolerance):
    asked = []

    class Compiling:
        ladder = (1e-1, 1e-2)

        def prepare(self, problem, table, penalties):
            return asked.append

    Compiling.first = first
    worker.warm_up(Compiling(), PROBLEMS["B1"], tables.correlated(20, 2), ())
    assert asked == [tolerance]


def test_memory_does_not_count_what_only_prepared_the_table():
    if not os.access("/proc/self/clear_refs", os.W_OK):
        pytest.skip("the peak cannot be forgotten here")
    read = "import re; find = lambda which: int(re.search(which + r':\\s+(\\d+)', open('/proc/self/status').read())[1])"
    program = f"""
from benchmarks.worker import forget_peak
{read}
held = bytearray(2**28)
del held
before = find('VmHWM')
forget_peak()
assert find('VmHWM') < before - 2**17, (before, find('VmHWM'))
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_what_cannot_be_prepared_says_why(tmp_path):
    made = Worker("logistica", "B10", tmp_path / "nowhere")
    with pytest.raises(ContenderError, match="FileNotFoundError"):
        made.ask(1e-10, 1, PATIENCE)
    assert made.process is None


def test_enough_is_enough():
    answer, seconds = timed(lambda tolerance: Answer(()), 1e-1, 1000, enough=0.0)
    assert answer == Answer(())
    assert len(seconds) == 1


def test_a_contenders_own_clock_counts():
    _, seconds = timed(lambda tolerance: Answer((), seconds=7.0), 1e-1, 2, enough=worker.START)
    assert seconds == (7.0, 7.0)
