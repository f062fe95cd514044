"""Formulas: a small grammar of our own, in the notation of Wilkinson and Rogers (1973) as R extended it.

Nothing in a formula is ever run as code: it is parsed to a tree, and the tree may only name columns and a short list of
functions. Parsing takes bounded work, whatever the text.

``C(x)`` is a factor, ``C(x, Sum)`` one with contrasts: Treatment, Sum, Helmert or Poly. Every factor without them gets
Treatment contrasts, ordered categories too, to which R gives Poly: write ``C(x, Poly)`` for those. Where R's reading of
a formula would drop what was written, as of ``1*x``, it is refused; what is taken away after ``-`` is read as R reads
it, so that ``x - (z + 1)`` has no intercept.

What ``poly()``, ``bs()``, ``cr()``, ``center()`` and ``scale()`` learn, they learn from the rows in use, each as often
as it counts: by its frequency weight, or its trials, so that grouped data and their rows written out are one model (R
counts a row of ``cbind()`` once). Importance and sampling weights count no rows, as in R.
"""

from logistica.data.formula.grammar import parse
from logistica.data.formula.terms import Formula, expand
from logistica.data.formula.tree import Node, text_of

__all__ = ["Formula", "Node", "expand", "parse", "text_of"]
