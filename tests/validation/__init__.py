"""The steps of `validation`, and what they are made of."""
