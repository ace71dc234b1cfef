"""A network that tunes itself inside ``fit``, so that a study of it is nested.

Written in numpy, which opens no framework: all configurations, and later all members of the
ensemble, are trained at once as one network whose arrays have a leading member axis. Keras would
trace and train a hundred small networks one after the other.

The search space holds simpler models too. Units beyond a member's width, and the second layer of
one of depth 1, begin at zero, where relu keeps them; and beside the hidden layers a linear path
goes straight to the output, which alone would be logistic regression.
"""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_is_fitted, check_X_y

from evenfold import Model

TRIALS, INNER_FOLDS, MEMBERS = 32, 5, 16
# Updates, and rows in each of them: a training costs much the same on 500 rows as on 50,000.
UPDATES, BATCH = 400, 128
BLOCK = 1024  # rows predicted at a time, to bound what the members' hidden units hold

# A tuple is a choice, a list holds the ends of a log-uniform range. ``clip`` is the number of
# standard deviations at which inputs level off. Decays multiply half the squared weights in the
# loss: with two classes, 2 / rows on the linear path is logistic regression with C=1.
SEARCH_SPACE = {
    "width": (8, 16, 32),
    "depth": (1, 2),
    "clip": [0.7, 10.0],
    "dropout": (0.0, 0.2, 0.4, 0.6),
    "hidden_decay": [1e-3, 2e-1],
    "linear_decay": [2e-3, 5e-2],
    "learning_rate": [5e-3, 3e-2],
    "label_smoothing": (0.0, 0.01, 0.02),
}
# The first trial, and what is trained where there are too few rows to search: the middle.
DEFAULT = {
    name: float(np.sqrt(values[0] * values[1])) if isinstance(values, list) else values[1]
    for name, values in SEARCH_SPACE.items()
}


class TunedNetwork(ClassifierMixin, BaseEstimator):
    """Draws ``trials`` configurations and keeps the one of least log loss on inner folds.

    Each is trained once for each of ``inner_folds`` stratified folds of the rows given to ``fit``;
    the best is trained on all of these rows, ``members`` times, and the members' probabilities are
    averaged. ``random_state`` is a seed, or None for another result each time.

    After ``fit``, ``chosen_`` is the configuration, a dict, and ``trials_`` a list of them, each
    with its ``log_loss`` (nats a row, mean of the folds). A class with fewer rows than folds makes
    the folds fewer; one with a single row leaves ``trials_`` empty and ``chosen_`` the default.
    """

    def __init__(self, trials=TRIALS, inner_folds=INNER_FOLDS, members=MEMBERS, random_state=None):
        """Sets the budget: ``trials * inner_folds + members`` trainings."""
        self.trials = trials
        self.inner_folds = inner_folds
        self.members = members
        self.random_state = random_state

    def fit(self, x, y):
        """Tunes and trains on ``x``, numbers of shape (rows, features), and labels ``y``, (rows,).

        Raises ValueError for NaN or infinite numbers, fewer than two classes, fewer than two inner
        folds, or no trial or member.
        """
        if self.trials < 1 or self.inner_folds < 2 or self.members < 1:
            raise ValueError("expected at least 1 trial, 2 inner_folds and 1 of members")
        x, y = check_X_y(x, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, y = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"expected rows of at least 2 classes, found 1 class: {self.classes_}")
        self.n_features_in_ = x.shape[1]
        rng = np.random.default_rng(self.random_state)
        folds = min(self.inner_folds, int(np.bincount(y).min()))
        self.trials_ = self._search(x, y, folds, rng) if folds > 1 else []
        best = min(self.trials_, key=lambda trial: trial["log_loss"], default=DEFAULT)
        self.chosen_ = {name: best[name] for name in SEARCH_SPACE}
        self._ensemble = Network([self.chosen_] * self.members, x, y, rng)
        return self

    def predict_proba(self, x):
        """Probabilities, float64 of shape (rows, classes), of rows ``x`` (rows, features).

        Raises ValueError for NaN, infinite numbers or another number of features than in ``fit``.
        """
        check_is_fitted(self, "chosen_")
        x = check_array(x, dtype=np.float64)
        if x.shape[1] != self.n_features_in_:
            raise ValueError(f"expected {self.n_features_in_} features, found {x.shape[1]}")
        return self._ensemble.probabilities(x).mean(axis=0)

    def predict(self, x):
        """The most probable class of each row, shape (rows,)."""
        return self.classes_[self.predict_proba(x).argmax(axis=1)]

    def _search(self, x, y, folds, rng):
        drawn = [DEFAULT, *(draw(rng) for _ in range(self.trials - 1))]
        splitter = StratifiedKFold(folds, shuffle=True, random_state=int(rng.integers(2**31)))
        losses = []
        for inside, outside in splitter.split(x, y):
            found = Network(drawn, x[inside], y[inside], rng).probabilities(x[outside])
            right = found[:, np.arange(len(outside)), y[outside]]
            losses.append(-np.log(np.maximum(right, 1e-15)).mean(axis=1))
        means = np.mean(losses, axis=0)
        return [{**each, "log_loss": float(means[i])} for i, each in enumerate(drawn)]


def draw(rng):
    """One configuration, a dict, drawn from the search space."""
    return {
        name: float(np.exp(rng.uniform(*np.log(values))))
        if isinstance(values, list)
        else values[rng.integers(len(values))]
        for name, values in SEARCH_SPACE.items()
    }


