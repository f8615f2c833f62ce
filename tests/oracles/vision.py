"""torchvision, the oracle of the transforms: its Python part is enough, where its compiled part does not fit the PyTorch that is there."""

import importlib
import sys
import types


def torchvision():
    """The library, or ImportError."""
    try:
        return importlib.import_module("torchvision")
    except RuntimeError:  # "operator torchvision::nms does not exist": its compiled operators (of detection) did not load
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        meta = "torchvision._meta_registrations"  # all that it does is describe those operators
        sys.modules[meta] = types.ModuleType(meta)
        return importlib.import_module("torchvision")
