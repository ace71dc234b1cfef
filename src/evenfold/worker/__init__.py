"""The framework side: loads, builds and trains models, predicts, and reads the clock.

It knows nothing of results. It keeps to Python 3.8 and numpy 1.18, since it also runs beside old
frameworks, and imports a framework only inside functions.
"""
