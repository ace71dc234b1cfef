"""Engines that train a network for a score study: stock Keras, or one compiled training."""
