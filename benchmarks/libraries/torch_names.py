"""What tinyreg and PyTorch share: the names. Both are measured by the same lines."""

from ..workloads import ADAM, DROPOUT_P, LEARNING_RATE
from .library import Library, Trainer, operation


class TorchNames(Library):
    """A library under PyTorch's names.

    Args:
        torch: the module.
    """

    def __init__(self, torch, threads, dtype, device):
        self.torch, self.threads, self.dtype, self.device = torch, threads, dtype, device

    def to_numpy(self, value):
        return value.detach().cpu().numpy()

    def trainer(self, network, weights, dropout=True):
        return TorchTrainer(self, network, weights, dropout)

    def layer(self, kind, *sizes, dropout, flat):
        """A layer of a network; None where it is left out."""
        nn = self.torch.nn
        if kind == "batch_norm":
            return nn.BatchNorm1d(*sizes) if flat else nn.BatchNorm2d(*sizes)
        if kind == "dropout":
            return nn.Dropout(*sizes) if dropout else None
        if kind == "conv":
            inputs, outputs, side, padding = sizes
            return nn.Conv2d(inputs, outputs, side, padding=padding)
        return {"linear": nn.Linear, "relu": nn.ReLU, "sigmoid": nn.Sigmoid, "pool": nn.MaxPool2d, "flatten": nn.Flatten}[kind](*sizes)

    def chain(self, chain, length):
        full = self.torch.full
        kind = {"dtype": getattr(self.torch, self.dtype), "device": self.device}
        tensors = {
            "w": full((chain.elements,), 1.0, requires_grad=True, **kind),
            "one": full((chain.elements,), 1.0, **kind),
        }
        functions = {"tanh": lambda y: y.tanh(), "exp": lambda y: y.exp(), "sigmoid": lambda y: y.sigmoid()}
        operations = [
            operation(name, *(tensors.get(operand, operand) for operand in rest), **functions) for name, *rest in chain.operations
        ]
        differentiated = [tensors["w"]] if any("w" in operation for operation in chain.operations) else []
        ones = full((chain.elements,), 1.0, **kind)
        x = full((chain.elements,), chain.start, requires_grad=True, **kind)
        rounds = range(length // len(operations))

        def there_and_back():
            x.grad = None
            for w in differentiated:
                w.grad = None
            y = x
            for _ in rounds:
                for apply in operations:
                    y = apply(y)
            y.backward(ones)
            return y, x.grad, *(w.grad for w in differentiated)

        return there_and_back

    def kernel(self, name, arrays):
        given = {key: self.array(array) for key, array in arrays.items()}
        return getattr(self, f"kernel_{name}")(**given)

    def kernel_dropout(self, x, g):
        layer = self.torch.nn.Dropout(DROPOUT_P)
        x.requires_grad_()

        def there_and_back():
            x.grad = None
            y = layer(x)
            y.backward(g)
            return y, x.grad

        return there_and_back

    def kernel_batch_norm(self, x, weight, bias, g):
        layer = self.torch.nn.BatchNorm2d(len(weight), device=self.device, dtype=x.dtype)
        with self.torch.no_grad():
            layer.weight.copy_(weight)
            layer.bias.copy_(bias)
        x.requires_grad_()

        def there_and_back():
            x.grad = layer.weight.grad = layer.bias.grad = None
            y = layer(x)
            y.backward(g)
            return y, x.grad, layer.weight.grad, layer.bias.grad

        return there_and_back

    def penalty(self, p):
        """The L1 + L2 penalty as a user of the library writes it."""
        raise NotImplementedError

    def kernel_penalty(self, p):
        p.requires_grad_()

        def there_and_back():
            p.grad = None
            value = self.penalty(p)
            value.backward()
            return value, p.grad

        return there_and_back

    adam_options = {}

    def kernel_adam(self, p, g):
        p.requires_grad_()
        p.grad = g
        optimizer = self.torch.optim.Adam([p], **ADAM, **self.adam_options)

        def step():
            optimizer.step()
            return (p,)

        return step


class TorchTrainer(Trainer):
    """A Sequential, CrossEntropyLoss and SGD."""

    def __init__(self, library, network, weights, dropout):
        self.library, self.torch = library, library.torch
        flat = len(network.shape) == 1
        layers = [library.layer(*layer, dropout=dropout, flat=flat) for layer in network.layers]
        self.model = self.torch.nn.Sequential(*(layer for layer in layers if layer is not None))
        self.model.to(device=library.device, dtype=getattr(self.torch, library.dtype))
        with self.torch.no_grad():
            for parameter, weight in zip(self.model.parameters(), weights, strict=True):
                parameter.copy_(library.array(weight))
        self.loss = self.torch.nn.CrossEntropyLoss()
        self.optimizer = self.torch.optim.SGD(self.model.parameters(), lr=LEARNING_RATE, weight_decay=network.weight_decay)

    def train(self):
        self.model.train()

    def eval(self):
        self.model.eval()

    def step(self, x, y):
        self.optimizer.zero_grad()
        loss = self.loss(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss

    def infer(self, x):
        with self.torch.no_grad():
            return self.model(x)

    def weights(self):
        return [self.library.to_numpy(parameter) for parameter in self.model.parameters()]
