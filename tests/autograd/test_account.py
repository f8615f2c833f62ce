"""The account of a gradient: shared by a pass, never changed behind somebody's back, and cheap."""

import tinyreg
from tinyreg.autograd import account, engine, in_place
from tinyreg.autograd.account import Account, Change, Term, Touch
from tinyreg.autograd.hooks import hook
from tinyreg.regularization import l1_penalty, l2_penalty


def leaf(*values):
    return tinyreg.tensor(list(values), requires_grad=True)


def entries(w):
    return [(term.who, float(amount)) for term, amount in w.grad.account.terms]


def test_a_pass_has_one_account():
    v, w = leaf(1.0), leaf(2.0)
    (v.sum() + w.sum()).backward()
    assert v.grad.account is w.grad.account and v.grad.account.terms == ()
    first = v.grad.account
    (v.sum() + w.sum() + l2_penalty([v, w], 0.1)).backward()
    assert v.grad.account is w.grad.account is not first and first.terms == () and entries(v) == [("l2_penalty", 1.0)]


def test_amounts_add_up_over_passes():
    w = leaf(1.0, 2.0)
    for factor in (1.0, 2.0, 4.0):
        (l2_penalty([w], 0.1) * factor + l1_penalty([w], 0.1)).backward()
    assert sorted(entries(w)) == [("l1_penalty", 3.0), ("l2_penalty", 7.0)]


def test_a_term_sees_the_gradient_after_all_hooks_and_changes_nothing():
    w = leaf(1.0, 2.0)
    plain = tinyreg.tensor([0.2, 0.4])
    penalty = l2_penalty([w], 0.1)
    seen = []
    hook(penalty, lambda grad: seen.append(grad.item()))
    hook(penalty, lambda grad: grad * 2)
    penalty.backward()
    assert seen == [1.0] and entries(w) == [("l2_penalty", 2.0)] and tinyreg.allclose(w.grad, plain)


def test_a_scalar_leaf_does_not_share_the_terms_amount():
    """The cotangent of the penalty is also the gradient of a leaf beside it, which later passes add to."""
    w, b = leaf(1.0, 2.0), tinyreg.tensor(3.0, requires_grad=True)
    ((l2_penalty([w], 0.1) + b) * 2.0).backward()
    assert entries(w) == [("l2_penalty", 2.0)] and b.grad.item() == 2.0
    b.grad.mul_(100)
    assert entries(w) == [("l2_penalty", 2.0)]


def test_a_graph_that_is_kept_counts_each_pass():
    w = leaf(1.0)
    loss = l2_penalty([w], 0.1) + w.sum()
    loss.backward(retain_graph=True)
    loss.backward()
    assert entries(w) == [("l2_penalty", 2.0)]


def test_a_backward_that_fails_enters_nothing():
    w = leaf(1.0)
    loss = l2_penalty([w], 0.1)
    loss.backward()
    try:
        (loss * 2 + l1_penalty([w], 0.1)).backward()
    except RuntimeError as error:
        assert "released" in str(error)
    assert entries(w) == [("l2_penalty", 1.0)]


def test_a_backward_inside_a_hook_has_its_own_account():
    v, w = leaf(1.0), leaf(1.0)
    loss = w * 1.0

    def inner(grad):
        l1_penalty([v], 0.1).backward()

    loss.register_hook(inner)
    (loss.sum() + l2_penalty([w], 0.1)).backward()
    assert entries(v) == [("l1_penalty", 1.0)] and entries(w) == [("l2_penalty", 1.0)]


def test_a_penalty_that_is_written_in_place_and_added_in_place():
    w = leaf(1.0, 2.0)
    loss = w.sum()
    penalty = l2_penalty([w], 0.1)
    penalty *= 3
    loss += penalty
    loss.backward()
    assert entries(w) == [("l2_penalty", 3.0)]


def test_changes_are_shared_and_kept_apart():
    v, w = leaf(1.0), leaf(2.0)
    (v.sum() + w.sum() + l2_penalty([v, w], 0.1)).backward()
    old = v.grad.account
    Change("a", 0.5).note(v.grad)
    assert w.grad.account is old and v.grad.account.changes == (("a", 0.5, {}),) and old.changes == ()
    both = Change("b", 0.25)
    both.note(v.grad)
    both.note(w.grad)
    assert [float(amount) for _, amount in v.grad.account.amounts()] == [0.125]
    assert [float(amount) for _, amount in w.grad.account.amounts()] == [0.25]


def test_terms_are_the_same_where_settings_weights_and_kind_agree():
    v, w = leaf(1.0), leaf(2.0)
    key = lambda *terms: [term.key() for term in terms]  # noqa: E731
    made = []
    for weights, strength in (([w], 0.1), ([w], 0.1), ([v], 0.1), ([w], 0.2)):
        penalty = l2_penalty(weights, strength)
        made.append(penalty.grad_fn.hooks[Term][1])
    first, same, other_weight, other_strength = key(*made)
    assert first == same and len({first, other_weight, other_strength}) == 3


def test_without_terms_passes_share_one_account():
    v, w = leaf(1.0), leaf(2.0)
    v.sum().backward()
    (v.sum() + w.sum() + l2_penalty([w], 0.1)).backward()
    assert v.grad.account is w.grad.account, "nothing was known of the gradient that goes on"


def test_the_number_is_that_of_the_clock_whatever_another_thread_wrote_last(monkeypatch):
    """newest may go back for a moment when two threads write at once; an account must not seem older than its last write."""

    def interrupted(tensor):
        before, in_place.newest[0] = in_place.restamp(tensor), 0
        return before

    w = leaf(1.0)
    (w.sum() + l2_penalty([w], 0.1)).backward()
    with monkeypatch.context() as patch:
        patch.setattr(engine, "restamp", interrupted)
        patch.setattr(account, "restamp", interrupted)
        (w.sum() + l2_penalty([w], 0.1)).backward()
        assert not in_place.written_since(w.grad.array, w.grad.account.number)
        Change("a", 0.5).note(w.grad)
        assert not in_place.written_since(w.grad.array, w.grad.account.number)


def test_by_default_nothing_is_known():
    w = tinyreg.ones(2)
    assert w.account is None and w.touches is None and w.computed is None
    empty = Account()
    assert (empty.terms, empty.changes, empty.doubt, empty.born) == ((), (), "", empty.number)
    assert Touch("x", {}, ()).reached is False
