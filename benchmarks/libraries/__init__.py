"""The libraries that are compared: one file each, all with the interface of `library.Library`."""

from importlib import import_module, util

MODULES = {  # name: (its file here, the package that must be installed, the class, its name as people write it)
    "tinyreg": ("tinyreg_", "tinyreg", "Tinyreg", "tinyreg"),
    "pytorch": ("pytorch", "torch", "PyTorch", "PyTorch"),
    "numpy": ("numpy_by_hand", "numpy", "NumPyByHand", "plain NumPy"),
    "mygrad": ("mygrad_", "mygrad", "MyGrad", "MyGrad"),
    "autograd": ("autograd_", "autograd", "Autograd", "autograd"),
    "dezero": ("dezero_", "dezero", "DeZero", "DeZero"),
    "jax": ("jax_", "jax", "Jax", "JAX"),
}


def installed():
    """The names of the libraries that can be imported here, in the order of the table."""
    return [name for name, (_, package, *_) in MODULES.items() if util.find_spec(package) is not None]


def title_of(name):
    """A library's name as people write it."""
    return MODULES[name][3]


def load(name):
    """The class of a library.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    file, _, title, _ = MODULES[name]
    return getattr(import_module(f"{__name__}.{file}"), title)
