"""A support vector machine whose margins become probabilities by rising sigmoids."""

from itertools import combinations

import numpy as np

# Of a standardised margin. Where classes are hardly told apart, the margins of held-out rows
# predict the wrong class: a falling sigmoid would turn the ranking of rows round.
LEAST_SLOPE = 0.01
LEAST_PROBABILITY = 1e-7  # of a class against another one, as in LIBSVM


class CalibratedSVC:
    """An ``SVC`` of all rows, with a rising sigmoid for each pair of classes (Platt 1999).

    The sigmoids are fitted to margins of held-out rows, in stratified folds without shuffling:
    there are no random numbers. The probabilities of two classes rank rows as the margins do;
    those of more classes are coupled from the pairs (Wu, Lin and Weng 2004, second method).

    Attributes
    ----------
    cost, gamma
        ``C`` and ``gamma`` of ``SVC``.
    folds
        Parts that rows are held out in: at most the rows of the smallest class.
    """

    def __init__(self, cost=1.0, gamma="scale", folds=5):
        self.cost = cost
        self.gamma = gamma
        self.folds = folds

    def get_params(self, deep=True):
        return {"cost": self.cost, "gamma": self.gamma, "folds": self.folds}

    def set_params(self, **parameters):
        for name, value in parameters.items():
            if name not in self.get_params():
                raise ValueError(f"CalibratedSVC has no parameter {name!r}")
            setattr(self, name, value)
        return self

    def fit(self, x, y):
        x = np.asarray(x)
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.n_features_in_ = x.shape[1]
        self.pairs_ = list(combinations(range(len(self.classes_)), 2))
        self.svc_ = self._fitted(x, codes)
        margins = self._held_out_margins(x, codes)
        self.sigmoids_ = []
        for pair, (first, second) in enumerate(self.pairs_):
            rows = np.isin(codes, (first, second))
            self.sigmoids_.append(fit_sigmoid(margins[rows, pair], codes[rows] == first))
        return self

    def predict_proba(self, x):
        from scipy.special import expit

        slopes, intercepts = np.transpose(self.sigmoids_)
        probabilities = expit(slopes * _margins(self.svc_, x) + intercepts)
        if len(self.classes_) == 2:
            return np.hstack([probabilities, 1 - probabilities])
        return couple(probabilities, self.pairs_, len(self.classes_))

    def predict(self, x):
        return self.classes_[self.predict_proba(x).argmax(axis=1)]

    def _fitted(self, x, codes):
        from sklearn.svm import SVC

        return SVC(C=self.cost, gamma=self.gamma, decision_function_shape="ovo").fit(x, codes)

    def _held_out_margins(self, x, codes):
        from sklearn.model_selection import StratifiedKFold

        margins = _margins(self.svc_, x)
        folds = min(self.folds, np.bincount(codes).min())
        if folds > 1:  # else a class has one row, which cannot be held out
            for train, test in StratifiedKFold(folds).split(x, codes):
                margins[test] = _margins(self._fitted(x[train], codes[train]), x[test])
        return margins


def _margins(svc, x):
    """One column for each pair of classes, above 0 for the first of them."""
    margins = svc.decision_function(x)
    return -margins[:, np.newaxis] if margins.ndim == 1 else margins


def fit_sigmoid(margins, is_positive):
    """Return slope and intercept of the likeliest rising sigmoid, for Platt's targets."""
    from scipy.optimize import minimize
    from scipy.special import expit

    positive, negative = is_positive.sum(), (~is_positive).sum()
    targets = np.where(is_positive, (positive + 1) / (positive + 2), 1 / (negative + 2))
    scale = margins.std() or 1.0
    margins = margins / scale

    def loss(parameters):
        z = parameters[0] * margins + parameters[1]
        excess = expit(z) - targets
        value = np.mean(np.logaddexp(0, z) - targets * z)
        return value, np.array([np.mean(excess * margins), np.mean(excess)])

    start = [1.0, np.log((positive + 1) / (negative + 1))]
    bounds = [(LEAST_SLOPE, None), (None, None)]
    tight = {"ftol": 1e-15, "gtol": 1e-10}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=tight)
    return found.x[0] / scale, found.x[1]


def couple(pairwise, pairs, n_classes):
    """Return the probabilities of classes that agree best with those of the pairs.

    They solve one linear system a row: the sum of ``(r_ji p_i - r_ij p_j)^2`` over the pairs is
    least, where ``p`` sums to 1.
    """
    first, second = np.transpose(pairs)
    ahead = np.clip(pairwise, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    matrix = np.zeros((len(pairwise), n_classes + 1, n_classes + 1))
    matrix[:, first, second] = matrix[:, second, first] = -ahead * (1 - ahead)
    for pair, (i, j) in enumerate(pairs):
        matrix[:, i, i] += (1 - ahead[:, pair]) ** 2
        matrix[:, j, j] += ahead[:, pair] ** 2
    matrix[:, :n_classes, -1] = matrix[:, -1, :n_classes] = 1
    target = np.zeros((len(pairwise), n_classes + 1, 1))
    target[:, -1] = 1
    solved = np.linalg.solve(matrix, target)[:, :n_classes, 0]
    positive = np.maximum(solved, LEAST_PROBABILITY)
    return positive / positive.sum(axis=1, keepdims=True)
