"""Day 11, sections 9 to 11: the LSTM on reviews with seeds 0 to 2, and its rivals at equal input.

    python tests/experiments/day11_reviews.py        about 2.5 minutes on two cores

Prints, for new films: naive Bayes and trained pairs that count and read the last 160 words alone;
then for each seed the LSTM's accuracy, also by fifths of length, what reading zeros without the
mask costs, and how many words give half of all shares, in the trained network and before training.
"""

import contextlib
import io
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from lessons import ROOT, cell_defining

FOLDER = ROOT / "day11_lstm_gru"
names: dict = {"__name__": "lesson"}


def run(*wanted, **changed):
    """Run the lesson's cells that define these names, what they print left out, with texts
    replaced: {old: new}."""
    with contextlib.redirect_stdout(io.StringIO()):
        for name in wanted:
            source = cell_defining(FOLDER, name).source
            for old, new in changed.get("texts", {}).items():
                source = source.replace(old, new)
            exec(source.replace("plt.show()", "plt.close()"), names)


def percent(values):
    return "  ".join(f"{value:.1%}" for value in values)


def main():
    run("np", "sigmoid", "lstm", "labels", "VOCABULARY", "naive_bayes", "pairs_trained")
    np, part, coded = names["np"], names["part"], names["coded"]
    y = names["y"]["new films"]
    length = np.array([len(coded[row]) for row in part["new films"]])
    group = np.searchsorted(np.quantile(length, np.linspace(0, 1, 6)[1:-1]), length)

    def by_length(right):
        return percent(right[group == i].mean() for i in range(5))

    bayes, trained = dict(names["bayes"]), dict(names["pairs_trained"])
    ends = np.array([names["naive_bayes"](coded[row][-160:]) for row in part["new films"]]) > 0
    print(
        f"naive Bayes, counts from whole reviews: all words {bayes['new films']:.1%}, last 160 "
        f"words {(ends == y).mean():.1%}; by fifths {by_length(ends == y)}"
    )
    whole, names["coded"] = coded, [ids[-160:] for ids in coded]
    run(
        "naive_bayes",
        "pairs_trained",
        texts={
            "assert 0.02 < bayes": "assert True or bayes",
            "assert pairs_trained": "assert True or pairs_trained",
        },
    )
    cut = np.array([names["naive_bayes"](names["coded"][row]) for row in part["new films"]]) > 0
    print(
        f"naive Bayes, counts from the last 160 words too: {(cut == y).mean():.1%}; by fifths "
        f"{by_length(cut == y)}"
    )
    print(
        (
            f"trained pairs: all words {trained['new films']:.1%}, counted and trained on the last "
            f"160 words {names['pairs_trained']['new films']:.1%};"
        ),
        f"by fifths {by_length((names['counting']['new films'] > 0) == y)}",
        flush=True,
    )
    names["coded"] = whole

    def words_for_half():
        """For every tenth review of the new films: words, words with a share, words that give half
        of all shares."""
        run("word_shares", texts={"assert agree and add_up and len(some) == 50": ""})
        out = []
        for row in part["new films"][::10]:
            shares = np.sort(abs(names["word_shares"](row)[0]))[::-1]
            out.append(
                (
                    len(shares),
                    (shares > 0).sum(),
                    shares.cumsum().searchsorted(shares.sum() / 2) + 1,
                )
            )
        return np.median(out, axis=0)

    for seed in range(3):
        run("MaskedMax", texts={"set_random_seed(0)": f"set_random_seed({seed})"})
        run("train_step")
        before = words_for_half() if seed == 0 else "not asked again"
        run("accuracy", texts={"default_rng(100)": f"default_rng({100 + seed})"})
        right = names["right"]
        print(
            f"seed {seed}: LSTM on new films {right['new films'].mean():.1%}, known films "
            f"{right['known films'].mean():.1%}; by fifths {by_length(right['new films'])}"
        )
        run("unmasked", "with_zeros")
        print(
            "  with and without the mask:",
            ";  ".join(
                f"{extra} zeros more {percent(pair)}, lost {100 * (pair[0] - pair[1]):.1f} points"
                for extra, pair in names["with_zeros"].items()
            ),
        )
        print(
            "  median of 250 reviews, words, words with a share, words that give half: trained",
            words_for_half(),
            " before training",
            before,
            flush=True,
        )


if __name__ == "__main__":
    main()
