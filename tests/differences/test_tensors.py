"""Tensors, dtypes and arithmetic: where tinyreg does not do what PyTorch does."""

import numpy as np
import pytest

import tinyreg


def test_raw_arrays():
    x = tinyreg.ones(2, requires_grad=True)
    assert type(x.array) is np.ndarray and x.array is x.array


def test_raw_arrays_in_pytorch(torch):
    assert not hasattr(torch.ones(2), "array")
    with pytest.raises(RuntimeError, match="Use tensor.detach"):
        torch.ones(2, requires_grad=True).numpy()


def turned(t):
    x = t.ones(2, 3)
    x.t().view(6)[0] = 5
    return x.sum().item()


def test_views_that_no_strides_describe():
    assert turned(tinyreg) == 6  # it wrote into a copy


def test_views_that_no_strides_describe_in_pytorch(torch):
    with pytest.raises(RuntimeError, match="view size is not compatible"):
        turned(torch)


def array_times_tensor(t):
    return np.full(2, 3.0) * t.ones(2, requires_grad=True)


def test_arrays_on_the_left():
    product = array_times_tensor(tinyreg)
    assert isinstance(product, tinyreg.Tensor) and product.requires_grad and product.tolist() == [3, 3]


def test_arrays_on_the_left_in_pytorch(torch):
    with pytest.raises((RuntimeError, TypeError)):
        array_times_tensor(torch)


def test_numpy_functions():
    with pytest.raises(TypeError, match="does not support ufuncs"):
        np.exp(tinyreg.zeros(2))


def test_numpy_functions_in_pytorch(torch):
    assert np.exp(torch.zeros(2)).tolist() == [1, 1]


def test_turned_arrays():
    assert tinyreg.from_numpy(np.arange(3)[::-1]).tolist() == [2, 1, 0]


def test_turned_arrays_in_pytorch(torch):
    with pytest.raises(ValueError, match="negative"):
        torch.from_numpy(np.arange(3)[::-1])


def test_copies_by_tensor():
    x = tinyreg.ones(2)
    assert tinyreg.tensor(x) is not x  # a warning would be an error here


def test_copies_by_tensor_in_pytorch(torch):
    with pytest.warns(UserWarning, match="To copy construct from a tensor"):
        torch.tensor(torch.ones(2))


def test_dtypes():
    x = tinyreg.ones(1)
    assert x.dtype == np.float32 and str(x.dtype) == "float32" and isinstance(tinyreg.float32, np.dtype)


def test_dtypes_in_pytorch(torch):
    x = torch.ones(1)
    assert x.dtype != np.float32 and str(x.dtype) == "torch.float32" and x.dtype.is_floating_point


def test_printed_names():
    x = tinyreg.ones(1, dtype=tinyreg.float64)
    assert f"{x!r} {x.shape}" == "tensor([1.], dtype=tinyreg.float64) Size([1])"


def test_printed_names_in_pytorch(torch):
    x = torch.ones(1, dtype=torch.float64)
    assert f"{x!r} {x.shape}" == "tensor([1.], dtype=torch.float64) torch.Size([1])"


def test_printed_selections():
    assert repr(tinyreg.tensor([3, 5]).max(0)) == "Selection(values=tensor(5), indices=tensor(1))"


def test_printed_selections_in_pytorch(torch):
    assert repr(torch.tensor([3, 5]).max(0)) == "torch.return_types.max(\nvalues=tensor(5),\nindices=tensor(1))"


