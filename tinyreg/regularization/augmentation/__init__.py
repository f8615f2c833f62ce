"""Augmentation: training on images that were changed in ways that leave their label as it is.

Objective
    x_i are the images, y_i their labels, f_w the network, l the loss. A distribution of transformations g is chosen that
    leave the label of an image alone (a shift by a few pixels, a mirror image of a shoe), and the mean loss over the images
    becomes its mean over the images and the transformations:

        J(w) = 1/n sum_i E_g l(f_w(g x_i), y_i)                                                  (1)

    Each x_i was a sample of the world; g spreads it over its neighbourhood (the vicinal risk of Chapelle et al.). A step
    draws one g an image, anew each time: its gradient is that of (1) in the mean. A fixed set of transformed copies would
    be learned by heart like any other set.
    The transformations of an image of C channels, H rows and W columns; inside the brackets, from 0:

        horizontal flip, with probability p    y[c, i, j] = x[c, i, W - 1 - j]                   (2)
        crop, (top, left) drawn                y[c, i, j] = x[c, top + i, left + j]              (3)
        ToTensor, uint8 to [0, 1]              y = x/255                                         (4)
        Normalize, last                        y = (x - mean[c])/std[c]                          (5)
        luma, what is bright to the eye        L = 0.2989 red + 0.587 green + 0.114 blue         (6)
        jitter, r drawn                        y = clip(r x + (1 - r) z)                         (7)
        hue h, 0 at red, turned by d           h' = h + d                                        (8)
                                               y[c] = v - chroma clip(min(k, 4 - k), 0, 1),
                                               k = (6 h' + (5, 3, 1)[c]) mod 6                   (9)
        noise, e standard normal               y = clip(x + mean + sigma e)                      (10)

    In (7) z is 0 for brightness, the mean of L for contrast, L for saturation; in (9) v is the largest of the three
    colours and chroma its distance to the smallest. A frame (Pad) goes around the image before (3). Turning, shearing,
    scaling and resizing read between the pixels: sampling.py derives how.

Backward
    Nothing is differentiated. The data are changed before they enter the graph, a Tensor comes out as a constant, and
    nothing flows to the images. The gradient of (1) for the weights is the one of l at the changed images.

Why it regularizes
    A linear model first, exactly. S x is the mirror image, f = w.x, l the square, p the probability of flipping. With
    the even and the odd part, x_s = (x + S x)/2 and x_a = (x - S x)/2, an image is x_s + x_a, and its mirror image
    x_s - x_a: the sign of the odd part is all that chance decides, of mean 1 - 2p and variance 4p(1 - p), so

        E (w.gx - y)^2 = (w.(x_s + (1 - 2p) x_a) - y)^2 + 4p(1 - p) (w.x_a)^2                    (11)

    With p = 1/2 the odd part has left the first term. The weights fall apart in the same way, w.x_s = w_s.x_s and
    w.x_a = w_a.x_a: w_a is in the penalty alone, which is smallest at 0, and w_s is fitted to the even features. Training
    on the images and their mirror images is training on symmetrised features: about half of the parameters are gone. And so
    for every finite group of orthogonal transformations, with the mean over the group for x_s.
    Any network, to second order. Along the path g_e x of an image under a transformation of size e, let t be the
    direction at e = 0 (how the image changes when it begins to move) and a its second derivative. If e has mean 0 and
    variance s^2, then for F = l(f_w(.), y)

        E F(g_e x) = F(x) + s^2/2 (t'F''(x) t + a.F'(x))                                         (12)

    with F'' = l'' grad f grad f' + l' f''. Where the network has learned its examples, l' is 0, and what is left is

        s^2/2 l'' (t.grad f)^2                                                                   (13)

    a penalty on how fast the output changes when the image moves along t: tangent prop (Simard et al. 1992) puts it into
    the loss, augmentation samples it. It asks for flatness in the directions that are known to mean nothing, where L2 and
    noise on the pixels (t random: all directions alike) ask for it everywhere.

Edge cases
    p=0 is the identity, p=1 for every image. A crop of the image's own size without padding, a jitter of 0 and noise of
    sigma=0 change nothing. (1) is only as good as the claim about the labels: a mirror image of a 2 is no digit, of a b
    it is a d, and a 6 upside down is a 9; then label noise is what is trained on.
    At evaluation nothing is drawn: the test images go through the transforms without chance (Resize, CenterCrop, ToTensor,
    Normalize). The mean prediction over several draws is an estimate of E_g f(g x), at the price of as many forwards.
    Order: what knows the range of the pixels (jitter, noise with clip, fill) before Normalize, which leaves [0, 1].
    Batch norm records the changed images: a black frame lowers the mean, noise adds to the variance, and the test images
    have neither; few and small changes, or a last epoch without, bring them together. Mixup and cutmix mix what the
    transforms made of two images, so they come last, after Normalize. Early stopping on changed validation images
    stops on the luck of their draws, and its best value is the luckiest: validate on images as they are. The training
    accuracy that is measured on changed images lies below that on the images themselves, so a small gap to validation
    is no proof of little overfitting.

Cost
    None for the network, which may need more epochs. For the data, on one core and in batches of 128, for a uint8 image of
    32 x 32 x 3: a flip, a crop with padding and ToTensor with Normalize take 2.8, 0.6 and 1.8 microseconds, an affine map
    7 (bilinear 15), noise 23, the four steps of ColorJitter 34 (most of it the hue). [flip, crop with padding, ToTensor,
    Normalize] of 28 x 28: 1 microsecond in a batch, 27 alone, where what is paid is the calls and the draws. So give the
    transforms to DataLoader(batch_transform=) where the images have one size.

Source
    Chapelle, Weston, Bottou, Vapnik 2000, "Vicinal risk minimization", NIPS 13. Simard, Victorri, LeCun, Denker 1992,
    "Tangent prop: a formalism for specifying selected invariances in an adaptive network", NIPS 4. Leen 1995, "From data
    distributions to regularization in invariant learning", Neural Computation 7. Simard, Steinkraus, Platt 2003, "Best
    practices for convolutional neural networks applied to visual document analysis", ICDAR. The names, the defaults and
    the formulas are torchvision's.
"""

from .affine import RandomAffine, RandomRotation
from .color import ColorJitter, Grayscale
from .compose import Compose, Lambda, RandomApply
from .crop import CenterCrop, RandomCrop
from .flip import RandomHorizontalFlip, RandomVerticalFlip
from .interpolation import InterpolationMode
from .noise import GaussianNoise
from .pad import Pad
from .resize import Resize
from .tensor import Normalize, ToTensor
from .transform import Transform

__all__ = [
    "CenterCrop",
    "ColorJitter",
    "Compose",
    "GaussianNoise",
    "Grayscale",
    "InterpolationMode",
    "Lambda",
    "Normalize",
    "Pad",
    "RandomAffine",
    "RandomApply",
    "RandomCrop",
    "RandomHorizontalFlip",
    "RandomRotation",
    "RandomVerticalFlip",
    "Resize",
    "ToTensor",
    "Transform",
]
