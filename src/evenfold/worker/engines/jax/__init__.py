"""The compiled engine on JAX: programs of many training steps, of one fit or of several at once."""
