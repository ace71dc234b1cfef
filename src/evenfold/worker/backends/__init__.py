"""One file a framework: everything that differs between TensorFlow, JAX and PyTorch.

Each has the same functions: ``configure``, ``devices``, ``scope``, ``seed``, ``synchronize``,
``to_numpy``, ``compiled``, ``compiled_by_xla``, ``serving``, ``peak_gpu_bytes``, ``looked_for``.
"""
