"""Inference paths, one small file each: ``prepare(model, framework)`` gives rows -> outputs.

The function takes a batch in the model's dtype and layout and returns a numpy array, so the
computation has ended when it returns. ``prepare`` raises Skip where the path does not apply.
"""
