"""The only source of chance: generators, one seed, and draws that can be frozen and replayed.

Everything stochastic (initial weights, dropout masks, shuffling) asks a Generator, the default one unless another is
passed. On a GPU the default generator draws on the device; permutations are drawn on the host, because CuPy's generator
has none, and its streams differ from NumPy's for the same seed. In a block of `host_masks` everything is drawn on the host
and then moved: the same seed gives the same numbers on CPU and GPU, so that a training run can be compared on both.

Threads. One stream that several threads draw from gives each of them numbers that depend on who came first. So where
work is divided among threads, each piece is done inside `with keyed(seed, epoch, index):`, where the default generator
is, in that thread alone, one that these words decide: the same numbers whoever does the piece, in whatever order, and
in a run that was interrupted and resumed. Such a generator draws on the host, also where the backend is a GPU.

Positions. `get_state()` and `set_state()` note and restore the position of a stream. The host's stream is restored
exactly. A device's cannot be read back from CuPy; instead, noting the position starts a new device stream there, from
the seed and the number of draws so far, and so does restoring it: both go on with the same numbers.
"""

from __future__ import annotations

import hashlib
import math
import secrets
import struct
import threading
from collections.abc import Callable, Sequence
from contextlib import ContextDecorator
from typing import Any, Self

import numpy as np

from . import backend
from .types import Array, Device, DType


