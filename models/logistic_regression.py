"""Logistic regression: the linear reference."""

from evenfold import Model


def build(task):
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=1000)


MODEL = Model(build, layout="flat")
