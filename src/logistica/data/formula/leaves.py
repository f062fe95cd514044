"""What the expressions of a formula are made of: columns of numbers, and columns of text compared with a text."""

from __future__ import annotations

from dataclasses import dataclass

from logistica.data.formula.tree import Call, Comparison, Name, Node, String, parts_of


@dataclass(frozen=True)
class Match:
    """Where a column of text or categories is one certain text: 1; elsewhere 0."""

    column: str
    text: str


Leaf = str | Match
"""What gives an expression its values: a column of numbers, by its name, or a match."""


def leaf_of(node: Node) -> Leaf | None:
    """Return the leaf that a node is; None where it is made of other nodes, or is a number."""
    match node:
        case Name(column):
            return column
        case Comparison("==" | "!=", Name(column), String(text)) | Comparison("==" | "!=", String(text), Name(column)):
            return Match(column, text)
        case _:
            return None


def leaves_in(node: Node) -> list[Leaf]:
    """Return the leaves of an expression, each once, in order; of a call those of its first argument."""
    found: dict[Leaf, None] = {}
    waiting = [node]
    while waiting:
        one = waiting.pop()
        leaf = leaf_of(one)
        if leaf is not None:
            found[leaf] = None
        else:
            parts = parts_of(one)
            waiting += reversed(parts[:1] if isinstance(one, Call) else parts)
    return list(found)


def column_names(node: Node) -> list[str]:
    """Return the columns that a variable is made of, each once, in order; words in its calls, as ``Sum``, are none."""
    return list(dict.fromkeys(leaf.column if isinstance(leaf, Match) else leaf for leaf in leaves_in(node)))
