"""Doors to the default generator that scripts open: its seed, its position, and blocks that leave it where it was."""

import pytest

import tinyreg as torch


def test_a_fork_leaves_the_generator_where_it_was():
    torch.manual_seed(1)
    expected = torch.rand(3).tolist()
    torch.manual_seed(1)
    with torch.random.fork_rng(devices=[], device_type="cuda"):
        assert torch.rand(3).tolist() == expected
        torch.manual_seed(5)
    assert torch.initial_seed() == 1 and torch.rand(3).tolist() == expected


def test_a_fork_that_is_switched_off():
    torch.manual_seed(1)
    with torch.random.fork_rng(enabled=False):
        torch.manual_seed(5)
    assert torch.initial_seed() == 5


def test_forks_nest_decorate_and_end_with_an_exception():
    @torch.random.fork_rng()
    def drawn(depth):
        torch.manual_seed(depth)
        if depth:
            drawn(depth - 1)
            assert torch.initial_seed() == depth
        return torch.rand(()).item()

    state = torch.get_rng_state()
    assert drawn(2) == drawn(2)
    with pytest.raises(ZeroDivisionError), torch.random.fork_rng():
        torch.manual_seed(9)
        raise ZeroDivisionError
    assert torch.get_rng_state() == state


def test_the_seed_that_is_told_is_the_one_of_the_block():
    torch.manual_seed(7)
    with torch.random.keyed(1, 2):
        inside = torch.initial_seed()
        assert inside == torch.default_generator().initial_seed() == torch.random.initial_seed()
    assert torch.initial_seed() == 7 != inside


def test_pytorchs_names_for_the_position():
    state = torch.random.get_rng_state()
    first = torch.rand(2).tolist()
    torch.random.set_rng_state(state)
    assert torch.rand(2).tolist() == first


@pytest.mark.parametrize("device", ["cpu", "cuda:1", torch.device("cpu")])
def test_a_generator_may_be_told_a_device(device):
    for generator in (torch.Generator(device=device), torch.Generator(device)):
        assert generator.manual_seed(3).initial_seed() == 3
        assert torch.rand(2, generator=generator).tolist() == torch.rand(2, generator=torch.Generator(3)).tolist()


def test_a_device_that_is_none_is_refused():
    with pytest.raises(RuntimeError, match="device: must be 'cpu', 'cuda' or 'cuda:<index>', got 'gpu'"):
        torch.Generator(device="gpu")
