"""Gradient-boosted trees on binned features, with scikit-learn's defaults."""

from evenfold import Model


def build(task):
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier()


MODEL = Model(build, layout="flat")
