"""What an interviewer asks about logistic regression: training, stopping, imbalance, classes, evaluation, assumptions.

python examples/4_interview_lesson.py [FOLDER for pictures]
"""

import sys
import textwrap
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import load_iris

import logistica
from logistica import SGD, Adam, GradientDescent, Stop


def say(*texts: str) -> None:
    for text in texts:
        print(textwrap.fill(text, 100, subsequent_indent="  "))


def training(X: np.ndarray, y: np.ndarray) -> dict[str, logistica.Model]:
    fits = {"ten epochs": logistica.fit(X, target=y, solver=SGD(learning_rate=0.1, batch_size=16, epochs=10))}
    say("How is it trained? In mini-batches of 16. The loss at the start, and after each of ten epochs:")
    print(*(f"{row.loss:.4f}" for row in fits["ten epochs"].record.history))
    say("", "When does it stop? By the rule that you choose; the record says how far the optimum can be.")
    for name, solver, stop in (
        ("a number of epochs", GradientDescent(epochs=50), Stop()),
        ("the loss falls no further", GradientDescent(epochs=100_000), Stop(loss_change=1e-6)),
        ("the gradient is small", GradientDescent(epochs=100_000), Stop(gradient_norm=1e-6)),
        ("time is up", GradientDescent(epochs=100_000), Stop(seconds=0.2)),
        ("rows held out get no better", Adam(), Stop(patience=5, validation_share=0.2)),
    ):
        fits[name] = logistica.fit(X, target=y, solver=solver, stop=stop)
        say(f"- {name}: after {fits[name].record.iterations:,} epochs. {fits[name].record.message}")
    return fits


def remedies(X: np.ndarray, y: np.ndarray) -> None:
    say("", "What does a penalty do? L1 sets coefficients to zero, L2 shrinks them all. With C=0.1:")
    for name, options in {"L1": {"l1_ratio": 1, "solver": "gradient-descent"}, "L2": {}}.items():
        print(f"  {name}", *(f"{value:6.3f}" for value in logistica.fit(X, target=y, C=0.1, **options).coef_[0] + 0.0))
    say("", f"And with {y.mean():.0%} ones? Balancing finds more of them, but its probabilities are too high:")
    ways = {"nothing": {}, "over-sampling": {"resample": "over"}, "under-sampling": {"resample": "under"}}
    ways["class weights"] = {"class_weight": "balanced"}
    ways["class weights, prevalence restored"] = {"class_weight": "balanced", "restore_prevalence": True}
    for name, options in ways.items():
        model = logistica.fit(X, target=y, **options)
        recall, mean = model.evaluate(X, target=y).per_class[1].recall, model.predict_proba(X)[:, 1].mean()
        print(f"  {name:<34} recall {recall:.2f}, mean probability {mean:.3f}")


def flowers(pictures: Path) -> dict[str, logistica.Model]:
    iris = load_iris()
    names, kinds = [name.removesuffix(" (cm)") for name in iris.feature_names], iris.target_names[iris.target]
    softmax = logistica.fit(iris.data, target=kinds, solver="gradient-descent", C=1, columns=names)
    say("", "More than two classes? Softmax: each flower gets the class of highest probability.", "")
    print(softmax.evaluate(iris.data, target=kinds))
    y, test = np.where(kinds == "setosa", "setosa", "other"), np.arange(len(kinds)) % 5 == 0
    plain, ridge = (logistica.fit(iris.data[~test], target=y[~test], C=C, columns=names) for C in (np.inf, 1))
    say("", "Can it fail? Setosa against the rest, without a penalty:", "- " + plain.record.message)
    say("", "How good is it? With C=1, on every fifth flower, which was held out:", "")
    print(ridge.evaluate(iris.data[test], target=y[test]))
    say("", f"What is a coefficient? One more centimetre of petal adds {ridge.coef_[0, 2]:.3f} to setosa's log-odds.")
    axes = logistica.pictures.decision_boundary(softmax, iris.data, names[2:], target=kinds)
    axes.figure.savefig(pictures / "4_iris.png")
    return {"softmax": softmax, "setosa": plain, "setosa, C=1": ridge}


def assumptions(X: np.ndarray, y: np.ndarray) -> None:
    model, squares = logistica.fit(X, target=y), logistica.fit(np.hstack([X, X**2]), target=y)
    twice = logistica.fit(np.vstack([X, X]), target=np.tile(y, 2))
    gain = 2 * (squares.log_likelihood_kernel - model.log_likelihood_kernel)
    inflation = np.linalg.inv(np.corrcoef(X.T)).diagonal().max()
    once, again = (fit.summary().coefficients.std_error[1] for fit in (model, twice))
    say("", "What does it assume, and how do you check?")
    say(f"- Linear log-odds: squares of all five columns gain {gain:.2f}, and 11.07 would be rare without a curve.")
    say(f"- No multicollinearity: variance inflation is at most {inflation:.2f}; 1 is the least, above 10 is much.")
    say(
        f"- Independent rows: no figure shows it. Each row twice turns a standard error of {once:.2f} into {again:.2f}."
    )


def lesson(pictures: Path) -> dict[str, logistica.Model]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 5))
    y = (rng.random(100) < 1 / (1 + np.exp(1 - X @ [1.5, -1.0, 0.5, 0.0, 0.0]))).astype(int)
    fits = training(X, y)
    remedies(X, y)
    fits |= flowers(pictures)
    assumptions(X, y)
    logistica.pictures.learning_curves(fits["ten epochs"]).figure.savefig(pictures / "4_learning_curve.png")
    return fits


if __name__ == "__main__":
    warnings.simplefilter("ignore", logistica.LogisticaWarning)  # what they say is printed
    lesson(Path(sys.argv[1]) if len(sys.argv) > 1 else Path())
