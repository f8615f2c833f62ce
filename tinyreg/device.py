"""Devices: the backend decides where arrays live; these names let ordinary scripts run on it.

On NumPy there is one device, "cpu". On CuPy new tensors live on "cuda"; naming the backend's own device does nothing,
`.cpu()` and `.cuda()` copy across, and asking NumPy for a GPU is refused with a sentence.
"""


from . import backend
from .types import Device


class device:
    """A name for where a tensor lives: device("cpu"), device("cuda"), device("cuda:0").

    Args:
        type: "cpu", "cuda", "cuda:<index>", or a device.
        index: the number of the GPU; None for the current one.

    Raises:
        RuntimeError: another name.

    Example:
        >>> device("cuda:0").type, device("cuda:0").index
        ('cuda', 0)
    """

    type: str

    def __init__(self, type: "device | str", index: int | None = None) -> None:
        if isinstance(type, device):
            type, index = type.type, type.index  # type: ignore[assignment]  # no str is a device
        name, _, number = str(type).partition(":")
        if name not in ("cpu", "cuda") or (number and not number.isdecimal()):
            raise RuntimeError(f"device: must be 'cpu', 'cuda' or 'cuda:<index>', got {type!r}; name one of them")
        self.type = name
        self.index = int(number) if number else index

    def __eq__(self, other: object) -> bool:
        other = device(other) if isinstance(other, str) else other
        return isinstance(other, device) and self.type == other.type and (self.index or 0) == (other.index or 0)

    def __hash__(self) -> int:
        return hash((self.type, self.index or 0))

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        return f"device(type={self.type!r}" + ("" if self.index is None else f", index={self.index}") + ")"


def device_of(array):
    """The device of a raw array.

    Args:
        array: of NumPy or of CuPy.

    Example:
        >>> import numpy
        >>> str(device_of(numpy.ones(2)))
        'cpu'
    """
    return device("cpu") if backend.get_array_module(array).__name__ == "numpy" else device("cuda", 0)


def check(wanted):
    """Refuse a device on which the current backend makes no arrays; returns it as a device.

    Args:
        wanted: a device or its name.

    Raises:
        RuntimeError: the other backend's device.

    Example:
        >>> check("cpu")
        device(type='cpu')
    """
    wanted = device(wanted)
    born = "cpu" if backend.current() == "numpy" else "cuda"
    if wanted.type != born:
        raise RuntimeError(
            f"device: must be {born!r} while the backend is {backend.current()!r}, got {str(wanted)!r}; "
            f"call tinyreg.use_backend({('cupy' if born == 'cpu' else 'numpy')!r}) first"
        )
    return wanted


class cuda:
    """What scripts ask of torch.cuda.

    Example:
        >>> import tinyreg
        >>> isinstance(tinyreg.cuda.is_available(), bool)
        True
    """

    @staticmethod
    def is_available() -> bool:
        """Whether new tensors are born on a GPU: true once use_backend("cupy") has succeeded."""
        return backend.current() == "cupy"

    @staticmethod
    def device_count() -> int:
        """The number of GPUs that the backend sees."""
        return backend.xp().cuda.runtime.getDeviceCount() if backend.current() == "cupy" else 0

    @staticmethod
    def synchronize(device: Device = None) -> None:
        """Wait for the GPU; nothing to wait for on NumPy."""
        if backend.current() == "cupy":
            backend.xp().cuda.runtime.deviceSynchronize()

    @staticmethod
    def empty_cache() -> None:
        """Give memory that is kept for reuse back to the GPU; nothing is kept on NumPy."""
        if backend.current() == "cupy":
            backend.xp().get_default_memory_pool().free_all_blocks()

    @staticmethod
    def manual_seed_all(seed: int) -> None:
        """Seed the default generator, which draws for every device."""
        from . import random

        random.manual_seed(seed)

    manual_seed = manual_seed_all


class accelerator:
    """What scripts ask of torch.accelerator: the GPU of the backend, if that has one.

    Example:
        >>> import tinyreg
        >>> tinyreg.accelerator.current_accelerator().type if tinyreg.accelerator.is_available() else "cpu"
        'cpu'
    """

    is_available = cuda.is_available
    device_count = cuda.device_count
    synchronize = cuda.synchronize

    @staticmethod
    def current_accelerator(check_available: bool = False) -> "device | None":
        """The device of new tensors if that is a GPU; None on NumPy."""
        return device("cuda") if cuda.is_available() else None


def get_default_device() -> device:
    """Where new tensors are born.

    Example:
        >>> get_default_device()
        device(type='cpu')
    """
    return device("cuda" if cuda.is_available() else "cpu")


def set_default_device(device: Device) -> None:
    """Name the device on which new tensors are born, which is the backend's; None does the same.

    Args:
        device: a device, its name, or None.

    Raises:
        RuntimeError: the other backend's device.

    Example:
        >>> set_default_device("cpu")
    """
    if device is not None:
        check(device)
