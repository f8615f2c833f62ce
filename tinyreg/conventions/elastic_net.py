"""The elastic net in the loss: one strength for L1 and L2 together, at a ratio r (l1_ratio) that stays as it is."""

from .convention import ELASTIC_NET, LOG, SQUARED, Convention

ROWS = (
    Convention(
        "tinyreg.elastic_net_penalty.strength",
        ELASTIC_NET,
        "mean loss + strength (r |w|_1 + (1 - r)/2 |w|^2)",
        "strength",
        "tinyreg/regularization/elastic_net.py (1)",
    ),
    Convention(
        "tinyreg.elastic_net_path.strengths",
        ELASTIC_NET,
        "1/(2n) |y - Xw|^2 + strength (r |w|_1 + (1 - r)/2 |w|^2)",
        "strength",
        "tinyreg/regularization/paths",
        factor=2,
        losses=(SQUARED,),
    ),
    Convention(
        "sklearn.ElasticNet.alpha",
        ELASTIC_NET,
        "1/(2n) |y - Xw|^2 + alpha (r |w|_1 + (1 - r)/2 |w|^2)",
        "alpha",
        "scikit-learn 1.9, linear_model/_coordinate_descent.py",
        factor=2,
        losses=(SQUARED,),
    ),
    Convention(
        "sklearn.LogisticRegression(l1_ratio=r).C",
        ELASTIC_NET,
        "C sum of log losses + r |w|_1 + (1 - r)/2 |w|^2",
        "C",
        "scikit-learn 1.9, user guide of logistic regression",
        power=-1,
        n=-1,
        losses=(LOG,),
    ),
    Convention(
        "statsmodels.OLS.fit_regularized(L1_wt=r).alpha",
        ELASTIC_NET,
        "1/(2n) |y - Xw|^2 + alpha (r |w|_1 + (1 - r)/2 |w|^2)",
        "alpha",
        "statsmodels, regression/linear_model.py, OLS.fit_regularized",
        factor=2,
        losses=(SQUARED,),
    ),
    Convention(
        'glmnet(family="binomial", alpha=r).lambda',
        ELASTIC_NET,
        "mean log loss + lambda (r |w|_1 + (1 - r)/2 |w|^2)",
        "lambda",
        "R glmnet, standardize=FALSE; Friedman, Hastie, Tibshirani 2010",
        losses=(LOG,),
    ),
)
