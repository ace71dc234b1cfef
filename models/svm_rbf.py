"""A support vector machine with Gaussian kernel, its margins calibrated (Platt)."""

from evenfold import Model


def build(task):
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.svm import SVC

    return CalibratedClassifierCV(SVC(), ensemble=False)


MODEL = Model(build, layout="flat")
