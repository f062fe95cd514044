"""Who takes part: a file for each library, and here the list."""

from __future__ import annotations

from benchmarks.contenders import files, glmnet, glum, liblinear, ours, scikit_learn, skglm, snapml, statsmodels
from benchmarks.contracts import Contender

ALL: tuple[Contender, ...] = (
    *ours.ALL,
    *files.ALL,
    *scikit_learn.ALL,
    glum.Glum(),
    snapml.SnapML(),
    skglm.Skglm(),
    liblinear.Liblinear(),
    statsmodels.Statsmodels(),
    glmnet.Glmnet(),
)
CONTENDERS = {contender.name: contender for contender in ALL}
