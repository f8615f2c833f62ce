"""How fast tinyreg is beside PyTorch, plain NumPy and other small frameworks: `python -m benchmarks` in the checkout."""
