"""Where the lessons are, and how to read their notebooks. Shared by the tests."""

import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
TOPICS = ["perceptron", "tensors", "activations", "backprop", "optimizers", "losses", "architectures", "regularization",
          "cnn", "rnn", "lstm_gru", "transfer", "generative", "transformers", "deployment"]
NAMES = [f"day{number:02d}_{topic}" for number, topic in enumerate(TOPICS, start=1)]
# The three exercises of each day, by name: known also where a learner's notebook has lost their cells.
EXERCISES = {
    "day01_perceptron": ("neuron_answers", "pocket", "xor_weights"),
    "day02_tensors": ("sequence_backward", "unbroadcast", "largest_singular_value"),
    "day03_activations": ("softmax_along", "log_softmax", "selu_network"),
    "day04_backprop": ("neuron_backward", "tied_backward", "log_sum_exp"),
    "day05_optimizers": ("sgd", "adam", "with_decay"),
    "day06_losses": ("expected_losses", "mean_cross_entropy", "smoothing"),
    "day07_architectures": ("count_parameters", "standardize", "memorize"),
    "day08_regularization": ("dropout_layer", "batchnorm_call", "fold_before"),
    "day09_cnn": ("conv_layer", "conv1d_backward", "receptive_field"),
    "day10_rnn": ("bits_and_perplexity", "clip_by_global_norm", "StatefulRNN"),
    "day11_lstm_gru": ("count_parameters", "run_masked", "gru_step"),
    "day12_transfer": ("linear_probe", "freeze_statistics", "two_rate_step"),
    "day13_generative": ("gan_losses", "kl_to_prior", "coverage"),
    "day14_transformers": ("mean_pool", "attention", "looks_ahead"),
    "day15_deployment": ("add_health", "read_texts", "ask_patiently"),
}
DAYS = sorted(folder for folder in ROOT.glob("day[0-9][0-9]_*") if folder.is_dir())


def day_number(folder: Path) -> int:
    return int(re.match(r"day(\d\d)_", folder.name)[1])


def notebook_path(folder: Path) -> Path:
    """The one notebook of a day's folder, whether it exists or not: day05_optimizers/optimizers.ipynb."""
    return folder / f"{folder.name.partition('_')[2]}.ipynb"


def read_notebook(folder: Path):
    return nbformat.read(notebook_path(folder), as_version=4)


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def sources(notebook, tag: str) -> list[str]:
    """Sources of the code cells with a tag, in order."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "code" and tag in tags(cell)]


def printed(cell) -> str:
    """What a code cell printed to stdout when it was saved."""
    return "".join(output.text for output in cell.outputs if output.output_type == "stream" and output.name == "stdout")
