"""
The information plane of a noisy network
========================================

A network with noise after every layer is trained on scikit-learn's digits, and a recorder stores its layers on images
that are not used for training. Because the noise is known, the mutual information of a layer with the input lies
between two bounds. Four principal components of the first layer lose half of it.
"""

# %%
# The network
# -----------
# Noise is part of the network, in training and afterwards.
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from skorch import NeuralNetClassifier
from torch import nn

from skmi.information_plane import (
    GaussianNoise,
    InformationPlaneDisplay,
    InformationPlaneRecorder,
    information_plane,
)


def layer(n_in, n_out):
    return nn.Sequential(nn.Linear(n_in, n_out), nn.Tanh(), GaussianNoise(0.5))


X, y = load_digits(return_X_y=True)
X_train, X_eval, y_train, y_eval = train_test_split(
    (X / 16).astype(np.float32), y, test_size=0.4, random_state=0
)

# %%
# Training
# --------
# The recorder does not change the training.
torch.manual_seed(0)
recorder = InformationPlaneRecorder(
    X_eval, y_eval, every=[1, 3, 5, 8, 12, 18, 27, 40, 60]
)
net = NeuralNetClassifier(
    nn.Sequential(layer(64, 32), layer(32, 16), layer(16, 8), nn.Linear(8, 10)),
    criterion=nn.CrossEntropyLoss,
    optimizer=torch.optim.Adam,
    lr=2e-3,
    max_epochs=60,
    train_split=None,
    callbacks=[recorder],
    verbose=0,
)
net.fit(X_train, y_train)

# %%
# The plane
# ---------
# Points are estimates from four principal components, with error bars. Thin lines span the bounds that follow from the
# noise, and a cross marks an estimate outside them. Grey bands show the estimates on shuffled rows.
plane = information_plane(recorder.recording_)
_ = InformationPlaneDisplay.from_plane(plane)

# %%
print(plane.findings())
