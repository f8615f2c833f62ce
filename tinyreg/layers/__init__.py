"""The layers of networks: linear, conv, pooling, upsample, activation, loss, container, flatten. Regularizers have rooms of their own.

Users reach them through tinyreg.nn and tinyreg.nn.functional; each stands beside its functional form and its derivation.
"""
