"""What a type checker sees of `import tinyreg as torch`: the table in ops/__init__.py is put there by the import.

_bool, _float and _int are Python's own: bool, float and int are dtypes here.
"""

from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from collections.abc import Sequence
from typing import Any, Literal, overload

import numpy as np

from . import autograd as autograd
from . import backend as backend
from . import backends as backends
from . import cli as cli
from . import data as data
from . import datasets as datasets
from . import experiments as experiments
from . import freed_memory as freed_memory
from . import init as init
from . import layers as layers
from . import models as models
from . import module as module
from . import nn as nn
from . import ops as ops
from . import optim as optim
from . import optimizer as optimizer
from . import plots as plots
from . import profiler as profiler
from . import random as random
from . import regularization as regularization
from . import selection as selection
from . import serialization as serialization
from . import thread_pool as thread_pool
from . import threads as threads
from . import training as training
from . import transforms as transforms
from . import types as types
from . import utils as utils
from .autograd.anomaly import is_anomaly_check_nan_enabled as is_anomaly_check_nan_enabled
from .autograd.anomaly import is_anomaly_enabled as is_anomaly_enabled
from .autograd.grad_mode import enable_grad as enable_grad
from .autograd.grad_mode import inference_mode as inference_mode
from .autograd.grad_mode import is_grad_enabled as is_grad_enabled
from .autograd.grad_mode import no_grad as no_grad
from .autograd.grad_mode import set_grad_enabled as set_grad_enabled
from .autograd.printing import set_printoptions as set_printoptions
from .autograd.tensor import Size as Size
from .autograd.tensor import Tensor as Tensor
from .backend import get_default_dtype as get_default_dtype
from .backend import set_default_dtype as set_default_dtype
from .backend import use_backend as use_backend
from .conventions import convert as convert
from .device import accelerator as accelerator
from .device import cuda as cuda
from .device import device as device
from .device import get_default_device as get_default_device
from .device import set_default_device as set_default_device
from .freed_memory import keep_freed_memory as keep_freed_memory
from .ops.activation import logit as logit
from .ops.activation import sigmoid as sigmoid
from .ops.activation import tanh as tanh
from .ops.arithmetic import add as add
from .ops.arithmetic import div as div
from .ops.arithmetic import div as divide
from .ops.arithmetic import div as true_divide
from .ops.arithmetic import floor_divide as floor_divide
from .ops.arithmetic import fmod as fmod
from .ops.arithmetic import neg as neg
from .ops.arithmetic import neg as negative
from .ops.arithmetic import pow as pow
from .ops.arithmetic import remainder as remainder
from .ops.arithmetic import rsub as rsub
from .ops.arithmetic import sub as sub
from .ops.arithmetic import sub as subtract
from .ops.broadcasting import result_type as result_type
from .ops.combination import addcdiv as addcdiv
from .ops.combination import addcmul as addcmul
from .ops.combination import lerp as lerp
from .ops.comparison import allclose as allclose
from .ops.comparison import bitwise_and as bitwise_and
from .ops.comparison import bitwise_not as bitwise_not
from .ops.comparison import bitwise_or as bitwise_or
from .ops.comparison import bitwise_xor as bitwise_xor
from .ops.comparison import eq as eq
from .ops.comparison import equal as equal
from .ops.comparison import ge as ge
from .ops.comparison import ge as greater_equal
from .ops.comparison import gt as greater
from .ops.comparison import gt as gt
from .ops.comparison import isclose as isclose
from .ops.comparison import isfinite as isfinite
from .ops.comparison import isinf as isinf
from .ops.comparison import isnan as isnan
from .ops.comparison import le as le
from .ops.comparison import le as less_equal
from .ops.comparison import logical_and as logical_and
from .ops.comparison import logical_not as logical_not
from .ops.comparison import logical_or as logical_or
from .ops.comparison import logical_xor as logical_xor
from .ops.comparison import lt as less
from .ops.comparison import lt as lt
from .ops.comparison import masked_fill as masked_fill
from .ops.comparison import ne as ne
from .ops.comparison import ne as not_equal
from .ops.conversion import clone as clone
from .ops.counting import bincount as bincount
from .ops.counting import count_nonzero as count_nonzero
from .ops.creation import arange as arange
from .ops.creation import as_tensor as as_tensor
from .ops.creation import bernoulli as bernoulli
from .ops.creation import empty as empty
from .ops.creation import empty_like as empty_like
from .ops.creation import eye as eye
from .ops.creation import from_numpy as from_numpy
from .ops.creation import full as full
from .ops.creation import full_like as full_like
from .ops.creation import linspace as linspace
from .ops.creation import logspace as logspace
from .ops.creation import normal as normal
from .ops.creation import ones as ones
from .ops.creation import ones_like as ones_like
from .ops.creation import rand as rand
from .ops.creation import rand_like as rand_like
from .ops.creation import randint_like as randint_like
from .ops.creation import randn as randn
from .ops.creation import randn_like as randn_like
from .ops.creation import randperm as randperm
from .ops.creation import tensor as tensor
from .ops.creation import zeros as zeros
from .ops.creation import zeros_like as zeros_like
from .ops.diagonal import diag as diag
from .ops.diagonal import diag_embed as diag_embed
from .ops.diagonal import diagonal as diagonal
from .ops.diagonal import trace as trace
from .ops.einsum import einsum as einsum
from .ops.einsum import tensordot as tensordot
from .ops.elementwise import abs as abs
from .ops.elementwise import abs as absolute
from .ops.elementwise import clamp as clamp
from .ops.elementwise import clamp as clip
from .ops.elementwise import clamp_max as clamp_max
from .ops.elementwise import clamp_min as clamp_min
from .ops.elementwise import exp as exp
from .ops.elementwise import exp2 as exp2
from .ops.elementwise import expm1 as expm1
from .ops.elementwise import log as log
from .ops.elementwise import log1p as log1p
from .ops.elementwise import log2 as log2
from .ops.elementwise import log10 as log10
from .ops.elementwise import maximum as maximum
from .ops.elementwise import minimum as minimum
from .ops.elementwise import reciprocal as reciprocal
from .ops.elementwise import rsqrt as rsqrt
from .ops.elementwise import sqrt as sqrt
from .ops.elementwise import square as square
from .ops.error_function import erf as erf
from .ops.extremum import Selection
from .ops.extremum import amax as amax
from .ops.extremum import amin as amin
from .ops.extremum import aminmax as aminmax
from .ops.extremum import argmax as argmax
from .ops.extremum import argmin as argmin
from .ops.gathering import gather as gather
from .ops.gathering import index_add as index_add
from .ops.gathering import index_copy as index_copy
from .ops.gathering import index_fill as index_fill
from .ops.gathering import index_select as index_select
from .ops.gathering import scatter as scatter
from .ops.gathering import scatter_add as scatter_add
from .ops.gathering import take_along_dim as take_along_dim
from .ops.indexing import masked_select as masked_select
from .ops.indexing import take as take
from .ops.joining import cat as cat
from .ops.joining import cat as concat
from .ops.joining import cat as concatenate
from .ops.joining import chunk as chunk
from .ops.joining import dstack as dstack
from .ops.joining import hstack as hstack
from .ops.joining import narrow as narrow
from .ops.joining import select as select
from .ops.joining import split as split
from .ops.joining import stack as stack
from .ops.joining import tensor_split as tensor_split
from .ops.joining import unbind as unbind
from .ops.joining import vstack as vstack
from .ops.limits import finfo as finfo
from .ops.limits import iinfo as iinfo
from .ops.linear_algebra import addmm as addmm
from .ops.linear_algebra import addmv as addmv
from .ops.linear_algebra import baddbmm as baddbmm
from .ops.linear_algebra import bmm as bmm
from .ops.linear_algebra import dot as dot
from .ops.linear_algebra import matmul as matmul
from .ops.linear_algebra import mm as mm
from .ops.linear_algebra import mv as mv
from .ops.linear_algebra import outer as ger
from .ops.linear_algebra import outer as outer
from .ops.norm import norm as norm
from .ops.rectifier import relu as relu
from .ops.reduction import all as all
from .ops.reduction import any as any
from .ops.reduction import logsumexp as logsumexp
from .ops.reduction import mean as mean
from .ops.reduction import nanmean as nanmean
from .ops.reduction import nansum as nansum
from .ops.reduction import std as std
from .ops.reduction import std_mean as std_mean
from .ops.reduction import sum as sum
from .ops.reduction import var as var
from .ops.reduction import var_mean as var_mean
from .ops.repetition import repeat_interleave as repeat_interleave
from .ops.repetition import tile as tile
from .ops.rounding import ceil as ceil
from .ops.rounding import floor as floor
from .ops.rounding import frac as frac
from .ops.rounding import round as round
from .ops.rounding import sign as sign
from .ops.rounding import trunc as fix
from .ops.rounding import trunc as trunc
from .ops.scan import cumprod as cumprod
from .ops.scan import cumsum as cumsum
from .ops.scan import prod as prod
from .ops.shaping import broadcast_shapes as broadcast_shapes
from .ops.shaping import broadcast_tensors as broadcast_tensors
from .ops.shaping import broadcast_to as broadcast_to
from .ops.shaping import flatten as flatten
from .ops.shaping import meshgrid as meshgrid
from .ops.shaping import movedim as moveaxis
from .ops.shaping import movedim as movedim
from .ops.shaping import numel as numel
from .ops.shaping import permute as permute
from .ops.shaping import ravel as ravel
from .ops.shaping import reshape as reshape
from .ops.shaping import squeeze as squeeze
from .ops.shaping import swapaxes as swapaxes
from .ops.shaping import t as t
from .ops.shaping import transpose as swapdims
from .ops.shaping import transpose as transpose
from .ops.shaping import unflatten as unflatten
from .ops.shaping import unsqueeze as unsqueeze
from .ops.softmax import log_softmax as log_softmax
from .ops.softmax import softmax as softmax
from .ops.sorting import argsort as argsort
from .ops.sorting import sort as sort
from .ops.sorting import topk as topk
from .ops.tensor_types import BoolTensor as BoolTensor
from .ops.tensor_types import ByteTensor as ByteTensor
from .ops.tensor_types import CharTensor as CharTensor
from .ops.tensor_types import DoubleTensor as DoubleTensor
from .ops.tensor_types import FloatTensor as FloatTensor
from .ops.tensor_types import HalfTensor as HalfTensor
from .ops.tensor_types import IntTensor as IntTensor
from .ops.tensor_types import LongTensor as LongTensor
from .ops.tensor_types import ShortTensor as ShortTensor
from .ops.triangle import tril as tril
from .ops.triangle import tril_indices as tril_indices
from .ops.triangle import triu as triu
from .ops.triangle import triu_indices as triu_indices
from .ops.trigonometry import acos as acos
from .ops.trigonometry import acos as arccos
from .ops.trigonometry import asin as arcsin
from .ops.trigonometry import asin as asin
from .ops.trigonometry import atan as arctan
from .ops.trigonometry import atan as atan
from .ops.trigonometry import atan2 as arctan2
from .ops.trigonometry import atan2 as atan2
from .ops.trigonometry import cos as cos
from .ops.trigonometry import cosh as cosh
from .ops.trigonometry import sin as sin
from .ops.trigonometry import sinh as sinh
from .ops.trigonometry import tan as tan
from .ops.turning import flip as flip
from .ops.turning import fliplr as fliplr
from .ops.turning import flipud as flipud
from .ops.turning import roll as roll
from .ops.turning import rot90 as rot90
from .random import Generator as Generator
from .random import default_generator as default_generator
from .random import get_state as get_rng_state
from .random import manual_seed as manual_seed
from .random import seed as seed
from .random import set_state as set_rng_state
from .serialization import load as load
from .serialization import save as save
from .thread_pool import use_thread_pool as use_thread_pool
from .threads import are_deterministic_algorithms_enabled as are_deterministic_algorithms_enabled
from .threads import get_num_threads as get_num_threads
from .threads import set_num_threads as set_num_threads
from .threads import use_deterministic_algorithms as use_deterministic_algorithms
from .types import Device, DType

