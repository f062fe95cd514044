"""statsmodels, which has no penalties of this kind."""

from __future__ import annotations

from benchmarks.contracts import Answer, Coefficients, Contender


class Statsmodels(Contender):
    """``Logit`` with Newton's method."""

    name = "statsmodels"
    modules = ("statsmodels",)
    penalties = frozenset({"none"})
    sparse = False
    most_columns = 3_000

    def prepare(self, problem, table, penalties):
        import statsmodels.api as sm

        with_ones = sm.add_constant(table.X, prepend=True)

        def fit(tolerance):
            found = sm.Logit(table.y, with_ones).fit(method="newton", disp=0, tol=tolerance, maxiter=1000)
            return Answer((Coefficients.of(found.params[1:], found.params[0]),))

        return fit
