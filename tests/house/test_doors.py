"""`import tinyreg as torch` is all that an ordinary script changes: the doors it walks through exist, and say what they do."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

DOORS = {
    "": "Tensor Size tensor as_tensor from_numpy zeros ones full empty arange linspace eye rand randn randint randperm "
    "zeros_like ones_like full_like empty_like rand_like randn_like add sub mul div neg pow exp log sqrt abs "
    "maximum minimum clamp where sigmoid tanh relu sum mean var std amax max amin min logsumexp norm reshape "
    "permute transpose cat stack squeeze unsqueeze flatten matmul mm softmax log_softmax eq ne lt le gt ge argmax "
    "argmin allclose equal is_tensor bernoulli normal float16 float32 float64 int8 int16 int32 int64 uint8 bool "
    "float double long int no_grad enable_grad set_grad_enabled is_grad_enabled inference_mode manual_seed "
    "get_default_dtype set_default_dtype device save load use_backend __version__ "
    "swapaxes swapdims movedim moveaxis unflatten ravel broadcast_tensors broadcast_shapes meshgrid numel is_floating_point chunk split "
    "tensor_split narrow select unbind concatenate hstack vstack dstack tile repeat_interleave flip fliplr flipud roll rot90 diag "
    "diag_embed diagonal trace tril triu tril_indices triu_indices gather scatter scatter_add take_along_dim index_select index_add "
    "index_copy index_fill masked_select masked_fill take einsum tensordot outer ger bmm addmm addmv baddbmm logspace randint_like "
    "FloatTensor DoubleTensor LongTensor IntTensor BoolTensor ByteTensor "
    "finfo iinfo set_printoptions get_num_threads set_num_threads use_deterministic_algorithms are_deterministic_algorithms_enabled "
    "initial_seed get_rng_state set_rng_state get_default_device set_default_device",
    "Tensor": "backward grad grad_fn requires_grad requires_grad_ is_leaf retain_grad register_hook detach detach_ data array "
    "shape dtype device ndim size dim numel item numpy tolist clone new view view_as reshape permute transpose t T "
    "squeeze unsqueeze flatten expand expand_as add_ sub_ mul_ div_ zero_ fill_ copy_ clamp_ uniform_ normal_ "
    "bernoulli_ float double long int to cpu cuda contiguous add sub mul div pow exp log sqrt abs clamp "
    "sigmoid tanh relu sum mean var std max min amax argmax norm matmul mm softmax log_softmax eq __iadd__ __len__ "
    "__iter__ __getitem__ __setitem__ __format__ __repr__ __bool__ __float__ __int__ __array__ repeat "
    "repeat_interleave tile flip roll tril_ triu_ diagonal diag trace swapaxes movedim "
    "unflatten ravel chunk split narrow select scatter scatter_ scatter_add_ index_add_ "
    "index_copy_ index_fill_ gather masked_select masked_fill_ take addmm addmm_ baddbmm outer type new_empty stride ndimension",
    "autograd": "Function backward grad gradcheck detect_anomaly set_detect_anomaly",
    "cuda": "is_available device_count manual_seed_all",
    "nn": "Module Parameter Linear Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d MaxPool1d MaxPool2d MaxPool3d "
    "AvgPool1d AvgPool2d AvgPool3d AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveMaxPool2d Upsample Flatten Identity Sequential ModuleList "
    "ReLU LeakyReLU Sigmoid Tanh Softmax LogSoftmax CrossEntropyLoss NLLLoss MSELoss L1Loss BCELoss "
    "BCEWithLogitsLoss Dropout BatchNorm1d BatchNorm2d BatchNorm3d LayerNorm GroupNorm InstanceNorm1d "
    "DropConnect StochasticDepth GaussianNoise Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout "
    "InstanceNorm2d InstanceNorm3d RMSNorm ReLU6 Hardtanh PReLU ELU SELU CELU GELU SiLU Mish LogSigmoid Softsign Softplus Softmin "
    "HuberLoss SmoothL1Loss KLDivLoss CosineSimilarity PairwiseDistance Unflatten",
    "nn.functional": "linear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d max_pool1d max_pool2d max_pool3d "
    "avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_max_pool2d interpolate pad "
    "relu sigmoid tanh softmax log_softmax cross_entropy "
    "dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout "
    "nll_loss mse_loss l1_loss binary_cross_entropy binary_cross_entropy_with_logits dropout batch_norm layer_norm "
    "group_norm instance_norm rms_norm relu6 hardtanh prelu elu selu celu gelu silu mish logsigmoid softsign softplus softmin "
    "relu_ leaky_relu_ elu_ selu_ celu_ hardtanh_ huber_loss smooth_l1_loss kl_div normalize cosine_similarity pairwise_distance",
    "nn.init": "zeros_ ones_ constant_ normal_ uniform_ xavier_uniform_ xavier_normal_ kaiming_uniform_ kaiming_normal_ "
    "orthogonal_ trunc_normal_ calculate_gain",
    "nn.utils": "clip_grad_norm_ clip_grad_value_ get_total_norm parameters_to_vector vector_to_parameters",
    "nn.utils.clip_grad": "clip_grad_norm_ clip_grad_value_",
    "nn.utils.convert_parameters": "parameters_to_vector vector_to_parameters",
    "nn.utils.fusion": "fuse_conv_bn_eval fuse_linear_bn_eval",
    "nn.modules.batchnorm": "_BatchNorm BatchNorm2d",
    "nn.parameter": "Parameter",
    "optim": "Optimizer SAM SGD Adam AdamW RMSprop Adagrad Adadelta",
    "optim.lr_scheduler": "LRScheduler StepLR MultiStepLR ExponentialLR PolynomialLR InverseTimeLR CosineAnnealingLR "
    "CosineAnnealingWarmRestarts ConstantLR LinearLR LambdaLR MultiplicativeLR OneCycleLR ReduceLROnPlateau SequentialLR "
    "ChainedScheduler",
    "optim.swa_utils": "AveragedModel SWALR update_bn get_ema_avg_fn get_ema_multi_avg_fn get_swa_avg_fn get_swa_multi_avg_fn",
    "utils.data": "Dataset TensorDataset Subset ConcatDataset DataLoader default_collate random_split Sampler SequentialSampler "
    "RandomSampler SubsetRandomSampler WeightedRandomSampler BatchSampler IterableDataset default_convert get_worker_info",
    "utils.data.dataset": "Dataset IterableDataset TensorDataset Subset ConcatDataset random_split",
    "utils.data.dataloader": "DataLoader default_collate",
    "utils.data.sampler": "Sampler RandomSampler SubsetRandomSampler WeightedRandomSampler BatchSampler",
    "optim.optimizer": "Optimizer",
    "backends": "cudnn.benchmark cudnn.deterministic cuda.matmul.allow_tf32 mps.is_available",
    "accelerator": "is_available current_accelerator",
    "datasets": "Digits MNIST FashionMNIST CIFAR10 NpzImages Diabetes Prostate MNIST1D two_moons spirals linear_regression",
    "transforms": "Compose Lambda RandomApply ToTensor Normalize Pad CenterCrop RandomCrop RandomHorizontalFlip RandomVerticalFlip "
    "Grayscale ColorJitter GaussianNoise RandomErasing MixUp CutMix Resize RandomRotation RandomAffine InterpolationMode",
    "data": "KFold StratifiedKFold NormalizeImages corrupt_labels stratified_split train_validation_test_split read_idx",
    "selection": "KFold StratifiedKFold cross_val_score GridSearch RandomSearch log_grid LogUniform Uniform one_standard_error "
    "SearchResults SerialExecutor processes",
    "plots": "coefficient_path filter_factors balls conventions double_descent validation_curve",
    "random": "manual_seed Generator freeze fork_rng get_rng_state set_rng_state initial_seed host_masks set_host_masks "
    "is_host_masks_enabled",
    "training": "fit evaluate History Checkpoint twin Twin TwinStep Difference",
    "regularization": "l2_penalty l1_penalty soft_threshold elastic_net_penalty Dropout dropout BatchNorm1d batch_norm LayerNorm "
    "layer_norm GroupNorm group_norm InstanceNorm2d instance_norm smooth_labels clip_grad_norm_ clip_grad_value_ "
    "monte_carlo predictive_entropy mutual_information GaussianDropout gaussian_dropout EarlyStopping decay_ "
    "group_lasso_penalty group_soft_threshold group_lasso_proximal_ orthogonality_penalty max_norm_ clip_weights_ random_shrink_ "
    "confidence_penalty activity_penalty kl_sparsity "
    "gradient_penalty jacobian_penalty fgsm pgd virtual_adversarial_loss SAM "
    "mixup mixed_loss MixUp cutmix CutMix cutout Cutout RandomErasing ledger "
    "ridge filter_factors lasso_path elastic_net_path lars_path at_strength at_fraction enet_path group_lasso_path",
}


def run(*arguments, **options):
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, **options)


@pytest.fixture(scope="module")
def missing():
    """The names that `import tinyreg as torch`, and nothing else, does not give; asked in a fresh interpreter."""
    program = """
