"""PyTorch, eager: an ordinary script; Adam with fused=True, which is its fastest; the penalty in its own operations."""

import torch

from ..workloads import L1_STRENGTH, L2_STRENGTH
from .torch_names import TorchNames


class PyTorch(TorchNames):
    """PyTorch on a CPU, or with float32 that is no TF32 on an NVIDIA GPU."""

    name = "pytorch"
    title = "PyTorch"
    numpy_based = False
    adam_options = {"fused": True}

    def __init__(self, threads, dtype="float32", device="cpu"):
        super().__init__(torch, threads, dtype, device)
        torch.set_num_threads(threads)
        if device == "cuda":
            if not torch.cuda.is_available():
                raise RuntimeError(
                    "PyTorch: a CUDA device and a PyTorch built for it must be there, got none; measure with --backend numpy"
                )
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False

    @staticmethod
    def version():
        return torch.__version__

    def settings(self):
        return {"threads": torch.get_num_threads(), "mode": "eager", "Adam": "fused=True"}

    def hardware(self):
        return torch.cuda.get_device_name() if self.device == "cuda" else None

    def array(self, x):
        return torch.tensor(x, dtype=getattr(torch, self.dtype) if x.dtype.kind == "f" else None, device=self.device)

    def penalty(self, p):
        return L2_STRENGTH / 2 * (p * p).sum() + L1_STRENGTH * p.abs().sum()

    def seconds(self, call, count):
        if self.device == "cpu":
            return super().seconds(call, count)
        events = [torch.cuda.Event(enable_timing=True) for _ in range(count + 1)]
        events[0].record()
        for event in events[1:]:
            call()
            event.record()
        torch.cuda.synchronize()
        return [begin.elapsed_time(end) / 1e3 for begin, end in zip(events, events[1:])]
