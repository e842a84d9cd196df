"""Writes test/fixtures/onnx/*.onnx: small networks as PyTorch exports them, by its two exporters, with random weights.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch onnx onnxscript
    /tmp/venv/bin/python tools/onnx_exports.py

Made with PyTorch 2.15; weights from fixed seeds. test/onnx/exports.test.ts compares each with onnxruntime.
"""
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

OUT = Path(__file__).resolve().parent.parent / "test" / "fixtures" / "onnx"


class Perceptron(nn.Sequential):
    """Gelu in both forms, and a residual connection around a normalised layer."""

    sample = (6,)

    def __init__(self) -> None:
        super().__init__(
            nn.Linear(6, 12), nn.GELU(), nn.Dropout(0.2), nn.Linear(12, 12), nn.GELU(approximate="tanh"),
            nn.BatchNorm1d(12), nn.Linear(12, 3),
        )


class LeNet(nn.Module):
    """The shape of the input is read to flatten it."""

    sample = (1, 16, 16)

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 4, 5), nn.Conv2d(4, 6, 3)
        self.hidden, self.last = nn.Linear(24, 16), nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = nn.functional.avg_pool2d(torch.tanh(self.first(x)), 2)
        x = nn.functional.avg_pool2d(torch.tanh(self.second(x)), 2)
        x = x.view(x.shape[0], x.shape[1] * x.shape[2] * x.shape[3])
        return self.last(torch.sigmoid(self.hidden(x)))


class Residual(nn.Module):
    """Two residual blocks, the second with a shortcut of its own."""

    sample = (3, 8, 8)

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU())
        self.first = nn.Sequential(
            nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1)
        )
        self.second = nn.Sequential(nn.Conv2d(4, 8, 3, stride=2, padding=1), nn.SiLU(), nn.Conv2d(8, 8, 3, padding=1))
        self.shortcut = nn.Conv2d(4, 8, 1, stride=2)
        self.last = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = torch.relu(x + self.first(x))
        x = torch.relu(self.shortcut(x) + self.second(x))
        return self.last(x.mean((2, 3)))


class Mobile(nn.Module):
    """Depthwise convolutions, hard activations, and channels weighted by what a small network says of them."""

    sample = (3, 12, 12)

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.Hardswish())
        self.depthwise = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.BatchNorm2d(8), nn.ReLU6())
        self.squeeze = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 2, 1), nn.LeakyReLU(), nn.Conv2d(2, 8, 1), nn.Hardsigmoid()
        )
        self.pointwise = nn.Sequential(nn.Conv2d(8, 8, 1), nn.BatchNorm2d(8))
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 4))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        y = self.depthwise(x)
        y = self.pointwise(y * self.squeeze(y))
        return self.head(torch.cat((x, y), 1))


def trained(network: nn.Module) -> nn.Module:
    """Statistics as after training: not zeros and ones."""
    for module in network.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
    return network.eval()


def export(network: nn.Module, name: str, script: bool) -> None:
    path = OUT / f"{name}.onnx"
    names = {"input_names": ["x"], "output_names": ["y"]}
    if script:  # The exporter of PyTorch until 2.8; opset 17 has no Gelu, so that is written out.
        sample = torch.zeros(1, *network.sample)
        axes = {"x": {0: "batch"}}
        torch.onnx.export(network, (sample,), path, dynamo=False, dynamic_axes=axes, opset_version=17, **names)
    else:
        sample = torch.zeros(2, *network.sample)
        shapes = ({0: torch.export.Dim("batch")},)
        torch.onnx.export(
            network, (sample,), path, dynamo=True, dynamic_shapes=shapes, external_data=False, verbose=False, **names
        )
    # Stack traces and paths of this machine are no part of the network.
    model = onnx.load(path)
    model.graph.ClearField("doc_string")
    model.graph.ClearField("value_info")
    model.graph.ClearField("metadata_props")
    model.ClearField("metadata_props")
    for node in model.graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    onnx.save(model, path)


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    networks = {"perceptron": Perceptron, "lenet": LeNet, "residual": Residual, "mobile": Mobile}
    for seed, (name, network) in enumerate(networks.items()):
        torch.manual_seed(seed)
        made = trained(network())
        export(made, f"{name}-torchscript", script=True)
        export(made, f"{name}-dynamo", script=False)


if __name__ == "__main__":
    main()
