"""Mini-batch training on census data, as a deep-learning framework does it, and what the framework does not say.

The task: from 123 yes-or-no facts about a person (the Adult data of the 1994 US census, in svmlight text as LIBSVM
publishes it), tell whether the income exceeds 50,000 dollars. The model is one linear unit with a sigmoid, trained by
stochastic gradient descent: each step looks at 64 people.

    python examples/1_adult_minibatch.py [FOLDER with a1a.train and a1a.test] [FOLDER for pictures]
"""

import sys
import warnings
from pathlib import Path

import logistica
from logistica import SGD, Normal

DATA = Path(__file__).parents[2] / "shared" / "data" / "adult"


def lesson(data: Path, pictures: Path) -> dict[str, logistica.Model]:
    train, test = data / "a1a.train", data / "a1a.test"

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
    limit = newton.mean_log_loss
    print("Someone who always says 'no' is right in 75 % of the cases. On 1,605 people not seen in training:\n")
    print(f"{'':<26}{'log loss':>10}{'above the limit':>18}{'accuracy':>10}")
    for name, model in fits.items():
        accuracy = model.evaluate(test).accuracy
        print(f"{name:<26}{model.mean_log_loss:>10.6f}{model.mean_log_loss / limit - 1:>17.2%}{accuracy:>11.4f}")

    print("\n1. The usual setting has not converged, though it runs as long: with a rate of 0.01 a weight moves by")
    print("   at most 0.01 a batch, and the weights of rare facts, which few batches contain, still stand near their")
    print("   random start. A rate that is large at first and then falls gets there in the same 30 epochs.")
    print("2. There is nothing to converge to, for some weights. logistica says so after any solver:\n")
    print("   " + newton.record.message.replace(". ", ".\n   "))
    print(
        f"\n3. The 124 numbers of the model are too many in another way: the rank is {newton.rank}, because groups of"
    )
    print("   columns (the age brackets, the professions ...) add up to one. Only their differences mean anything, and")
    print("   SGD divides them up according to its random start.")
    print("4. The ridge penalty C=1 cures both: one finite answer, which does not depend on any start.")

    axes = logistica.pictures.learning_curves({name: fits[name] for name in list(fits)[:2]}, optimum=limit)
    axes.figure.savefig(pictures / "1_learning_curves.png")
    return fits


if __name__ == "__main__":
    arguments = [Path(argument) for argument in sys.argv[1:]]
    lesson(*(arguments + [DATA, Path()][len(arguments) :]))
