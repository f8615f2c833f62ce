"""Networks, chains and kernels written by hand in NumPy, forward and backward, without a tape: what tinyreg could cost at best.

It shares no line with tinyreg. A layer derives its own backward; the networks are rows of layers; memory is taken once and
used again in every step, which a tape cannot do for its users. In float64 the same lines are the reference of the checks.

    layers.py          linear, activations, dropout, pooling, the loss
    batch_norm.py      batch norm as one affine map a channel
    convolution.py     convolution as one matrix product a block of images
    chains.py          W6
    kernels.py         W7
    memory.py          arrays that are used again, and blocks that stay in cache
"""
