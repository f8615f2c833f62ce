"""The ledger inside a training: hooks of fit, SAM, gathered batches, weights that others move; and it keeps nothing alive."""

import copy
import gc
import io
import pickle
import weakref

import numpy as np
import pytest

import tinyreg
from tests.regularization.ledger.test_split import lengths
from tinyreg import nn, optim
from tinyreg import regularization as room
from tinyreg.regularization import ledger
from tinyreg.training import fit


def network():
    tinyreg.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))


def batches():
    rng = np.random.default_rng(0)
    return [(tinyreg.tensor(rng.standard_normal((n, 4)).astype("float32")), tinyreg.tensor(np.arange(n) % 2)) for n in (8, 8, 4)]


TRAININGS = {
    "plain": {},
    "clipped": {"clip_norm": 0.05},
    "gathered": {"accumulate": 2},
    "gathered and clipped": {"accumulate": 3, "clip_norm": 0.05},
}


@pytest.mark.parametrize("sam", [False, True], ids=["SGD", "SAM"])
@pytest.mark.parametrize("options", TRAININGS.values(), ids=TRAININGS)
def test_a_hook_of_fit_sees_each_step(options, sam):
    """The penalty's part is that of the weights of the step; the data's part is the mean over its batches."""
    net, books, wanted, waiting = network(), [], [], []
    base = optim.SGD(net.parameters(), lr=0.5, momentum=0.9)
    optimizer = optim.SAM(base) if sam else base
    every = options.get("accumulate", 1)

    def look(*_):
        books.append(ledger(net))
        part, waiting[:] = waiting[:every], waiting[every:]
        loss = sum(nn.functional.cross_entropy(net(x), y) * len(y) for x, y in part) * (1 / sum(len(y) for _, y in part))
        wanted.append((lengths(loss, net), lengths(room.l2_penalty(net, 0.1), net)))

    optimizer.register_step_pre_hook(look)
    waiting += batches()
    fit(
        net, batches(), loss=nn.functional.cross_entropy, optimizer=optimizer, epochs=1, progress=False,
        regularizer=lambda model, *_: room.l2_penalty(model, 0.1), **options,
    )  # fmt: skip
    assert len(books) == len(wanted) == -(-3 // every)
    for book, (own, term) in zip(books, wanted):
        for row in book:
            assert row.data == pytest.approx(own[row.name], rel=2e-5)
            assert row.penalties == pytest.approx({"l2_penalty": term[row.name]} if row.name in term else {}, rel=1e-5)
        assert book.warnings == [] and ("SAM(SGD)" if sam else "SGD") in book.rows[0].touched_by


def test_inside_sams_closure():
    net, books = network(), []
    optimizer = optim.SAM(optim.SGD(net.parameters(), lr=0.1), rho=0.5)
    ((x, y), *_) = batches()

    def closure():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y) + room.l2_penalty(net, 0.1)
        loss.backward()
        books.append(ledger(net))
        assert books[-1]["0.weight"].penalties["l2_penalty"] == pytest.approx(0.1 * books[-1]["0.weight"].weight, rel=1e-5)
        return loss

    optimizer.step(closure)
    assert len(books) == 2 and books[0]["0.weight"].weight != books[1]["0.weight"].weight
    with pytest.raises(RuntimeError, match="weights must be those of the backward, got 0.weight"):
        ledger(net)


def test_weights_that_noise_has_left():
    net = network()
    ((x, y), *_) = batches()
    with room.weight_noise(net, 0.1):
        nn.functional.cross_entropy(net(x), y).backward()
        inside = ledger(net)
    assert ledger(net)["0.weight"].data == inside["0.weight"].data, "without a penalty nothing is computed again"
    with room.weight_noise(net, 0.1):
        (nn.functional.cross_entropy(net(x), y) + room.l2_penalty(net, 0.1)).backward()
    with pytest.raises(RuntimeError, match="weights must be those of the backward"):
        ledger(net)


def test_masks_and_computed_weights_are_told():
    net = nn.Sequential(nn.DropConnect(nn.Linear(4, 3), p=0.3), nn.Tanh(), nn.utils.weight_norm(nn.Linear(3, 2)))
    ((x, y), *_) = batches()
    (nn.functional.cross_entropy(net(x), y) + room.l2_penalty(net, 0.1)).backward()
    book = ledger(net)
    assert book["0.module.weight"].touched_by == ["DropConnect p=0.3"] and book["0.module.bias"].touched_by == []
    assert [book[f"2.weight_{part}"].touched_by for part in "gv"] == [["weight_norm"]] * 2


WRITERS = {
    "max_norm_ 3": lambda net: room.max_norm_(net, 3.0),
    "clip_weights_ [-0.5, 2]": lambda net: room.clip_weights_(net, -0.5, 2.0),
    "decay_ 0.2": lambda net: room.decay_(net, 0.1, 0.2),
    "l1_proximal_ 0.01": lambda net: room.l1_proximal_(net, 0.1, 0.01),
    "elastic_net_proximal_ 0.01": lambda net: room.elastic_net_proximal_(net, 0.1, 0.01, 0.5),
    "group_lasso_proximal_ 0.01": lambda net: room.group_lasso_proximal_(net, 0.1, 0.01),
    "random_shrink_ 0.1": lambda net: room.random_shrink_(net, 0.1),
}


@pytest.mark.parametrize("words", WRITERS)
def test_doors_that_write_are_told(words):
    net = network()
    WRITERS[words](net)
    WRITERS[words](net[0])
    net(tinyreg.ones(2, 4)).sum().backward()
    book = ledger(net)
    assert [row.touched_by for row in book] == [[words], [], [words], []]
    room.max_norm_(net, float("inf"))
    assert [row.touched_by for row in ledger(net)] == [[words], [], [words], []]


