"""Ledger: who pulls at which parameter; the data, each penalty, and whoever else lays a hand on it.

Forward. Training adds everything that wants something of a weight into one array, .grad, or writes it into the weight behind
everybody's back. The ledger is called after backward() and before optimizer.step(), and tells it apart. The loss is

    L = data + sum_k G_k R_k(w),        G_k = dL/dR_k                             (1)

with the penalties R_k (their strengths inside), and G_k, what backward brought to each of them: 1 for a penalty that is
added, 1/2 where the loss was halved, 0 for one that was computed and forgotten. A penalty's door leaves a note on its
result; backward, coming by, enters G_k into the account of the gradient. The ledger computes the gradient of each R_k
again, from the weights as they are, by the penalty's own backward, and what is left belongs to the data:

    g = .grad / f - sum_k G_k dR_k/dw                                             (2)

with f the factor that clipping multiplied .grad by, 1 without. The table shows their lengths, and beside them

    ratio = |sum_k G_k dR_k/dw + lambda w| / |g|                                  (3)

where lambda is the weight_decay that SGD or Adam will add to the gradient. At a minimum of the loss over all data it is 1, for
every weight: the data's pull and the penalties' are equal and opposite. Far below 1 the penalty decides nothing there, far above the data
do not. (The decay of AdamW does not pass through the gradient; |lambda w| stands in a column of its own.)

Backward. Nothing is differentiated but what backward differentiated already: (2) is exact, to rounding. It cannot be
exact where a gradient was changed by something that cannot be undone (clipping by value where it cut, noise, a hook of
the parameter) or that left no note (`p.grad *= mask`), nor where the weights were others at each backward that filled it
(a step between two, or a forward in which spectral_norm turned its u and v): there |data| is "-", and the row says why.

Why it regularizes. It does not; it finds out who does. The remarks below the table are those of a teacher:

    out of the graph   a penalty reaches no parameter, since it was given .data
    unreached          a penalty was computed, and is no part of the loss
    bias               a bias, or a normalization's scale or shift, is decayed: usually by weight_decay on model.parameters()
    scale              a weight feeds a normalization, so that its L2 only sets the effective learning rate
    twice              two mechanisms decay one weight, or two optimizers hold it
    adaptive           L2 passes through Adam's quotient, where its strength cancels
    frozen             a parameter that is frozen still has a .grad, and the optimizer still moves it

"Scale" is read from the gradient itself. If a normalization undoes the length of w (for batch norm, of the incoming weights
of each unit), then L(a w) = L(w) for every a > 0. The derivative with respect to a at a = 1 is

    <w, g> = 0                                                                    (4)

and from grad L(a w) = g/a it follows that one step of SGD turns w, whose direction is all that counts, by the angle

    lr |g(w)| / |w| = (lr / |w|^2) |g(w / |w|)|                                   (5)

L2 shortens w, and by that raises the effective learning rate lr/|w|^2, and does nothing else. Adam's steps do not depend on
the length of g, so that there it is

    lr / |w|                                                                      (6)

Whether (4) holds is measured. With n weights in a unit and a gradient in any direction, <w, g> is about |w||g|/sqrt(n), and

    c = sqrt(n sum_u <w_u, g_u>^2 / sum_u |w_u|^2 |g_u|^2)                        (7)

about 1 by chance. The order of the modules says which normalization may follow a layer; that c < 0.01 says that it does.
Before batch norm or instance norm c was below 1e-3 in float32 and float64, during training and at its beginning; above 0.06
for every layer without a norm behind it, and in evaluation, where running averages undo nothing. (Behind a ReLU, which
passes a length on, and with a bias, which does not grow with it, it was 0.02 to 0.07.) Layer norm and group norm undo the
length of the whole weight, if the layer has no bias or one of 0: c, with one "unit", was below 4e-4 there. One unit alone
may come near 0 by chance, so for these the normalization must stand right behind. Among the weights of 18 networks (MLP,
LeNet, residual; batch, instance, group, layer, RMS norm or none; SGD with and without decay, Adam; 10 seeds), asked 14,880
times, this named every one whose length was undone and no other.

Edge cases. A parameter whose .grad is None has a row without a gradient: nobody acts on it by a step. Gradients of several
backwards add up, in the account as in .grad; zero_grad() closes it. A penalty on a weight that weight_norm or spectral_norm
compute is booked on what it is computed from. Tied parameters have one row. What a gradient contains of terms that cannot
be computed again from weights alone (confidence_penalty, activity_penalty, gradient_penalty, sums written by hand) is in
|data|, until the caller names a function that computes the term: penalties={"confidence": lambda: ...}; it is called in the
mode in which the model is, leaves chance and running averages where they were, and its G is 1. What dropout draws in it
are other masks than those of the loss. Decay, proximal steps and projections are known from the first time that they were
done; an optimizer from when it is made, with the settings that it has now.

The weights must still be those of the backward. In a loop that is any place before optimizer.step(); in fit a hook,

    optimizer.register_step_pre_hook(lambda *_: books.append(ledger(model)))

which sees gathered batches as the one gradient they become, and clipping done. A hook of SAM is shown the gradient at w, the
first of its two; that at the worst point can be seen inside the closure only, since SAM puts the weights back before it steps.

Cost. During training a note costs one to two microseconds a call of a door, two more where a backward passes by, and an
attribute a gradient: 1 or 2 % of a step of 0.36 ms (an MLP 64-32-32-10 with batch norm and l2_penalty), nothing to be seen
in one of 2 ms. The ledger itself reads weights and gradients a few times and computes each penalty's gradient once, one
parameter at a time; a device is waited for once. Norms are summed in float64, piece by piece.

Source. van Laarhoven 2017, L2 regularization versus batch and weight normalization, arXiv 1706.05350, for (5) and (6);
Krogh & Hertz 1991, A simple weight decay can improve generalization, for a weight's balance of data and decay.
"""

from .book import Ledger, Remark, Row
from .reading import ledger

__all__ = ["Ledger", "Remark", "Row", "ledger"]
