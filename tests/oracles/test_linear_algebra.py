"""Products, sums of products and einsum by PyTorch: every argument form."""

import numpy as np
import pytest

from tests.oracles.forms import agree, calls

torch = pytest.importorskip("torch")

SIZES = {"i": 2, "j": 3, "k": 4, "b": 5}
RNG = np.random.default_rng(1)


def draw(indices):
    return RNG.standard_normal([SIZES[i] for i in indices])


# the operands x, y, z by their indices, sizes 2 (i), 3 (j), 4 (k), 5 (b); then calls
PRODUCTS = {
    "j k": "t.outer(x, y); x.outer(vec2=y); t.ger(x, y); t.outer(x, y.float()); t.outer(x[:0], y); t.outer(x, t.arange(3)); t.outer(x, 1)",
    "ij j": "t.outer(x, y); t.outer(x.sum(), y); t.mv(x, vec=y); t.mv(x, y[:2]); x @ y; x @ 1; 1 @ x; x @ [1, 2, 3]",
    "j j": "t.dot(x, tensor=y); t.dot(x, y[:2]); t.dot(x, y.float()); t.dot(x[:0], y[:0]); t.dot(t.arange(3), t.arange(3)); x.matmul(y)",
    "ij ij": "t.dot(x, y); x.mm(y.mT); t.mm(x, y); t.mm(x, 1)",
    "ij jk": "t.mm(x, y); t.mm(input=x, mat2=y); t.matmul(x, other=y); t.matmul(x.sum(), y); t.mm(x, y.float()); t.mm(x[:0], y)",
    "bij bjk": "t.bmm(x, y); t.bmm(x, y[:1]); t.bmm(input=x, mat2=y); t.bmm(x, y.float()); t.bmm(x, y[:, :2]); t.bmm(x[:0], y[:0])"
    "; t.bmm(x[:, :, :0], y[:, :0]); t.bmm(x.mT, x); t.matmul(x[:, None], y); t.matmul(x[:3, None], y)",
    "": "t.mm(t.arange(4).reshape(2, 2), t.arange(4).reshape(2, 2))"
    "; t.matmul(t.arange(4, dtype=t.int32).reshape(2, 2), t.arange(4).reshape(2, 2))"
    "; t.addmm(t.ones(2, 2).long(), t.ones(2, 3).long(), t.ones(3, 2).long(), alpha=2)",
    "ik ij jk": "t.addmm(x, y, z); t.addmm(x, y, z, beta=2, alpha=3.5); x.addmm(mat1=y, mat2=z)"
    "; t.addmm(x.detach() * float('nan'), y, z, beta=0)"
    "; t.addmm(x, y, z.float()); t.addmm(x.float(), y, z); t.addmm(x, y, y); (x * 1).addmm_(y, z, alpha=2); t.addmm(x, y, z, beta='a')"
    "; t.addmm(x[:, :, None], y, z); t.addmm(x, y, 1); t.addmm(x[0], y, z); t.addmm(x[0, 0], y, z); t.addmm(x[:, :1], y, z)"
    "; t.addmm(x[:, :3], y, z)",
    "i ij j": "t.addmv(x, y, z); t.addmv(x, y, z, beta=.5, alpha=-1); t.addmv(x.sum(), y, z); t.addmv(z, y, z); x.addmv(mat=y, vec=z)"
    "; (x * 1).addmv_(y, z); t.addmv(y, y, z); t.addmv(x, y, z[:2])",
    "bik bij bjk": "t.baddbmm(x, y, z); t.baddbmm(x, y, z, beta=.5, alpha=2); t.baddbmm(x[0], y, z); t.baddbmm(x[0, 0], y, z)"
    "; t.baddbmm(x, y, z[:1]); t.baddbmm(x.detach() * float('nan'), y, z, beta=0); (x * 1).baddbmm_(y, z); x.baddbmm(batch1=y, batch2=z)",
}
SUMS = {
    "ij jk": "t.einsum('ij,jk->ik', x, y); t.einsum('ij,jk', x, y); t.einsum('ij , jk -> ik', x, y); t.einsum('ij,jk->ki', [x, y])"
    "; t.einsum('ij,jk->ik', (x, y)); t.einsum(x, [0, 1], y, [1, 2]); t.einsum(x, [0, 1], y, [1, 2], [2, 0]); t.einsum('ij,jk->ik', x)"
    "; t.einsum('ij,jk->ik', x, y.float()); t.einsum('ij,jk->ik', x.detach().float(), y.detach().float()); t.einsum('ij,jk->ik', x[:0], y)"
    "; t.einsum('ij,jk->ik', x[:, :0], y[:0]); t.tensordot(x, y, dims=1); t.tensordot(x, y, dims=0); t.tensordot(x, y, dims=([1], [0]))"
    "; t.tensordot(t.ones(1, 2, dtype=t.int32), t.ones(2, 3, dtype=t.int32), ([0], [0]))"
    "; t.tensordot(t.ones(1, dtype=t.uint8), t.ones(1, dtype=t.uint8), 1)"
    "; t.tensordot(x, y, dims=3); t.tensordot(x, y, dims=-1); t.tensordot(x, y, dims=([0], [0])); t.tensordot(x, y, dims=([0, 1], [0]))"
    "; t.tensordot(x, y, dims=([5], [0])); t.tensordot(x, y.float(), dims=1); t.tensordot(x[:, :1], y, dims=1); t.tensordot(x, y, ((), ()))"
    "; t.tensordot(x.sum(), y, dims=0); t.tensordot(x, y, dims=t.tensor([[1], [0]])); t.tensordot(x, y, dims=t.tensor(1))",
    "bij bjk": "t.einsum('bij,bjk->bik', x, y); t.einsum('bij,bjk->ik', x, y); t.einsum('bij,bjk->', x, y); t.einsum('bij,bjk', x, y)"
    "; t.einsum('bij,bjk->bikj', x, y); t.einsum('...ij,...jk->...ik', x, y); t.einsum('...ij,...jk->...ik', x[:, None], y[None, :1])"
    "; t.tensordot(x, y, ([-1], [1])); t.tensordot(x, y, dims=[[0, 2], [0, 1]]); t.einsum('bij,bjk->ikb', x, y[:1])",
    "jj": "t.einsum('ii', x); t.einsum('ii->i', x); t.einsum('ii->ii', x); t.einsum(x, [0, 0]); t.einsum(x, [0, 0], [0])"
    "; t.einsum('ij,ji', x, x); t.einsum('ij,ij->', x, x); t.einsum('ij,ii->j', x, x); t.tensordot(x, x, dims=([0, 0], [0, 0]))",
    "jjj": "t.einsum('iii->i', x); t.einsum('iij->j', x); t.einsum('iji->ij', x); t.einsum('iii', x); t.einsum('jii->ij', x)"
    "; t.einsum('...ii->...i', x)",
    "ij": "t.einsum('ij->ji', x); t.einsum('ji', x); t.einsum('aB', x); t.einsum('ij->', x); t.einsum('ij->j', x); t.einsum('ij->ij', x)"
    "; t.einsum('ij->...ij', x); t.einsum(x, [51, 0]); t.einsum(x, [0, 1], []); t.einsum(x, (0, 1)); t.einsum(x, [1, 0]); t.einsum('ii', x)"
    "; t.einsum('i.j', x); t.einsum('i...j...', x); t.einsum('i1', x); t.einsum('ij->i->j', x); t.einsum('i...->...i->i', x)"
    "; t.einsum('i-j', x); t.einsum('ij->ji', x.mT); t.einsum('ij->i', x > 0); t.einsum('ij->i', t.arange(6).reshape(2, 3))",
    "j j": "t.einsum('i,j->ij', x, y); t.einsum('i,i', x, y); t.einsum('i,i->i', x, y); t.einsum('i,j->', x, y); t.einsum('i,j->i', x, y)"
    "; t.einsum('i,i', x, y[:1]); t.einsum('i,i->i', x[:1], y[:1]); t.einsum('i->', x, y); t.einsum('i..,i', x, y); t.einsum('i,', x, y[0])"
    "; t.einsum('i,i->i', x, y.float()); t.einsum('i,i->i', x[:0], y[:1]); t.einsum('i,i', x, y[:2]); t.einsum(',->', x[0], y[0])"
    "; t.einsum(',i->i', x.sum(), y); t.einsum('i,j->ij', x, t.arange(3))",
    "j": "t.einsum('', x.sum()); t.einsum('->', x.sum()); t.einsum('i->', x[:0]); t.einsum('i->j', x); t.einsum('ij', x); t.einsum(x, [52])"
    "; t.einsum(x, [-1]); t.einsum(x, 'i'); t.einsum(x, [0.5]); t.einsum('...->...i', x); t.einsum('i->......', x)"
    "; t.einsum('i->...i...', x)"
    "; t.einsum('i-> i', x); t.einsum('i,j->ij'); t.einsum('i', [1, 2]); t.einsum(1, 2); t.einsum('i'); t.einsum()",
    "bij jk": "t.einsum('...ij,jk->...ik', x, y); t.einsum('...ij,...jk', x, y); t.einsum(x, [..., 1], y, [1, 2])"
    "; t.einsum(x, [..., 1], y, [1, 2], [2, ...]); t.einsum('ij...,...', x, y[:, 0])",
    "bij": "t.einsum('...i->...', x); t.einsum('i...->...i', x); t.einsum('...->', x); t.einsum('...', x); t.einsum('...i->i', x)"
    "; t.einsum('i...j->ij', x); t.einsum(x, [...], [...]); t.einsum('...i,...i->...', x, x[:1])",
    "ij ij": "t.einsum('bi,bi->b', x, y[:1]); t.einsum('bi,bi->bi', x, y[:1]); t.einsum('bi,bi->i', x, y[:1]); t.einsum('...,...', x, y)"
    "; t.einsum('bi,bi->', x, y[:, :1]); t.tensordot(x, y, dims=((0, 1), (0, 1)))",
    "ij jk ik": "t.einsum('ij,jk,ik->', x, y, z); t.einsum('ij,jk,ik->ik', x, y, z); t.einsum('ij,jk,ik', x, y, z)",
    "bij ij": "t.tensordot(x, y); t.einsum(x, [0, ..., 1], y, [..., 1], [1, 0, ...]); t.einsum('a...,...->a...', x, y)",
}