class Network:
    """Networks trained at once, one a configuration: arrays are (members, ...), of float32."""

    def __init__(self, configurations, x, y, rng):
        """Trains on rows ``x`` (rows, features) and class indices ``y``; draws all from ``rng``."""
        # Of shape (members, 1, 1), to meet arrays of (members, rows, units).
        self.settings = {
            name: np.array([each[name] for each in configurations], np.float32)[:, None, None]
            for name in SEARCH_SPACE
        }
        self.centre, deviation = x.mean(axis=0), x.std(axis=0)
        self.deviation = np.where(deviation > 0, deviation, 1.0)
        self.weights = initial(self.settings, x.shape[1], int(y.max()) + 1, rng)
        self._train(self._standardised(x).astype(np.float32), y, rng)

    def probabilities(self, x):
        """Each member's for rows (rows, features): float64 of shape (members, rows, classes)."""
        weights = {name: array.astype(np.float64) for name, array in self.weights.items()}
        z, clip = self._standardised(x), self.settings["clip"]
        blocks = (level(z[start : start + BLOCK], clip) for start in range(0, len(z), BLOCK))
        return np.concatenate([forward(weights, block)[-1] for block in blocks], axis=1)

    def _standardised(self, x):
        # Bounded, so that squares are finite; so far out every row has levelled off.
        return np.clip((x - self.centre) / self.deviation, -1e6, 1e6)

    def _train(self, z, y, rng):
        """Adam with decay in the loss; each member's learning rate falls to zero as a cosine."""
        settings, weights = self.settings, self.weights
        classes, smooth = weights["bias"].shape[2], settings["label_smoothing"]
        target = np.eye(classes, dtype=np.float32)[y] * (1 - smooth) + smooth / np.float32(classes)
        means = {name: np.zeros_like(array) for name, array in weights.items()}
        squares = {name: np.zeros_like(array) for name, array in weights.items()}
        batch = min(BATCH, len(y))
        units, left = (len(smooth), batch, weights["last"].shape[1]), np.arange(0)
        for update in range(UPDATES):
            if len(left) < batch:
                left = rng.permutation(len(y))
            rows, left = left[:batch], left[batch:]
            kept = rng.random(units, np.float32) >= settings["dropout"]
            scale = kept / (1 - settings["dropout"])
            schedule = (1 + np.cos(np.pi * update / UPDATES)) / 2
            unbiased = np.sqrt(1 - 0.99 ** (update + 1)) / (1 - 0.9 ** (update + 1))
            rate = settings["learning_rate"] * np.float32(schedule * unbiased)
            x = level(z[rows], settings["clip"])
            for name, slope in gradients(weights, x, target[:, rows], scale).items():
                if not name.endswith("bias"):
                    decay = "linear_decay" if name == "linear" else "hidden_decay"
                    slope += settings[decay] * weights[name]
                means[name] += np.float32(0.1) * (slope - means[name])
                squares[name] += np.float32(0.01) * (slope * slope - squares[name])
                weights[name] -= rate * means[name] / (np.sqrt(squares[name]) + np.float32(1e-7))


def level(z, clip):
    """Standardised rows (rows, features) as (members, rows, features), within ``clip`` of 0."""
    return z / np.sqrt(1 + np.square(z / clip))


def initial(settings, features, classes, rng):
    """A network's arrays by name, float32; what a member is to do without is zero."""
    members, width = len(settings["width"]), int(settings["width"].max())
    used = np.arange(width) < settings["width"]
    deep = settings["depth"] > 1
    normal = rng.standard_normal
    arrays = {
        "first": normal((members, features, width)) * used * np.sqrt(2 / features),
        "first_bias": np.zeros((members, 1, width)),
        "second": normal((members, width, width)) * used * deep * np.sqrt(2 / settings["width"]),
        "second_bias": np.zeros((members, 1, width)),
        "last": normal((members, width, classes)) / settings["width"],
        "linear": np.zeros((members, features, classes)),
        "bias": np.zeros((members, 1, classes)),
    }
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def forward(weights, x, scale=1.0):
    """The first layer's, second layer's and all hidden outputs, and the probabilities.

    ``x`` is (members, rows, features); ``scale``, dropout's factors, (members, rows, units).
    """
    first = np.maximum(x @ weights["first"] + weights["first_bias"], 0)
    second = np.maximum(first @ weights["second"] + weights["second_bias"], 0)
    hidden = (first + second) * scale
    logits = hidden @ weights["last"] + x @ weights["linear"] + weights["bias"]
    odds = np.exp(logits - logits.max(axis=2, keepdims=True))
    return first, second, hidden, odds / odds.sum(axis=2, keepdims=True)


def gradients(weights, x, target, scale):
    """Those of the rows' mean cross-entropy with ``target`` (members, rows, classes), by name."""
    first, second, hidden, found = forward(weights, x, scale)
    to_output = (found - target) / np.float32(x.shape[1])
    to_hidden = (to_output @ weights["last"].transpose(0, 2, 1)) * scale
    to_second = to_hidden * (second > 0)
    to_first = (to_hidden + to_second @ weights["second"].transpose(0, 2, 1)) * (first > 0)
    return {
        "first": x.transpose(0, 2, 1) @ to_first,
        "first_bias": to_first.sum(axis=1, keepdims=True),
        "second": first.transpose(0, 2, 1) @ to_second,
        "second_bias": to_second.sum(axis=1, keepdims=True),
        "last": hidden.transpose(0, 2, 1) @ to_output,
        "linear": x.transpose(0, 2, 1) @ to_output,
        "bias": to_output.sum(axis=1, keepdims=True),
    }


MODEL = Model(lambda task: TunedNetwork(), layout="flat")