class Generator:
    """A stream of random numbers on one backend; the same seed gives the same stream.

    Args:
        seed: a non-negative integer, or None for an unpredictable one. The name of a device, which is what PyTorch has
            here, counts as `device`.
        device: accepted; a Generator draws on whichever device it is asked to.

    Raises:
        ValueError, TypeError: a seed that is none; RuntimeError: a device that is none.

    Example:
        >>> a, b = Generator(3), Generator(3)
        >>> bool((a.normal((4,)) == b.normal((4,))).all())
        True
    """

    on_host = False  # True draws in host memory, whatever the backend, and copies to the device

    def __init__(self, seed: int | None = None, device: Device = None) -> None:
        from .device import device as named

        if isinstance(seed, (str, named)):
            seed, device = None, seed
        if device is not None:
            named(device)
        self.manual_seed(secrets.randbits(63) if seed is None else seed)

    def manual_seed(self, seed: int) -> Self:
        """Start the stream of this seed; returns the generator.

        Args:
            seed: an integer in [0, 2**64).

        Raises:
            ValueError: it lies outside, or is text.
            TypeError: it is no number.

        Example:
            >>> Generator().manual_seed(3).initial_seed()
            3
        """
        try:
            seed = int(seed)
        except (TypeError, ValueError, OverflowError) as error:
            raise type(error)(f"manual_seed: seed must be an integer, got {seed!r:.60}; take a non-negative integer") from None
        if not 0 <= seed < 2**64:
            raise ValueError(f"manual_seed: seed must lie in [0, 2**64), got {seed}; take a non-negative integer")
        self.seed = seed
        self._host = np.random.Generator(np.random.SFC64(seed))
        self._device = {}  # library -> its generator, made when that backend is first asked
        self._device_draws = 0
        return self

    def initial_seed(self) -> int:
        """The seed that the stream started from.

        Example:
            >>> Generator(3).initial_seed()
            3
        """
        return self.seed

    def get_state(self) -> dict[str, Any]:
        """The position in the stream, as nested dicts, lists, strings and integers.

        Example:
            >>> a, b = Generator(3), Generator(4)
            >>> b.set_state(a.get_state())
            >>> bool((a.normal((2,)) == b.normal((2,))).all())
            True
        """
        self._device = {}  # the next draw on a device starts the stream of its number, here and wherever this is restored
        return self._host_state() | {"device_draws": self._device_draws}

    def _host_state(self):
        state = self._host.bit_generator.state
        return {
            "bit_generator": state["bit_generator"],
            "state": [int(word) for word in state["state"]["state"]],
            "has_uint32": int(state["has_uint32"]),
            "uinteger": int(state["uinteger"]),
            "seed": self.seed,
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Go to a position that get_state returned.

        Args:
            state: what get_state returned.

        Raises:
            ValueError: something else.

        Example:
            >>> generator = Generator(3)
            >>> state = generator.get_state()
            >>> first = generator.permutation(9)
            >>> generator.set_state(state)
            >>> bool((generator.permutation(9) == first).all())
            True
        """
        if not isinstance(state, dict) or state.get("bit_generator") != "SFC64":
            raise ValueError(f"set_state: state must come from get_state, got {state!r:.60}; pass what get_state returned")
        self.manual_seed(state["seed"])
        self._host.bit_generator.state = {
            "bit_generator": "SFC64",
            "state": {"state": np.array(state["state"], dtype=np.uint64)},
            "has_uint32": state["has_uint32"],
            "uinteger": state["uinteger"],
        }
        self._device_draws = state.get("device_draws", 0)

    def at(self, state: dict[str, Any]) -> Generator:
        """Another generator, at a position that get_state returned; this one stays where it is.

        Args:
            state: what get_state returned.

        Example:
            >>> generator = Generator(3)
            >>> state = generator.get_state()
            >>> first = generator.permutation(9)
            >>> bool((generator.at(state).permutation(9) == first).all())
            True
        """
        other = Generator(0)
        other.set_state(state)
        return other

    def _native(self, host=False):
        """The library that draws, that of the current backend if nothing else was said, and its generator."""
        xp = np if host or self.on_host or _masks.from_host else backend.xp()
        if xp is np:
            return xp, self._host
        if xp not in self._device:
            self._device[xp] = xp.random.default_rng([self.seed, self._device_draws] if self._device_draws else self.seed)
        self._device_draws += 1
        return xp, self._device[xp]

    def _born(self, draws, host=False):
        return backend.asarray(draws) if (self.on_host or _masks.from_host) and not host else draws

    def uniform(self, shape: Sequence[int], dtype: DType = "float32", *, host: bool = False) -> Array:
        """Uniform numbers in [0, 1), an array of this shape.

        Args:
            shape: a tuple of integers.
            dtype: "float32" or "float64".
            host: draw in host memory and leave them there, whatever the backend: numbers that decide, not data.

        Example:
            >>> Generator(3).uniform((2, 3)).shape
            (2, 3)
        """
        what = ("uniform on the host" if host else "uniform", tuple(shape), str(dtype))
        return _draw(what, lambda: self._born(self._native(host)[1].random(tuple(shape), dtype=dtype), host))

    def normal(self, shape: Sequence[int], dtype: DType = "float32") -> Array:
        """Standard normal numbers, an array of this shape.

        Args:
            shape: a tuple of integers.
            dtype: "float32" or "float64".

        Example:
            >>> Generator(3).normal((2, 3)).shape
            (2, 3)
        """
        what = ("normal", tuple(shape), str(dtype))
        return _draw(what, lambda: self._born(self._native()[1].standard_normal(tuple(shape), dtype=dtype)))

    def integers(self, low: int, high: int, shape: Sequence[int], dtype: DType = "int64", *, host: bool = False) -> Array:
        """Integers in [low, high), an array of this shape.

        Args:
            low, high: the smallest, and one more than the largest.
            shape: a tuple of integers.
            dtype: of the result.
            host: draw in host memory and leave them there, whatever the backend.

        Example:
            >>> Generator(3).integers(5, 6, (3,)).tolist()
            [5, 5, 5]
        """
        what = ("integers on the host" if host else "integers", tuple(shape), low, high)
        return _draw(what, lambda: self._born(self._native(host)[1].integers(low, high, size=tuple(shape)).astype(dtype), host))

    def beta(self, a: float, b: float, shape: Sequence[int], dtype: DType = "float32", *, host: bool = False) -> Array:
        """Numbers in [0, 1] whose density is proportional to x**(a - 1) * (1 - x)**(b - 1), an array of this shape.

        Args:
            a, b: finite, above 0. Their mean is a / (a + b); a = b = 1 is the uniform; two small ones put nearly all
                numbers beside 0 and 1, two large ones beside the mean.
            shape: a tuple of integers.
            dtype: of the result, "float32" or "float64"; what is drawn is a float64.
            host: draw in host memory and leave them there, whatever the backend.

        Raises:
            ValueError: a or b is not above 0, or not finite.

        Example:
            >>> Generator(3).beta(1e12, 1e12, (2,)).round(3).tolist()
            [0.5, 0.5]
        """
        if not (0 < a < math.inf and 0 < b < math.inf):
            raise ValueError(f"beta: a and b must be finite and above 0, got a={a} and b={b}; a = b = 1 is the uniform")
        what = ("beta", tuple(shape), float(a), float(b), str(dtype))
        return _draw(what, lambda: self._born(self._native(host)[1].beta(a, b, size=tuple(shape)).astype(dtype), host))

    def permutation(self, n: int) -> Array:
        """The numbers 0 to n - 1 in random order, on the host (an order of examples).

        Args:
            n: how many, at least 0.

        Example:
            >>> sorted(Generator(3).permutation(4).tolist())
            [0, 1, 2, 3]
        """
        return _draw(("permutation", n), lambda: self._host.permutation(n))

    def keep_mask(self, shape: Sequence[int], p: float) -> Array:
        """True with probability 1 - p for each element: the mask of what dropout keeps.

        On the CPU, 16 random bits an element are compared with a threshold: four elements a 64-bit word, several times
        faster than a float an element. The probability is exact to 2**-17.

        Args:
            shape: a tuple of integers.
            p: probability of False, in [0, 1]: 0 keeps everything, 1 nothing.

        Example:
            >>> Generator(3).keep_mask((3,), 0.0).tolist()
            [True, True, True]
        """
        p = float(p)
        return _draw(("keep_mask", tuple(shape), p), lambda: self._born(self._keep_mask(tuple(shape), p)))

    def _keep_mask(self, shape, p):
        xp, native = self._native()
        if xp is not np:
            return native.random(shape, dtype="float32") >= p
        count = int(np.prod(shape, dtype=np.int64))
        keep = np.empty(count, dtype=bool)
        # as many words at a time as stay in the cache until they are compared: 1.3 times faster than all at once
        for start in range(0, count, MASK_PIECE):
            part = keep[start : start + MASK_PIECE]
            words = self._host.bit_generator.random_raw(-(-len(part) // 4))
            # the number is 65536 for p = 1 - 2**-18 and above: nothing is kept
            np.greater_equal(words.view(np.uint16)[: len(part)], round(p * 65536), out=part)
        return keep.reshape(shape)


MASK_PIECE = 2**17  # elements of a mask that are drawn together


_default = Generator(0)


class _Masks:
    """Where every generator draws; like the backend, for all threads."""

    from_host = False


_masks = _Masks()


def is_host_masks_enabled() -> bool:
    """Whether every draw is made on the host now, whatever the backend.

    Example:
        >>> with host_masks():
        ...     is_host_masks_enabled()
        True
    """
    return _masks.from_host


def set_host_masks(mode: bool) -> None:
    """Switch host_masks on or off, and leave it so: the statement for the head of a script.

    Args:
        mode: True draws everything on the host, False where the backend is.

    Example:
        >>> set_host_masks(True)
        >>> is_host_masks_enabled()
        True
        >>> set_host_masks(False)
    """
    _masks.from_host = bool(mode)


class host_masks(ContextDecorator):
    """Draw on the host, and move to the device what was drawn: the same seed gives the same numbers on CPU and GPU.

    For a `with` block or as a decorator; the mode is one for all threads, as the backend is. It holds for whatever a
    Generator draws: initial weights, masks, noise, crops, mixing shares; orders of examples are the host's anyway. Each
    draw is one copy to the device, which nobody waits for; on NumPy nothing changes, not a digit and not a copy. It is
    for comparing backends (`tinyreg twin`) and for repeating on a GPU what a CPU has done: drawing on the device is faster.

    Args:
        enabled: False draws where the backend is, also inside a block that draws on the host.

    Example:
        >>> import tinyreg
        >>> with host_masks():
        ...     _ = tinyreg.manual_seed(0)
        ...     mask = default_generator().keep_mask((4,), 0.5)
        >>> _ = tinyreg.manual_seed(0)
        >>> bool((mask == default_generator().keep_mask((4,), 0.5)).all())
        True
    """

    def __init__(self, enabled: bool = True) -> None:
        self.enabled = bool(enabled)
        self._before: list[bool] = []  # a stack: a decorated function may call itself

    def __enter__(self) -> Self:
        self._before.append(_masks.from_host)
        _masks.from_host = self.enabled
        return self

    def __exit__(self, *exception: object) -> None:
        _masks.from_host = self._before.pop()


class _Here(threading.local):
    """What the running thread asks in place of the default generator, and what it replays."""

    scope: use | None = None  # the innermost `use` or `keyed` block
    frozen: freeze | None = None  # the innermost `freeze` block


_here = _Here()


def chosen_generator(generator: Generator | None) -> Generator:
    """The generator that was passed, or the default one.

    Raises:
        TypeError: something else was passed: a seed, a generator of NumPy.

    Example:
        >>> chosen_generator(None) is default_generator()
        True
    """
    if generator is None:
        return default_generator()
    if not isinstance(generator, Generator):
        raise TypeError(f"generator: it must be a tinyreg.Generator, got {generator!r:.60}; tinyreg.Generator(seed) makes one")
    return generator


def default_generator() -> Generator:
    """The generator that is asked where none is passed: one for all threads, outside the blocks of `use` and `keyed`.

    Example:
        >>> default_generator() is default_generator()
        True
    """
    return _default if _here.scope is None else _here.scope.generator()


class use:
    """In a block, and in the running thread alone, make this generator the default one.

    Args:
        generator: a Generator.

    Example:
        >>> with use(Generator(3)):
        ...     a = default_generator().normal((2,))
        >>> bool((a == Generator(3).normal((2,))).all())
        True
    """

    def __init__(self, generator: Generator) -> None:
        self._generator: Generator | None = generator

    def generator(self) -> Generator:
        """The generator of this block.

        Example:
            >>> use(Generator(3)).generator().initial_seed()
            3
        """
        assert self._generator is not None
        return self._generator

    def __enter__(self) -> use:
        self._outer, _here.scope = _here.scope, self
        return self

    def __exit__(self, *exception: object) -> None:
        _here.scope = self._outer


class keyed(use):
    """In a block, and in the running thread alone, the default generator is one that these words decide.

    It is made when it is first asked for: a block in which nothing is drawn costs next to nothing.

    Args:
        words: integers in [0, 2**64); equal words give equal numbers, others give independent ones.

    Example:
        >>> def draw(*words):
        ...     with keyed(*words):
        ...         return default_generator().integers(0, 1000, (3,)).tolist()
        >>> draw(0, 1, 2) == draw(0, 1, 2), draw(0, 1, 2) == draw(0, 2, 1)
        (True, False)
    """

    def __init__(self, *words: int) -> None:
        self.words, self._generator = words, None

    def generator(self) -> Generator:
        """The generator of these words; the same one throughout the block.

        Example:
            >>> block = keyed(0, 1)
            >>> block.generator() is block.generator()
            True
        """
        if self._generator is None:
            try:
                words = struct.pack(f"<{len(self.words)}Q", *self.words)
            except struct.error:
                raise ValueError(f"keyed: words must be integers in [0, 2**64), got {self.words}; take those that tell the piece") from None
            digest = hashlib.blake2b(words, digest_size=8).digest()
            self._generator = Generator(int.from_bytes(digest, "little"))
            self._generator.on_host = True  # a generator on a device takes milliseconds to make
        return self._generator


def manual_seed(seed: int) -> Generator:
    """Seed the default generator; returns it. Inside a block of `use` or `keyed`, the one of the block.

    Args:
        seed: an integer in [0, 2**64).

    Raises:
        ValueError: it lies outside, or is text.
        TypeError: it is no number.

    Example:
        >>> import tinyreg
        >>> tinyreg.manual_seed(0).initial_seed()
        0
    """
    return default_generator().manual_seed(seed)


def seed() -> int:
    """Seed the default generator unpredictably; returns the seed.

    Example:
        >>> state = get_state()
        >>> seed() == default_generator().initial_seed()
        True
        >>> set_state(state)
    """
    return default_generator().manual_seed(secrets.randbits(63)).initial_seed()


def initial_seed() -> int:
    """The seed that the default generator started from; inside a block of `use` or `keyed`, that of the block.

    Example:
        >>> import tinyreg
        >>> _ = tinyreg.manual_seed(3)
        >>> initial_seed()
        3
    """
    return default_generator().initial_seed()


def get_state() -> dict[str, Any]:
    """The position of the default generator.

    Example:
        >>> state = get_state()
        >>> a = default_generator().normal((3,))
        >>> set_state(state)
        >>> bool((default_generator().normal((3,)) == a).all())
        True
    """
    return default_generator().get_state()


def set_state(state: dict[str, Any]) -> None:
    """Put the default generator where get_state found it.

    Args:
        state: what get_state returned.

    Raises:
        ValueError: something else.

    Example:
        >>> state = get_state()
        >>> set_state(state)
    """
    default_generator().set_state(state)


get_rng_state, set_rng_state = get_state, set_state  # PyTorch's names


class fork_rng(ContextDecorator):
    """A block, or a function, that leaves the default generator where it was.

    Args:
        devices: accepted; the default generator draws for every device.
        enabled: False lets the block move it.
        device_type: accepted.

    Example:
        >>> state = get_state()
        >>> with fork_rng():
        ...     a = default_generator().normal((3,))
        >>> get_state() == state
        True
    """

    def __init__(self, devices: Any = None, enabled: bool = True, *, device_type: str | None = None) -> None:
        self.enabled = enabled
        self._states: list[Any] = []  # a stack: a decorated function may call itself

    def __enter__(self) -> None:
        self._states.append(get_state() if self.enabled else None)

    def __exit__(self, *exception: object) -> None:
        state = self._states.pop()
        if state is not None:
            set_state(state)


def _draw(what, draw):
    return draw() if _here.frozen is None else _here.frozen.take(what, draw)


class freeze:
    """Record the draws of a block, in the running thread, in call order; rewind() replays them.

    A gradient check of a stochastic function needs the same masks at each evaluation: it rewinds before each. A block
    inside another one asks that one for its new draws, so that rewinding the outer one replays them, too.

    Args:
        apart: True keeps the draws of the block out of the record of the block around it.

    Example:
        >>> with freeze() as draws:
        ...     a = default_generator().normal((3,))
        ...     draws.rewind()
        ...     b = default_generator().normal((3,))
        >>> bool((a == b).all())
        True
    """

    def __init__(self, *, apart: bool = False) -> None:
        self.apart = apart

    def __enter__(self) -> Self:
        self.outer, _here.frozen = _here.frozen, self
        self.draws: list[tuple[Any, Any]] = []
        self.position = 0
        return self

    def __exit__(self, *exception: object) -> None:
        _here.frozen = self.outer

    def rewind(self) -> None:
        """Replay from the first draw on.

        Example:
            >>> with freeze() as draws:
            ...     a = default_generator().permutation(9)
            ...     draws.rewind()
            ...     b = default_generator().permutation(9)
            >>> bool((a == b).all())
            True
        """
        self.position = 0

    def take(self, what: Any, draw: Callable[[], Any]) -> Any:
        """The next recorded draw, or a new one at the end of the record."""
        if self.position == len(self.draws):
            self.draws.append((what, draw() if self.outer is None or self.apart else self.outer.take(what, draw)))
        recorded, value = self.draws[self.position]
        if recorded != what:
            raise RuntimeError(
                f"freeze: a replay must ask for the draws it recorded, got {what} where {recorded} stood at draw {self.position}; "
                "rewind() only before the same computation"
            )
        self.position += 1
        return value.copy()