# nothing is kept, nothing is copied


def test_notes_keep_no_model_alive():
    gc.collect()
    gc.disable()
    try:
        net = network()
        optimizer = optim.SGD(net.parameters(), lr=0.1, weight_decay=0.1)
        terms = room.l2_penalty(net, 0.1) + room.group_lasso_penalty(net, 0.1) + room.l1_penalty([p.data for p in net.parameters()], 0.1)
        (net(tinyreg.ones(2, 4)).sum() + terms).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        room.max_norm_(net, 3.0)
        alive = [weakref.ref(x) for x in (net, net[0], net[0].weight, net[0].weight.grad, optimizer)]
        assert None not in [reference() for reference in alive]
        memory = id(net[0].weight.array)
        assert memory in tinyreg.touches._overlooked
        del net, optimizer, terms
        assert [reference() for reference in alive] == [None] * 5, "no cycle waits for the garbage collector"
        assert memory not in tinyreg.touches._overlooked
    finally:
        gc.enable()


def test_a_long_training_keeps_as_much_as_a_short_one():
    net = network()
    optimizer = optim.SGD(net.parameters(), lr=0.01)

    def steps(n):
        for step in range(n):
            optimizer.zero_grad(set_to_none=False)
            (net(tinyreg.ones(2, 4)).sum() + room.l2_penalty(net, 0.1 / (1 + step))).backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            room.max_norm_(net, 3.0 + step)
        gc.collect()
        return len(gc.get_objects())

    before = steps(5)
    assert steps(50) <= before + 20
    assert len(net[0].weight.touches) == 2


@pytest.mark.parametrize("wrapped", [0, 2], ids=["first", "last"])
def test_notes_on_computed_weights_do_not_pile_up(wrapped):
    net = network()
    nn.utils.weight_norm(net[wrapped])
    kept = []
    for _ in range(20):
        kept.append(net[wrapped].weight)  # so that the next one has another id
        room.l2_penalty(net, 0.1)
    assert [len(p.touches) for p in net.parameters() if p.touches] == [1]


def test_a_computed_weight_whose_module_is_gone():
    for remove in (False, True):
        net = nn.utils.weight_norm(nn.Linear(3, 2))
        w, g = net.weight, net.weight_g
        if remove:
            nn.utils.remove_weight_norm(net)
        else:
            del net
        room.l2_penalty([w], 0.1).backward()
        assert g.grad is not None and g.touches is None


def test_copies_and_files_are_without_notes():
    net = network()
    (net(tinyreg.ones(2, 4)).sum() + room.l2_penalty(net, 0.1)).backward()
    room.max_norm_(net, 3.0)
    w = net[0].weight
    assert w.touches and w.grad.account.terms
    for twin in (copy.deepcopy(w), copy.copy(w), pickle.loads(pickle.dumps(w))):
        assert type(twin) is type(w) and (twin.numpy() if not twin.requires_grad else twin.detach().numpy()).tolist() == w.tolist()
        assert twin.touches is None and twin.computed is None
        assert twin.requires_grad and (twin.grad is None or twin is not w)
    again = pickle.loads(pickle.dumps(w.grad))
    assert again.account is None and again.tolist() == w.grad.tolist()
    twin = copy.deepcopy(net)
    assert all(p.touches is None for p in twin.parameters())
    file = io.BytesIO()
    tinyreg.save(net.state_dict(), file)
    assert set(net.state_dict()) == {"0.weight", "0.bias", "2.weight", "2.bias"}


def test_a_copied_optimizer_is_known():
    net = network()
    optimizer = optim.AdamW(net.parameters(), weight_decay=0.1)
    twin_net, twin = copy.deepcopy((net, optimizer))
    del optimizer
    gc.collect()
    twin_net(tinyreg.ones(2, 4)).sum().backward()
    assert ledger(twin_net)["0.weight"].touched_by == ["AdamW, decoupled decay 0.1"]
    del twin


def test_an_optimizer_from_a_file_counts_its_steps_anew():
    """The clock is that of a process: numbers of another one would put what is done now before its steps."""
    net = network()
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    for _ in range(2):
        net(tinyreg.ones(2, 4)).sum().backward()
        optimizer.step()
    assert optimizer.last_steps > (0, 0)
    again = pickle.loads(pickle.dumps(optimizer))
    assert again.last_steps == (0, 0) and again.steps == 2 and again in tinyreg.touches.optimizers()


def test_an_optimizer_of_pytorchs_kind_is_known():
    class Own(optim.Optimizer):
        def __init__(self, params, lr):
            super().__init__(params, {"lr": lr, "weight_decay": 0.5})

        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    p.data.add_(p.grad, alpha=-group["lr"])

    net = network()
    optimizer = Own(net.parameters(), lr=0.1)
    net(tinyreg.ones(2, 4)).sum().backward()
    optimizer.step()
    assert ledger(net)["0.weight"].touched_by == ["Own, decay 0.5"]


def test_threads_note_side_by_side():
    from concurrent.futures import ThreadPoolExecutor

    def train(seed):
        net = nn.Linear(3, 2).double()
        for _ in range(20):
            net.zero_grad()
            (net(tinyreg.ones(2, 3).double()).sum() + room.l2_penalty(net, 0.1 * (seed + 1))).backward()
            row = ledger(net)["weight"]
            assert row.penalties["l2_penalty"] == pytest.approx(0.1 * (seed + 1) * row.weight, rel=1e-12)
            assert row.data == pytest.approx(24**0.5, rel=1e-12)
        return True

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(train, range(4))) == [True] * 4
