"""tinyreg by its public names, as a user writes it."""

import numpy as np

import tinyreg
from tinyreg.regularization import l1_penalty, l2_penalty

from ..workloads import L1_STRENGTH, L2_STRENGTH
from .torch_names import TorchNames


class Tinyreg(TorchNames):
    """tinyreg on NumPy, or on CuPy where the device is "cuda"."""

    name = "tinyreg"
    title = "tinyreg"

    def __init__(self, threads, dtype="float32", device="cpu"):
        if device == "cuda":
            tinyreg.use_backend("cupy")
        super().__init__(tinyreg, threads, dtype, device)

    @staticmethod
    def version():
        return tinyreg.__version__

    def settings(self):
        return {"backend": tinyreg.backend.current(), "threads of the pool": tinyreg.thread_pool.size()}

    def hardware(self):
        if self.device == "cpu":
            return None
        import cupy

        return cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)["name"].decode()

    def array(self, x):
        return tinyreg.tensor(x.astype(self.dtype) if x.dtype.kind == "f" else np.asarray(x), device=self.device)

    def penalty(self, p):
        return l2_penalty([p], L2_STRENGTH) + l1_penalty([p], L1_STRENGTH)

    def seconds(self, call, count):
        if self.device == "cpu":
            return super().seconds(call, count)
        import cupy

        events = [cupy.cuda.Event() for _ in range(count + 1)]
        events[0].record()
        for event in events[1:]:
            call()
            event.record()
        events[-1].synchronize()
        return [cupy.cuda.get_elapsed_time(begin, end) / 1e3 for begin, end in zip(events, events[1:])]