def divided_integer(t):
    return (t.tensor([5]) // 0).item(), (t.tensor([5]) % 0).item()


def test_integers_divided_by_0():
    with np.errstate(divide="ignore"):
        assert divided_integer(tinyreg) == (0, 0)


def test_integers_divided_by_0_in_pytorch(torch):
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        divided_integer(torch)


def compared(t):
    x = t.tensor([200], dtype=t.uint8)
    return (x > -2).item(), (x == -56).item()


def test_unsigned_numbers_beside_negative_ones():
    assert compared(tinyreg) == (True, False)


def test_unsigned_numbers_beside_negative_ones_in_pytorch(torch):
    assert compared(torch) == (False, True)


def beside_wide_numbers(t):
    x = t.tensor([1], dtype=t.int8)
    return (x == 257).item(), x.clamp(max=300).item()


def test_numbers_that_the_dtype_cannot_hold():
    assert beside_wide_numbers(tinyreg) == (False, 1)


def test_numbers_that_the_dtype_cannot_hold_in_pytorch(torch):
    assert (torch.tensor([1], dtype=torch.int8) == 257).item()
    with pytest.raises(RuntimeError, match="cannot be converted to type int8_t without overflow"):
        beside_wide_numbers(torch)


def scaled(t):
    one = t.tensor([1])
    return t.addcmul(one, one, one, value=2.5).item()


def scaled_product(t):
    one = t.tensor([1])
    return t.addmv(one, t.tensor([[1]]), one, beta=0.5).item()


def scaled_products(t):
    one = t.tensor([[[1]]])
    return t.baddbmm(one, one, one, alpha=1.5).item()


def test_fractions_of_integers():
    with pytest.raises(RuntimeError, match="addcmul: value must be an integer for integer tensors, got value=2.5"):
        scaled(tinyreg)
    with pytest.raises(RuntimeError, match="addmv: beta and alpha must be integers for integer tensors, got beta=0.5, alpha=1"):
        scaled_product(tinyreg)
    with pytest.raises(RuntimeError, match="baddbmm: beta and alpha must be integers for integer tensors, got beta=1, alpha=1.5"):
        scaled_products(tinyreg)


def test_fractions_of_integers_in_pytorch(torch):
    assert (scaled(torch), scaled_product(torch), scaled_products(torch)) == (3, 1, 2)


def between_integers(t):
    return t.lerp(t.tensor([0]), t.tensor([10]), t.tensor(0.25)).item()


def test_points_between_integers():
    with pytest.raises(NotImplementedError, match="lerp: input must be floating point, got dtype int64"):
        between_integers(tinyreg)


def test_points_between_integers_in_pytorch(torch):
    assert between_integers(torch) == 2.5
    with pytest.raises(NotImplementedError, match="lerp"):
        torch.lerp(torch.tensor([0]), torch.tensor([10]), 0.25)


def slope_beside_bools(t):
    x = t.ones(1, requires_grad=True)
    t.atan2(t.tensor([True]), x).backward()
    return x.grad.item()


def test_bools_as_numbers():
    assert slope_beside_bools(tinyreg) == -0.5


def test_bools_as_numbers_in_pytorch(torch):
    with pytest.raises(RuntimeError, match="on a bool tensor is not supported"):
        slope_beside_bools(torch)


def slope_of_a_remainder(t):
    x = t.tensor([2.0], requires_grad=True)
    (7 % x).backward()
    return x.grad.item()


def test_remainders_of_a_number():
    assert slope_of_a_remainder(tinyreg) == -3  # 7 % x is 7 - 3 x around 2


def test_remainders_of_a_number_in_pytorch(torch):
    with pytest.raises(RuntimeError, match="derivative for aten::remainder is not implemented"):
        slope_of_a_remainder(torch)


def slopes_of_a_count(t):
    x = t.ones(2, requires_grad=True)
    x.norm(p=0).backward()
    return x.grad


def test_norms_that_count():
    assert slopes_of_a_count(tinyreg).tolist() == [0, 0]


def test_norms_that_count_in_pytorch(torch):
    assert slopes_of_a_count(torch) is None


def chosen(t):
    return t.where(t.tensor([1, 0], dtype=t.uint8), t.ones(2), t.zeros(2)).tolist()


def test_conditions_of_bytes():
    with pytest.raises(RuntimeError, match="where: condition must be bool, got dtype uint8"):
        chosen(tinyreg)


def test_conditions_of_bytes_in_pytorch(torch):
    assert chosen(torch) == [1, 0]


class Celsius:
    def __radd__(self, other):
        return "warmer"


def test_operands_of_other_classes():
    with pytest.raises(TypeError, match="operands must be tensors or numbers, got Celsius"):
        tinyreg.ones(2) + Celsius()


def test_operands_of_other_classes_in_pytorch(torch):
    assert torch.ones(2) + Celsius() == "warmer"


def places_of_equals(t):
    return [t.ones(length).topk(2).indices.tolist() for length in (4, 40, 4000)]


def test_ties():
    assert places_of_equals(tinyreg) == [[0, 1]] * 3


def test_ties_in_pytorch(torch):
    assert places_of_equals(torch) != [[0, 1]] * 3


def recorded_uniques(t):
    return t.unique(t.ones(2, requires_grad=True))


def test_uniques():
    assert not recorded_uniques(tinyreg).requires_grad


def test_uniques_in_pytorch(torch):
    with pytest.raises(NotImplementedError, match="the derivative for '_unique2' is not implemented"):
        recorded_uniques(torch).sum().backward()


def draws(t, probabilities):
    return [t.normal(probabilities, 1.0), t.bernoulli(probabilities)]


def test_draws_with_parameters_that_require_grad():
    assert not [y for y in draws(tinyreg, tinyreg.full((2,), 0.5, requires_grad=True)) if y.requires_grad]


def test_draws_with_parameters_that_require_grad_in_pytorch(torch):
    p = torch.full((2,), 0.5, requires_grad=True)
    assert [torch.autograd.grad(y.sum(), p)[0].tolist() for y in draws(torch, p)] == [[0, 0], [0, 0]]


def streams(t):
    t.manual_seed(0)
    return t.rand(3).tolist()


def test_streams_of_random_numbers():
    assert streams(tinyreg) == streams(tinyreg) == pytest.approx([0.7243, 0.5687, 0.3535], abs=1e-4)


def test_streams_of_random_numbers_in_pytorch(torch):
    assert streams(torch) == streams(torch) == pytest.approx([0.4963, 0.7682, 0.0885], abs=1e-4)


def test_negative_seeds():
    with pytest.raises(ValueError, match=r"seed must lie in \[0, 2\*\*64\), got -1"):
        tinyreg.manual_seed(-1)


def test_negative_seeds_in_pytorch(torch):
    torch.manual_seed(-1)
    assert torch.initial_seed() == 2**64 - 1


def test_state_of_the_generator():
    assert isinstance(tinyreg.get_rng_state(), dict)


def test_state_of_the_generator_in_pytorch(torch):
    assert torch.get_rng_state().dtype == torch.uint8


def test_frozen_chance():
    with tinyreg.random.freeze() as frozen:
        first = tinyreg.rand(3).tolist()
        frozen.rewind()
        assert tinyreg.rand(3).tolist() == first


def test_frozen_chance_in_pytorch(torch):
    assert not hasattr(torch.random, "freeze")