__version__: str

bool: np.dtype[Any]
bool_: np.dtype[Any]
byte: np.dtype[Any]
char: np.dtype[Any]
double: np.dtype[Any]
float: np.dtype[Any]
float16: np.dtype[Any]
float32: np.dtype[Any]
float64: np.dtype[Any]
half: np.dtype[Any]
int: np.dtype[Any]
int16: np.dtype[Any]
int32: np.dtype[Any]
int64: np.dtype[Any]
int8: np.dtype[Any]
long: np.dtype[Any]
short: np.dtype[Any]
uint8: np.dtype[Any]
inf: _float
nan: _float
pi: _float

def initial_seed() -> _int: ...
def is_floating_point(self: Tensor) -> _bool: ...
def is_tensor(obj: Any) -> _bool: ...
@overload
def max(input: Tensor) -> Tensor: ...
@overload
def max(input: Tensor, dim: _int, keepdim: _bool = ...) -> Selection: ...
@overload
def max(input: Tensor, dim: Tensor) -> Tensor: ...
@overload
def max(input: Tensor, *, other: Tensor) -> Tensor: ...
@overload
def median(input: Tensor) -> Tensor: ...
@overload
def median(input: Tensor, dim: _int, keepdim: _bool = ...) -> Selection: ...
@overload
def min(input: Tensor) -> Tensor: ...
@overload
def min(input: Tensor, dim: _int, keepdim: _bool = ...) -> Selection: ...
@overload
def min(input: Tensor, dim: Tensor) -> Tensor: ...
@overload
def min(input: Tensor, *, other: Tensor) -> Tensor: ...
def mul(input: Tensor | _float, other: Tensor | _float) -> Tensor: ...
def multiply(input: Tensor | _float, other: Tensor | _float) -> Tensor: ...
@overload
def nonzero(input: Tensor, *, as_tuple: Literal[False] = ...) -> Tensor: ...
@overload
def nonzero(input: Tensor, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]: ...
@overload
def randint(
    low: _int, high: Sequence[_int], *, generator: Generator | None = ..., dtype: DType = ..., device: Device = ...,
    requires_grad: _bool = ...,
) -> Tensor: ...
@overload
def randint(
    low: _int | None = ..., high: _int | None = ..., *, size: Sequence[_int], generator: Generator | None = ..., dtype: DType = ...,
    device: Device = ..., requires_grad: _bool = ...,
) -> Tensor: ...
@overload
def randint(
    low: _int, high: _int, size: Sequence[_int], *, generator: Generator | None = ..., dtype: DType = ..., device: Device = ...,
    requires_grad: _bool = ...,
) -> Tensor: ...
@overload
def unique(
    input: Tensor, sorted: _bool = ..., return_inverse: Literal[False] = ..., return_counts: Literal[False] = ..., dim: _int | None = ...
) -> Tensor: ...
@overload
def unique(
    input: Tensor, sorted: _bool = ..., return_inverse: _bool = ..., return_counts: _bool = ..., dim: _int | None = ...
) -> Any: ...
@overload
def unique_consecutive(
    input: Tensor, return_inverse: Literal[False] = ..., return_counts: Literal[False] = ..., dim: _int | None = ...
) -> Tensor: ...
@overload
def unique_consecutive(input: Tensor, return_inverse: _bool = ..., return_counts: _bool = ..., dim: _int | None = ...) -> Any: ...
@overload
def where(condition: Tensor) -> tuple[Tensor, ...]: ...
@overload
def where(condition: Tensor, input: Tensor | _float, other: Tensor | _float) -> Tensor: ...
