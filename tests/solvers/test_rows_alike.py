"""Rows that are all alike: centred, nothing is left of them but rounding."""

import numpy as np
import pytest
from scipy import sparse

import logistica
from logistica.engines import NumpyEngine
from logistica.data.source import MemorySource
from logistica.data.arrays import matrix
from logistica.losses import loss_for
from logistica.objective import Coordinates, Objective
