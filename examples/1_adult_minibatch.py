"""Mini-batch training on census data, as a deep-learning framework does it, and what the framework does not say.

The task: from 123 yes-or-no facts about a person (the Adult data of the 1994 US census, in svmlight text as LIBSVM
publishes it), tell whether the income exceeds 50,000 dollars. The model is one linear unit with a sigmoid, trained by
stochastic gradient descent: each step looks at 64 people, and moves the weights a little against their gradient.

    python examples/1_adult_minibatch.py [a1a.t a1a] [FOLDER for pictures]

reads a1a.t, to learn from, and a1a, to test on, from examples/data unless they are named.
"""

import sys
import warnings
from pathlib import Path

import logistica
from logistica import SGD, Normal

DATA = Path(__file__).parent / "data"
MISSING = """There is no file {}.
This lesson takes a1a.t (30,956 people, 2.2 MB, to learn from) and a1a (1,605 others, to test on).
Download both from https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html
and put them into examples/data, or name both: python 1_adult_minibatch.py a1a.t a1a"""

REMARKS = """
1. SGD at the usual, constant rate has not converged. With a rate of 0.01 a batch moves a weight by
   0.01 at most, and the weights of rare facts, which few batches contain, still stand near their
   random start. A rate that is large at first and then falls gets there in the same 30 epochs.
2. Some weights have nothing to converge to. logistica says so after any solver:

   {separated}

3. The {count} numbers of the model are too many in another way: the rank is {rank}, because groups of
   columns (the age brackets, the professions ...) add up to one. Only differences within a group
   mean anything, and SGD divides the rest up according to its random start.
4. The ridge penalty C=1 cures both: one finite answer, which does not depend on any start. Its loss
   on these data is a little higher; that is its price."""


def lesson(train: Path, test: Path, pictures: Path) -> dict[str, logistica.Model]:
    # The framework's setting: weights from Normal(0, 1), a constant learning rate of 0.01, 30 passes over the data.
    usual = SGD(learning_rate=0.01, batch_size=64, epochs=30, start=Normal(1.0))
    # The same batches and epochs, but the rate starts at 1 and falls to 0 along a cosine.
    cosine = SGD(learning_rate=1.0, batch_size=64, epochs=30, start=Normal(1.0), schedule="cosine")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", logistica.LogisticaWarning)  # what they say is printed below
        fits = {
            "SGD, constant rate 0.01": logistica.fit(train, solver=usual),
            "SGD, cosine from 1.0": logistica.fit(train, solver=cosine),
            "Newton": logistica.fit(train),  # plain maximum likelihood, certified
            "Newton, ridge C=1": logistica.fit(train, C=1),
        }

    newton = fits["Newton"]
    limit = newton.mean_log_loss  # no weights have a lower one
    unseen = {name: model.evaluate(test) for name, model in fits.items()}
    some = unseen["Newton"]
    print(f"On {some.n_rows:,} people not seen in training, someone who always says 'no' is right for")
    print(f"{some.baseline_accuracy:.0%} of them. What learning adds:\n")
    print(f"{'':<26}{'log loss':>10}{'above the limit':>18}{'accuracy':>10}")
    for name, model in fits.items():
        loss = model.mean_log_loss
        print(f"{name:<26}{loss:>10.6f}{loss / limit - 1:>17.2%}{unseen[name].accuracy:>11.4f}")
    said = newton.record.message.replace(". ", ".\n   ")
    count = newton.coef_.size + newton.intercept_.size
    print(REMARKS.format(separated=said, count=count, rank=newton.rank))

    slow_and_quick = {name: model for name, model in fits.items() if name.startswith("SGD")}
    axes = logistica.pictures.learning_curves(slow_and_quick, optimum=limit)
    axes.figure.savefig(pictures / "1_learning_curves.png")
    return fits


def files_and_folder(arguments: list[str]) -> list[Path]:
    """Return where the data are, and where pictures go: as the command line says, or here."""
    named = [Path(argument) for argument in arguments]
    data = named[:2] if len(named) > 1 else [DATA / "a1a.t", DATA / "a1a"]
    for file in data:
        if not file.is_file():
            sys.exit(MISSING.format(file))
    return [*data, named[-1] if len(named) % 2 else Path()]


if __name__ == "__main__":
    lesson(*files_and_folder(sys.argv[1:]))
