"""The engine: arrays and the chain rule, no derivative of any layer."""

from .anomaly import detect_anomaly, is_anomaly_check_nan_enabled, is_anomaly_enabled, set_detect_anomaly
from .function import ArrayFunction, Context, Function
from .grad_mode import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from .gradcheck import GradcheckError, gradcheck, relative_errors
from .gradients import backward, grad
from .in_place import stamp, write
from .tensor import Size, Tensor
from .variable import Variable

__all__ = [
    "ArrayFunction",
    "Context",
    "Function",
    "GradcheckError",
    "Size",
    "Tensor",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "grad",
    "gradcheck",
    "inference_mode",
    "is_anomaly_check_nan_enabled",
    "is_anomaly_enabled",
    "is_grad_enabled",
    "no_grad",
    "relative_errors",
    "set_detect_anomaly",
    "set_grad_enabled",
    "stamp",
    "write",
]
