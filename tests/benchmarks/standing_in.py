"""Made-up contenders, which answer at once what they are told to, and say that it took the seconds they are told."""

from dataclasses import dataclass, field

import numpy as np
from benchmarks.bench import Judge
from benchmarks.contracts import Answer, Coefficients, Contender, Goal, Penalty, Problem, Table
from benchmarks.entry import Effort, Entry
from benchmarks.worker import Reply, TimeLimitError

from benchmarks import bench
from logistica import fit

PENALTY = Penalty("ridge", 1.0)
EFFORT = Effort(turns=3, limit=100.0, longest=100.0, times=5.0, least=3.0, first=10.0)


def _data():
    rng = np.random.default_rng(5)
    return Table(rng.normal(size=(50, 2)), rng.permutation(np.arange(50) % 2))


DATA = _data()
PROBLEM = Problem("B0", "fifty rows", (Goal(2.0),), lambda folder, small: DATA, lambda data: (PENALTY,), columns=2)


def _optimum():
    model = fit(DATA.X, target=DATA.y, C=1.0, tol=0.0)
    return Coefficients.of(model.coef_, model.intercept_)


OPTIMUM = _optimum()


class Fake(Contender):
    """A contender in name; a stand-in answers for it."""

    modules = ()
    ladder = (1e-1, 1e-2, 1e-3)

    def __init__(self, name, *, ours=False, exact=None):
        self.name, self.ours, self.exact = name, ours, exact

    def prepare(self, problem, table, penalties):
        raise AssertionError("a stand-in answers")


@dataclass
class StandIn:
    """Answers at the distance from the optimum, and after the time, given for a tolerance; keeps a diary."""

    name: str
    away: dict
    took: dict
    diary: list = field(default_factory=list)

    def ask(self, tolerance, calls, seconds, enough=None):
        self.diary.append((self.name, tolerance, seconds))
        away, took = self.away[tolerance], self.took[tolerance]
        if isinstance(away, Exception):
            raise away
        if took * calls > seconds:
            raise TimeLimitError
        return Reply(Answer((Coefficients(OPTIMUM.coef + away, OPTIMUM.intercept),)), (took,) * calls, 1000)

    def end(self):
        self.diary.append((self.name, "ended", 0.0))

    def limits(self, tolerance):
        """Return the seconds that it was given for a tolerance, each time that it was asked."""
        return [seconds for _, asked, seconds in self.diary if asked == tolerance]


def entry(name, away, took=(1.0, 2.0, 3.0), *, ours=False, exact=None, diary=None):
    tolerances = Fake.ladder if exact is None else (*Fake.ladder, exact)
    away = dict(zip(tolerances, away, strict=True))
    took = dict(zip(tolerances, (*took, 4.0), strict=False))
    return Entry(Fake(name, ours=ours, exact=exact), StandIn(name, away, took, [] if diary is None else diary))


def ours(**changes):
    return entry("ours", (1e-2, 1e-8, 1e-9, 0.0), (0.5, 1.0, 1.5), ours=True, exact=0.0, **changes)


def run(*entries, problem=PROBLEM, absent=(), effort=EFFORT):
    judge = Judge(DATA, (PENALTY,))
    found = bench.find_reference(problem, list(entries), judge, effort)
    return bench.measure(problem, True, list(entries), dict(absent), judge, effort, found)
