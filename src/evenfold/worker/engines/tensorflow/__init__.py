"""The compiled engine on TensorFlow: the training of all epochs as one ``tf.function``."""
