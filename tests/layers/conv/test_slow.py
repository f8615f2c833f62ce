import numpy as np

from tinyreg.layers.conv.slow import conv_slow, conv_transpose_slow


def test_by_hand():
    x = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    weight = np.array([[[[1.0, 0.0], [0.0, -1.0]]], [[[1.0, 1.0], [1.0, 1.0]]]])
    y = conv_slow(x, weight, np.array([0.0, 0.5]))
    assert y[0, 0].tolist() == [[-4.0, -4.0], [-4.0, -4.0]]
    assert y[0, 1].tolist() == [[12.5, 16.5], [24.5, 28.5]]


def test_stride_padding_and_dilation_by_hand():
    x = np.arange(1.0, 5.0).reshape(1, 1, 1, 4)
    weight = np.array([[[[1.0, 10.0]]]])
    assert conv_slow(x, weight, stride=(1, 2))[0, 0].tolist() == [[21.0, 43.0]]
    assert conv_slow(x, weight, dilation=(1, 2))[0, 0].tolist() == [[31.0, 42.0]]
    assert conv_slow(x, weight, padding=(0, 1))[0, 0].tolist() == [[10.0, 21.0, 32.0, 43.0, 4.0]]
    assert conv_slow(x, weight, padding=((0, 0), (0, 1)))[0, 0].tolist() == [[21.0, 32.0, 43.0, 4.0]]


def test_groups_do_not_see_each_other():
    x = np.array([1.0, 10.0, 100.0, 1000.0]).reshape(1, 4, 1, 1)
    weight = np.array([[1.0, 1.0], [2.0, 0.0], [1.0, 1.0], [0.0, 3.0]]).reshape(4, 2, 1, 1)
    assert conv_slow(x, weight, groups=2)[0, :, 0, 0].tolist() == [11.0, 2.0, 1100.0, 3000.0]


def test_signals_and_volumes():
    x = np.arange(1.0, 5.0)
    assert conv_slow(x.reshape(1, 1, 4), np.array([[[1.0, 10.0]]]), stride=2)[0, 0].tolist() == [21.0, 43.0]
    volume = conv_slow(np.arange(8.0).reshape(1, 1, 2, 2, 2), np.ones((1, 1, 2, 1, 2)))
    assert volume[0, 0].tolist() == [[[0 + 1 + 4 + 5], [2 + 3 + 6 + 7]]]


def test_transposed_by_hand():
    x, weight = np.array([[[1.0, 2.0]]]), np.array([[[1.0, 10.0, 100.0]]])
    assert conv_transpose_slow(x, weight)[0, 0].tolist() == [1, 12, 120, 200]
    assert conv_transpose_slow(x, weight, stride=2)[0, 0].tolist() == [1, 10, 102, 20, 200]
    assert conv_transpose_slow(x, weight, stride=2, padding=1)[0, 0].tolist() == [10, 102, 20]
    assert conv_transpose_slow(x, weight, stride=2, padding=1, output_padding=1)[0, 0].tolist() == [10, 102, 20, 200]
    assert conv_transpose_slow(x, weight, dilation=2)[0, 0].tolist() == [1, 2, 10, 20, 100, 200]
    assert conv_transpose_slow(x, weight, np.array([0.5]))[0, 0].tolist() == [1.5, 12.5, 120.5, 200.5]


def test_groups_of_a_transposed_convolution_do_not_see_each_other():
    x = np.array([1.0, 10.0, 100.0, 1000.0]).reshape(1, 4, 1)
    weight = np.array([[1.0], [2.0], [1.0], [3.0]]).reshape(4, 1, 1)
    assert conv_transpose_slow(x, weight, groups=2)[0, :, 0].tolist() == [21.0, 3100.0]