@pytest.mark.parametrize("source, operands", [(call, key) for table in (PRODUCTS, SUMS) for key in table for call in calls(table[key])])
def test_calls(source, operands):
    def run(t, *arrays):
        return eval(source, {"t": t, **dict(zip("xyz", arrays))})

    agree(run, *map(draw, operands.split()))


def random_sum(rng):
    """An equation and operands: any letters, repeated, of size 1, with and without dots, with and without a result."""
    sizes, dots = dict(zip("abcd", rng.integers(1, 4, 4))), list(rng.integers(2, 4, rng.integers(3)))
    terms, arrays = [], []
    for _ in range(rng.integers(1, 5)):
        letters = "".join(rng.choice(list("abcd"), rng.integers(0, 4)))
        here = {i: n if rng.random() < 0.85 else 1 for i, n in sizes.items()}
        at = rng.integers(len(letters) + 1)
        some = dots[rng.integers(len(dots) + 1) :]
        terms.append(f"{letters[:at]}...{letters[at:]}")
        arrays.append(rng.standard_normal([here[i] for i in letters[:at]] + some + [here[i] for i in letters[at:]]))
    result = [i for i in rng.permutation(["...", *"abcd"]) if any(i in term for term in terms) and rng.random() < 0.7]
    return ",".join(terms) + ("->" + "".join(result) if rng.random() < 0.8 else ""), arrays


@pytest.mark.parametrize("seed", range(60))
def test_random_sums(seed):
    equation, arrays = random_sum(np.random.default_rng(seed))
    agree(lambda t, *operands: t.einsum(equation, *operands), *arrays)
