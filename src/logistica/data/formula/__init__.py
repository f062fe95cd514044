"""Formulas: a small grammar of our own, in the notation of Wilkinson and Rogers (1973) as R extended it.

Nothing in a formula is ever run as code: it is parsed to a tree, and the tree may only name columns and a short list of
functions. Parsing takes bounded work, whatever the text.
"""

from logistica.data.formula.grammar import parse
from logistica.data.formula.terms import Formula, expand
from logistica.data.formula.tree import Node, text_of

__all__ = ["Formula", "Node", "expand", "parse", "text_of"]
