"""The experiment behind the command ``information-plane``: network, data and the control with shuffled labels."""

import numpy as np
import pytest
import torch

from skmi.cli._experiment import dense_network, load_images, recorded_epochs, run_experiment


def run(**options):
    images, labels = load_images("digits")

    def network():
        return dense_network(images.shape[1:], (16, 8), 10, "tanh", 0.5)

    return run_experiment(network, images, labels, ["dense1", "dense2"], epochs=[1, 40], max_epochs=40, **options)


def test_layers_learn_the_labels_and_repeat():
    state = torch.get_rng_state()
    first, second = run(), run()
    assert torch.equal(torch.get_rng_state(), state)
    assert first.plane.points == second.plane.points
    start, end = first.plane.of("dense2")[0], first.plane.of("dense2")[-1]
    assert end.mi_ly > start.mi_ly + 0.5
    assert first.accuracy > 0.6
    # Four codes have no more information than the layer, whose bounds are known.
    assert all(p.mi_xl < p.upper + 3 * p.upper_se for p in first.plane.points)
    assert abs(np.mean([p.null_ly for p in first.plane.points])) < 0.1


def test_shuffled_labels_share_nothing_with_layers_on_new_rows():
    result = run(shuffle_labels=True)
    # On 718 rows and ten classes KSG errs by about 0.03.
    assert all(abs(p.mi_ly) < 0.1 for p in result.plane.points)
    assert result.accuracy < 0.2


def test_epochs_are_dense_in_the_beginning_and_end_with_the_last():
    epochs = recorded_epochs(100, 8)
    assert (epochs[0], epochs[-1]) == (1, 100)
    assert np.all(np.diff(epochs, 2) >= 0)


def test_fashion_is_loaded_from_a_folder(tmp_path, monkeypatch):
    np.savez(tmp_path / "fashion-mnist.npz", images=np.full((4, 28, 28), 255, np.uint8), labels=np.arange(4))
    monkeypatch.setenv("SKMI_DATA", str(tmp_path))
    images, labels = load_images("fashion-mnist")
    assert images.shape == (4, 1, 28, 28)
    assert images.max() == 1.0
    np.testing.assert_array_equal(labels, range(4))


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_networks_have_their_layers_by_name(activation):
    net = dense_network((1, 8, 8), (6, 4), 3, activation, 0.1, relative=True)
    assert {"dense1", "dense2", "output"} <= {name for name, _ in net.named_modules()}
    assert net(torch.zeros(2, 1, 8, 8)).shape == (2, 3)
