"""The facts name the BLAS and its kernel, and what the environment sets."""

import json

from benchmarks import machine


def test_facts_name_the_blas_of_numpy_and_scipy_with_its_kernel():
    found = machine.facts()
    json.dumps(found, allow_nan=False)
    assert found["blas"]
    for one in found["blas"].values():
        assert {"library", "version", "architecture", "threads"} == set(one)
    assert {"when", "processor", "processors", "memory", "load", "python", "versions"} < set(found)


def test_what_chooses_kernels_or_threads_is_a_fact():
    environment = {"OPENBLAS_CORETYPE": "Haswell", "OMP_NUM_THREADS": "1", "HOME": "/", "LOGISTICA_COMPILED": "0"}
    assert machine.switches(environment) == {
        "LOGISTICA_COMPILED": "0",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_CORETYPE": "Haswell",
    }


def test_a_forced_kernel_is_warned_of():
    assert "OPENBLAS_CORETYPE=Haswell" in machine.warning({"OPENBLAS_CORETYPE": "Haswell"})
    assert machine.warning({"OPENBLAS_NUM_THREADS": "1"}) == ""
    assert machine.warning({"OPENBLAS_CORETYPE": ""}) == ""


def test_when_and_how_busy_do_not_make_another_machine():
    assert machine.same({"when": 1, "load": 2, "python": 3}, {"when": 4, "load": 5, "python": 3})
    assert not machine.same({"python": 3}, {"python": 4})
