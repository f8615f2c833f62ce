"""Arrays that are used again: the same memory for the same shape, and blocks that cover all rows once."""

import numpy as np
import pytest

from benchmarks.libraries.by_hand.memory import Memory, blocks


def test_a_name_gives_the_same_array_until_its_shape_changes():
    memory = Memory("float32")
    first = memory.empty("y", (2, 3))
    assert first.dtype == np.float32 and memory.empty("y", (2, 3)) is first
    assert memory.empty("y", (3, 2)) is not first
    assert memory.empty("kept", (2,), bool).dtype == bool


def test_zeros_are_written_once():
    memory = Memory("float64")
    frame = memory.zeros("frame", (3,))
    frame[1] = 5
    assert memory.zeros("frame", (3,)).tolist() == [0, 5, 0] and memory.zeros("frame", (2,)).tolist() == [0, 0]


def test_a_smaller_block_is_a_part_of_the_larger():
    memory = Memory("float32")
    large = memory.block("d", (4, 5))
    small = memory.block("d", (2, 5))
    assert small.shape == (2, 5) and np.shares_memory(small, large)
    assert memory.block("d", (5, 5)).size == 25


def test_ones_grow():
    memory = Memory("float32")
    assert memory.ones(2).tolist() == [1, 1] and memory.ones(4).tolist() == [1] * 4 and memory.ones(3).tolist() == [1] * 3


@pytest.mark.parametrize("rows, row_size, size", [(5, 4, 8), (5, 4, 1), (6, 1, 6), (7, 2, 100)])
def test_blocks_cover_all_rows_once(rows, row_size, size):
    parts = blocks(rows, row_size, size)
    assert [row for part in parts for row in range(part.start, part.stop)] == list(range(rows))
    assert len(parts) == -(-rows // max(1, size // row_size))
