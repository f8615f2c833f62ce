import pytest

import tinyreg
from tinyreg import nn


def test_what_stands_under_a_dotted_name():
    net = nn.Sequential()
    net.inner = nn.Linear(2, 2)
    net.scale = nn.Parameter(tinyreg.ones(2))
    net.register_buffer("seen", tinyreg.zeros(2))
    net.register_buffer("scratch", tinyreg.zeros(2), persistent=False)
    assert net.get_submodule("") is net
    assert net.get_submodule("inner") is net.inner and net.get_parameter("inner.weight") is net.inner.weight
    assert net.get_buffer("seen") is net.seen and net.get_parameter("scale") is net.scale
    for call, message in (
        (lambda: net.get_submodule(3), "get_submodule: target must be names joined by dots, got 3"),
        (lambda: net.get_parameter(None), "get_parameter: target must be names joined by dots, got None"),
        (lambda: net.get_parameter("inner.wieght"), "get_parameter: target must name a parameter, got 'inner.wieght'; .*weight"),
        (lambda: net.get_parameter("seen"), "get_parameter: target must name a parameter, got 'seen'"),
        (lambda: net.get_buffer("scale"), "get_buffer: target must name a buffer, got 'scale'; .* lists .'seen', 'scratch'. there"),
        (lambda: net.get_buffer("outer.seen"), "get_submodule: target must name a module, got 'outer'"),
    ):
        with pytest.raises(AttributeError, match=message):
            call()
