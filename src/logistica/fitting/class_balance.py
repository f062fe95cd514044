"""What a user wants done about classes of unequal size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from logistica.core.checks import checked_bool, checked_choice, checked_number
from logistica.core.errors import OptionError

BALANCED = "balanced"
RESAMPLE = ("over", "under")


@dataclass(frozen=True)
class ClassBalance:
    """What is done about classes of unequal size.

    Attributes
    ----------
    class_weight : mapping of label to float, "balanced" or None, default None
        What the weights of each class's rows are multiplied by; labels left out count 1. "balanced": so that all
        classes weigh the same, and the total stays.
    resample : {"over", "under"} or None, default None
        Over-sampling repeats rows of the smaller classes, as evenly as possible, until all have as many as the largest;
        under-sampling leaves out rows of the larger ones, at random.
    restore_prevalence : bool, default False
        Whether the intercepts are found again on the rows as they are, so that the mean probability of each class is
        its share of them.
    """

    class_weight: Mapping[Any, float] | str | None = None
    resample: str | None = None
    restore_prevalence: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.class_weight, Mapping):
            for label, weight in self.class_weight.items():
                checked_number(f"class_weight[{label!r}]", weight, "a finite number above 0", above=0.0)
        elif self.class_weight is not None and not (
            isinstance(self.class_weight, str) and self.class_weight == BALANCED
        ):
            raise OptionError(
                f"class_weight={self.class_weight!r}: it must be 'balanced', or weights by label, such as"
                " {0: 1, 1: 5}"
            )
        if self.resample is not None:
            checked_choice("resample", self.resample, RESAMPLE)
            if self.class_weight is not None:
                raise OptionError("class_weight= and resample= both balance the classes. Pass one of them")
        if checked_bool("restore_prevalence", self.restore_prevalence) and not self.active:
            raise OptionError(
                "restore_prevalence=True undoes what class_weight= or resample= does to the intercepts. Pass one of"
                " them"
            )

    @property
    def active(self) -> bool:
        """Whether anything is done."""
        return bool(self.class_weight) or self.resample is not None
