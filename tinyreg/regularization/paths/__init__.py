"""Paths: linear models solved exactly, for every strength of their penalty, and what the strength does seen as a curve.

Objective. X is (n, d), a row an example; y (n,); b (d,). There is no intercept: centre y and the columns of X before, and
the intercept that is left out is the mean of y, unpenalized. Everything is computed in float64 on the host, whatever comes
in. s is strength, r is l1_ratio, |b|_1 = sum |b_j|, |b|^2 = sum b_j^2:

    ridge                  |y - Xb|^2  +  s |b|^2                                 (1)
    lasso, elastic net     |y - Xb|^2/(2n)  +  s (r |b|_1 + (1 - r)/2 |b|^2)      (2)

(1) is scikit-learn's Ridge, (2) its Lasso (r = 1) and ElasticNet; every strength here but ridge's is one of (2), the mean
of squares with a half in front. Other libraries and papers write the sum, leave out the half, or put it elsewhere: the
solutions are the same, the strengths are not; the functions of scaling (sum_strength, without_half, unit_norm_strength, ...) convert them.

Backward. Nothing is differentiated by the engine. Here the derivative of the objective is set to 0.
  Ridge. The derivative of (1) is 0 where (X'X + s I) b = X'y. With X = U D V', columns u_j and v_j, values d_j > 0,

    b = sum_j f_j (u_j'y / d_j) v_j,        f_j = d_j^2 / (d_j^2 + s)             (3)

which is the equation of l2's room in these letters: l2_penalty beside |y - Xb|^2/2 has the same s. The prediction is
Hy = sum_j f_j (u_j'y) u_j. A projection on m directions (least squares) has trace m; so the trace of H counts parameters:

    df(s) = trace H = sum_j f_j                                                   (4)

from the rank of X at s = 0 to 0. Where d_j is 0 but for rounding, f_j is taken as 0 for every s, so that s = 0 is the
shortest of the least-squares solutions, and the limit of s -> 0.
  Lasso and elastic net. (2) is convex. Let c = X'(y - Xb)/n, the pull of the data on each weight. At 0 every number in
[-1, 1] is a slope of |b_j|, so b is a minimum if and only if

    c_j - s (1 - r) b_j = s r sign(b_j)   where b_j != 0,       |c_j| <= s r   where b_j = 0      (5)

by which any answer can be checked, whoever found it. What is reported as info["kkt"] is the largest violation,

    max_j  |c_j - s (1 - r) b_j - s r sign(b_j)|  where b_j != 0,    max(|c_j| - s r, 0)  where b_j = 0      (6)

in the units of X'y/n. At b = 0 (5) reads |x_j'y| <= n s r for all j: the smallest strength with all weights 0 is

    s_max = max_j |x_j'y| / (n r)                                                 (7)

  Coordinate descent. With a_j = x_j'x_j/n, (2) is in b_j alone a_j/2 (b_j - z/a_j)^2 + s (r |b_j| + (1 - r)/2 b_j^2) and
terms without b_j, where z = c_j + a_j b_j, b_j as it was. Its minimum is the soft threshold S(z, t) = sign(z) max(|z| - t, 0)
of the room l1, shrunk as in elastic_net:

    b_j  <-  S(z, s r) / (a_j + s (1 - r)),        z = c_j + a_j b_j              (8)

and what the others feel of it goes through X'X/n, of which a column is computed when its weight first comes into question:

    c  <-  c - (b_j after - b_j before) X'x_j/n                                   (9)

No step of (8) raises (2), and a point where none lowers it satisfies (5), since the part of (2) that is not smooth is a sum
over coordinates. Where columns are alike it creeps. So after each sweep, with A the weights that are not 0 and their signs
kept, (5) is a linear system, and the step to its solution

    (X_A'X_A/n + s (1 - r) I) step  =  c_A - s (1 - r) b_A - s r sign(b_A)        (10)

is taken as far as the first weight that comes to 0; that weight leaves A, and (10) is solved again, until no sign is in the
way. Inside one pattern of signs (2) is a quadratic that falls all along the step. Each round thus ends at the minimum of a
pattern, strictly below the one before; no pattern returns; there are finitely many; so the sweeps end, not at a tolerance
but at the last digit. Strengths are taken falling, each from the solution of the one before, s_before. c_j moves about as
fast as s r, so only weights that are not 0 and those with

    |c_j - s (1 - r) b_j|  >=  r (2 s - s_before)                                 (11)

are looked at first, and then those that (6) convicts: the rule may err, the answer does not.
  Least angle regression, and the lasso by homotopy. No strength is chosen. Let A be the active variables, z their signs, and
ask of b_A that the active correlations x_j'(y - Xb) be C z_j, of one size: X_A'(y - X_A b_A) = C z. With C = n s this is (5)
for the lasso, as long as the others stay below C and sign(b_A) = z (z and a mean something else here, and c has no 1/n). It
is linear in C:

    b_A(C) = (X_A'X_A)^-1 (X_A'y - C z)                                           (12)

As C falls by g, b_A moves by g w and the fit by g u, and of every correlation g a_j goes away:

    w = (X_A'X_A)^-1 z,        u = X_A w,        a_j = x_j'u = z_j for j in A     (13)

u has the same angle with all active columns (with the signs z, and columns of one length): hence the name. With c = X'(y - Xb),
another variable reaches the level C - g, on one side or the other, after

    g  =  min+ { (C - c_j)/(1 - a_j), (C + c_j)/(1 + a_j) },   the smallest over j not in A      (14)

and enters. That is least angle regression. In the lasso a coefficient must not change its sign: it reaches 0 after

    g  =  -b_j / w_j,   where that is positive,   the smallest over j in A        (15)

and if that is less than (14), j leaves: at 0, (5) allows c_j to be smaller. Between such knots nothing happens, so the path
consists of straight lines: (12) at each knot, from the active columns alone, is all there is to compute, and errors do not
add up. It begins at C = max_j |x_j'y| and ends at C = 0, with least squares. Where several variables W are at the level
with b_j = 0 (equal correlations; one that leaves where another enters), who moves? Just below the knot (5) must hold, with
b_j = g w_j and c_j = C z_j - g a_j: z_j w_j >= 0, z_j a_j >= 1, and one of them with equality, for all j in W. These are the
conditions of

    minimize |X w|^2/2 - z'w   over w_j for j in A and W,   z_j w_j >= 0 for j in W      (16)

which has a solution always, since at the knot z = X'(y - Xb)/C, so that z'w is 0 where Xw is; the method (Lawson &
Hanson) lets one enter at a time, and sends away who would go below 0. A column at the level that is linearly dependent
on those in A has z_j a_j = 1 as they have: it need not enter, and does not.
  The elastic net of Zou and Hastie. In |y - Xb|^2 + l2 |b|^2 + l1 |b|_1 the second square is the first one's on d more examples,
with inputs sqrt(l2) I and targets 0. Divided so that columns of norm 1 have norm 1 again,

    X* = (X; sqrt(l2) I)/sqrt(1 + l2),        y* = (y; 0)                         (17)

and b* = sqrt(1 + l2) b, it is |y* - X*b*|^2 + l1/sqrt(1 + l2) |b*|_1 (their lemma 1): a lasso, whose path is (12). Since X* has
rank d, it keeps more than n variables where there are more, and its minimum is unique. Going back,

    b_naive = b* / sqrt(1 + l2)                                                   (18)

minimizes the objective; scikit-learn's and glmnet's elastic nets are this one. It is shrunk twice: by l1, which selects, and by
l2, as in ridge, which adds bias and takes little variance away that l1 had left. For orthonormal columns (17) is plain: b_naive
is the soft threshold at l1/2 of the least squares, divided by 1 + l2. So the division is undone,

    b_enet = (1 + l2) b_naive = sqrt(1 + l2) b*                                   (19)

their (12). Then l2 = 0 is the lasso, and l2 to infinity takes each correlation by itself: sign(x_j'y) max(|x_j'y| - l1/2, 0).
  The group lasso puts lengths in the place of absolute values, m_g the number of columns of group g (group_lasso). A turn of a
group's coefficients does not change their length (and what X_g does not see of them is 0 at the minimum, being penalized). So let
X_g = U D V' (singular values of 0 left out), Z_g = U D, whose columns are at right angles, and

    X_g b_g = Z_g a_g,        a_g = V'b_g,        |a_g| = |b_g|                   (20)
    |y - sum_g Z_g a_g|^2/(2n)  +  sum_g t_g |a_g|,        t_g = s sqrt(m_g)      (21)

In one group alone, with h_i = |z_i|^2/n of its columns and v = Z_g'(y - the other groups' fit)/n, the slope of (21) at a_g
different from 0 is h_i a_i - v_i + t a_i/r, where now r = |a_g|. Hence, with 0 where |v| <= t,

    a_i = r v_i / (h_i r + t)                                                     (22)

and r is the root of an equation in one unknown, that (22) has the length r:

    phi(r) = sum_i v_i^2 / (h_i r + t)^2 = 1                                      (23)

1/sqrt(phi) is straight where all h_i are equal, and else concave (a power mean, of exponent -2, of straight lines). So Newton's
method on 1/sqrt(phi) = 1, whose tangents lie above the curve, never oversteps the root, and climbs to it from any place below:

    r  <-  r + phi (sqrt(phi) - 1) / sum_i h_i v_i^2/(h_i r + t)^3,    from r = (|v| - t)/max h_i      (24)

Going around the groups with (22) creeps where groups correlate. So after each sweep Newton's method is tried for all groups A that
are not 0 together. With c = Z'(y - Za)/n, the conditions of optimality and the step are

    c_g = t_g a_g/|a_g|  where a_g != 0,        |c_g| <= t_g  where a_g = 0       (25)
    (Z_A'Z_A/n + B) step = c_A - t_g a_g/|a_g|,   B of blocks t_g/|a_g| (I - u_g u_g'),  u_g = a_g/|a_g|      (26)

A group that would turn by a right angle on the way is tried at exactly 0 from there. A step that does not lower (21) is
halved, and then left to the sweeps. By (25) at a = 0 the smallest strength with all groups at 0 is

    s_max = max_g |X_g'y| / (n sqrt(m_g))                                         (27)

Why it regularizes. Along a path one sees it happen. Ridge lets go of directions, those first in which X hardly extends and
y is mostly noise: df falls, no weight is ever 0. The lasso lets go of weights: (5) holds one at exactly 0 until the data
pull harder than s r, and shrinks those that leave it; it needs at most n of d. The elastic net selects like the lasso and
shares among alike columns like ridge. What is given up in each case is fit to the examples, |y - Xb|^2, which rises along
the path; the error on new examples often falls first. Which strength is best the path does not say: that is what
validation is for.

Edge cases. Columns that depend on each other leave (2) with r = 1 many minima: one of them is returned, not always the
one with the fewest weights, and all have the same Xb. Columns of zeros keep weight 0. s = 0 is least squares where it
is in the strengths given; d > n is fine, and so is n = 1. With y = 0, or at right angles to all columns, every strength
of a path is 0, and so is every weight. Columns are not brought to one scale: do it before, and think of which
(scaling). Knots below 1e-13 of the first are not told from 0, so that a homotopy ends before least squares where
columns are 1e12 times as long as others. Between columns that are copies of each other but for 1e-6 to 1e-8 it may lose
its way; info["kkt"] tells. Strengths below 1e-154 are 0 to group_lasso_path. In least angle regression coefficients may
change their signs, and |b|_1 may fall. The correction (19) is meant for columns of norm 1: prostate's columns of
variance 1 with l2 = 1000 have a test error above 1000. A group may have more columns than there are examples.

Cost. Ridge: one singular value decomposition, n d min(n, d) times a small number, and d min(n, d) for each strength.
Coordinate descent: for each strength one to three sweeps, each with a system of |A| equations (of n, if those are fewer
and r < 1) and one pass over X; the memory for X'X/n between the columns that came into question. 100 strengths of the
lasso with n = 200, d = 1000 take half a second on one core, also where all columns correlate by 0.95; two to three
seconds where the targets are noise, and small strengths let in as many weights as there are examples (a larger eps ends
the path before). Homotopy: for each knot two passes over X, one column added to X_A = QR (n |A|; all of it anew, n
|A|^2, when one leaves), and eight triangular systems of |A| equations; at least min(n, d) knots, the lasso in practice
some more, in the worst case (3^d + 1)/2. n = 500, d = 200 takes half a second. The elastic net is that with n + d
examples, so that its whole path needs d^2 numbers. Group lasso: once a decomposition of each group, n m^2; for each
strength one to three sweeps, n d each, and four to eight Newton steps, each a system of as many equations as there are
columns in active groups. 100 strengths with n = 100, d = 500 in groups of five take less than a second.

Source. Efron, Hastie, Johnstone, Tibshirani 2004, Least angle regression, Annals of Statistics 32:407, for (12) to (15);
Lawson & Hanson 1974, Solving least squares problems, chapter 23, for (16); Mairal & Yu 2012, Complexity analysis of the lasso
regularization path, arXiv 1205.0079, for the worst case; Yuan & Lin 2006, Model selection and
estimation in regression with grouped variables, JRSS-B 68:49, for (21); Hoerl & Kennard 1970, Ridge regression,
Technometrics 12:55; Tibshirani 1996, Regression shrinkage and selection via the lasso, JRSS-B 58:267; Zou & Hastie 2005,
Regularization and variable selection via the elastic net, JRSS-B 67:301; Friedman, Hastie, Tibshirani 2010,
Regularization paths for generalized linear models via coordinate descent, Journal of Statistical Software 33(1), for (8)
and (9); Tibshirani et al. 2012, Strong rules for discarding predictors in lasso-type problems, JRSS-B 74:245, for (11);
Lee, Battle, Raina, Ng 2007, Efficient sparse coding algorithms, NIPS 19, for the search among signs; Hastie, Tibshirani,
Friedman 2009, The elements of statistical learning, (3.47) and (3.50) for (3) and (4).
"""

from .coordinate_descent import elastic_net_path, lasso_path
from .design import CoefficientPath
from .group_path import group_lasso_path
from .least_angle import at_fraction, at_strength, lars_path
from .ridge import RidgeSolution, filter_factors, ridge
from .scaling import (
    elastic_net_strength,
    mean_strength,
    sum_strength,
    unit_norm_coef,
    unit_norm_strength,
    unit_variance_coef,
    unit_variance_strength,
    with_half,
    without_half,
    zou_hastie_strengths,
)
from .zou_hastie import enet_path

__all__ = [
    "CoefficientPath",
    "RidgeSolution",
    "at_fraction",
    "at_strength",
    "elastic_net_path",
    "elastic_net_strength",
    "enet_path",
    "filter_factors",
    "group_lasso_path",
    "lars_path",
    "lasso_path",
    "mean_strength",
    "ridge",
    "sum_strength",
    "unit_norm_coef",
    "unit_norm_strength",
    "unit_variance_coef",
    "unit_variance_strength",
    "with_half",
    "without_half",
    "zou_hastie_strengths",
]