import json, sys
from functools import reduce
import tinyreg as torch
names = json.load(sys.stdin)
def exists(name):
    try:
        reduce(getattr, name.split("."), torch)
    except (AttributeError, ImportError):
        return False
    return True
print(json.dumps([name for name in names if not exists(name)]))
"""
    names = [f"{room}.{name}".lstrip(".") for room, line in DOORS.items() for name in line.split()]
    done = run("-c", program, input=json.dumps(names))
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("room", DOORS)
def test_doors_open(room, missing):
    closed = [name for name in DOORS[room].split() if f"{room}.{name}".lstrip(".") in missing]
    assert not closed, f"torch.{room} lacks {' '.join(closed)}"


OVERRIDES = {"forward", "backward", "extra_repr", "reset_parameters"}  # said by the class they belong to


def undocumented(node, where):
    """Public functions, classes and methods below a node that have no docstring."""
    for inner in node.body:
        if isinstance(inner, ast.FunctionDef | ast.ClassDef) and not inner.name.startswith("_") and inner.name not in OVERRIDES:
            setter = any(ast.unparse(decorator).endswith((".setter", "overload")) for decorator in inner.decorator_list)
            if not setter and not ast.get_docstring(inner):
                yield f"{where}:{inner.lineno} {inner.name}"
            if isinstance(inner, ast.ClassDef):
                yield from undocumented(inner, where)


@pytest.mark.parametrize("path", sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tinyreg").rglob("*.py")))
def test_public_names_say_what_they_do(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{path}: no docstring"
    silent = list(undocumented(tree, path))
    assert not silent, "\n".join(silent)


def test_the_command_line_answers():
    done = run("-m", "tinyreg", "--help")
    assert done.returncode == 0, done.stderr
    assert {"compare", "gradcheck", "info"} <= set(done.stdout.replace(",", " ").replace("{", " ").replace("}", " ").split())


@pytest.mark.parametrize("line", ["compare --epochs 0", "compare --methods dropuot", "gradcheck no_such_door", "nothing"])
def test_the_command_line_refuses_in_a_sentence(line):
    done = run("-m", "tinyreg", *line.split())
    assert done.returncode == 2, done.stdout + done.stderr
    assert line.split()[-1] in done.stderr and "Traceback" not in done.stderr
