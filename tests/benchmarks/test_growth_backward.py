"""Backward is linear in the number of operations: counted, not timed."""

import gc

import pytest

import tinyreg
from benchmarks.growth.backward import COUNTED, GRAPHS, calls, tree
from tinyreg.autograd.function import Context


@pytest.mark.parametrize("graph", GRAPHS)
def test_twice_the_operations_are_twice_the_calls(graph):
    first, second, third = (calls(graph, length) for length in COUNTED)
    assert third - second == pytest.approx(2 * (second - first), abs=8), "but for a tree's one level more"
    assert second - first > 1000


@pytest.mark.parametrize("graph", GRAPHS)
def test_a_graph_has_as_many_operations_as_its_times_are_divided_by(graph):
    edges, seen = [GRAPHS[graph](tinyreg, 400).grad_fn], set()
    while edges:
        edge = edges.pop()
        if edge not in seen and isinstance(edge, Context):
            seen.add(edge)
            edges += edge.edges if isinstance(edge.edges, tuple) else [edge.edges]
    assert len(seen) in (399, 400)


def test_the_collector_sleeps_through_the_backward_of_a_wide_graph():
    """Half of the graph waits at once; an object of its own for each that waits would wake the collector again and again."""
    y, g, woken = tree(tinyreg, 20_000), tinyreg.ones(10), []

    def watch(phase, info):
        woken.append(info["generation"])

    gc.collect()
    gc.callbacks.append(watch)
    try:
        y.backward(g)
    finally:
        gc.callbacks.remove(watch)
    assert len(woken) <= 2
