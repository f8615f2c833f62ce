"""What each library must be able to do to be measured."""

import time


class Library:
    """A library beside others: networks, chains and kernels from the neutral data of `workloads`.

    Whatever it cannot do raises NotImplementedError with the reason, which the table then shows. It is used as its own
    documentation says, at its best ordinary setting. NumPy's BLAS gets its number of threads from the environment.

    Args:
        threads: that it may use.
        dtype: "float32", or "float64" for the reference of the checks.
        device: "cpu" or "cuda".
    """

    name = ""
    title = ""
    numpy_based = True

    def __init__(self, threads, dtype="float32", device="cpu"):
        if device != "cpu":
            raise NotImplementedError(f"{self.title} is measured on the CPU only")
        self.threads, self.dtype, self.device = threads, dtype, device

    @staticmethod
    def version():
        """Its version, as text."""
        raise NotImplementedError

    def settings(self):
        """{what: how} of whatever decides its speed and is not the same in every library, as it really is."""
        return {}

    def hardware(self):
        """The name of the GPU that it computes on; None on a CPU."""
        return None

    def array(self, x):
        """A NumPy array (float of any width, or labels) as the library wants it given, in its dtype, on its device."""
        raise NotImplementedError

    def to_numpy(self, value):
        """What the library returned as a NumPy array."""
        raise NotImplementedError

    def trainer(self, network, weights, dropout=True):
        """A network with its loss and its optimizer.

        Args:
            network: a `workloads.Network`.
            weights: NumPy arrays as network.weights() returns them; they are copied.
            dropout: False leaves the dropout layers out, for the check.

        Returns:
            A `Trainer`.
        """
        raise NotImplementedError(f"{self.title} has no networks")

    def chain(self, chain, length):
        """A function that computes `length` operations in turn and goes back through them.

        Args:
            chain: a `workloads.Chain`.
            length: a multiple of the number of its operations.

        Returns:
            A function without arguments; it returns (y, gradient of x, and of w where the chain has one), and begins anew
            with each call.
        """
        raise NotImplementedError(f"{self.title} has no tape of operations")

    def kernel(self, name, arrays):
        """A function that does the forward and backward of a large operation once.

        Args:
            name: "dropout", "batch_norm", "penalty" or "adam".
            arrays: NumPy arrays by name, as `workloads.Kernel.arrays` returns them; they are copied where they are changed.

        Returns:
            A function without arguments. It returns of dropout (y, gradient of x), of batch_norm in training (y, gradients of
            x, weight, bias), of penalty (value, gradient of p), of adam (p,) after one more step.
        """
        raise NotImplementedError(f"{self.title} has no {name}")

    def wait(self, value):
        """Return when the value has been computed; needed where calls return before that."""

    def seconds(self, call, count):
        """The seconds that each of `count` calls takes."""
        found = []
        for _ in range(count):
            begin = time.perf_counter()
            self.wait(call())
            found.append(time.perf_counter() - begin)
        return found


class Trainer:
    """A network with its loss and its optimizer, made by `Library.trainer`."""

    def train(self):
        """Called once before a row of steps: dropout drops, batch norm uses the batch."""

    def eval(self):
        """Called once before a row of inferences: no dropout, batch norm uses its running statistics."""

    def step(self, x, y):
        """One step of training: gradients to zero, forward, loss, backward, update.

        Args:
            x, y: what Library.array returned.

        Returns:
            The loss before the update, as the library's own value: it is not read.
        """
        raise NotImplementedError

    def infer(self, x):
        """The logits, with nothing recorded for a backward."""
        raise NotImplementedError

    def weights(self):
        """The weights now, as NumPy arrays in the order and the shapes of network.weights()."""
        raise NotImplementedError


def operation(name, operand=None, **functions):
    """y -> op(y), as a person writes it: arithmetic is the same in all libraries, functions have names of their own.

    Example:
        >>> operation("minus", 1)(3)
        2
    """
    arithmetic = {
        "times": lambda y: y * operand,
        "plus": lambda y: y + operand,
        "minus": lambda y: y - operand,
        "negative": lambda y: -y,
    }
    return (arithmetic | functions)[name]
