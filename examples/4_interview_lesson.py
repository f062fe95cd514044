"""What an interviewer asks about logistic regression: training, stopping, several classes, imbalance, evaluation.

python examples/4_interview_lesson.py [FOLDER for pictures]
"""

import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

import logistica
from logistica import SGD, Adam, GradientDescent, Stop


def people(n: int = 100, p: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, p))
    eta = X @ [1.5, -1.0, 0.5, 0.0, 0.0] - 1.0
    return X, (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)


def training(X: np.ndarray, y: np.ndarray) -> dict[str, logistica.Model]:
    """Mini-batches of 16 and ten epochs; then the same data under every rule of stopping."""
    lesson = logistica.fit(X, target=y, solver=SGD(learning_rate=0.1, batch_size=16, epochs=10))
    print("Loss at the start, and after each of ten epochs:", *(f"{row.loss:.4f}" for row in lesson.record.history))
    descent = GradientDescent(epochs=100_000)
    rules = {
        "a number of epochs": (GradientDescent(epochs=50), Stop()),
        "the loss falls no further": (descent, Stop(loss_change=1e-6)),
        "the gradient is small": (descent, Stop(gradient_norm=1e-6)),
        "time is up": (descent, Stop(seconds=0.2)),
        "rows held out get no better": (Adam(), Stop(patience=5, validation_share=0.2)),
    }
    fits = {"ten epochs": lesson}
    for name, (solver, stop) in rules.items():
        fits[name] = logistica.fit(X, target=y, solver=solver, stop=stop)
        record = fits[name].record
        print(f"Stop when {name}: after {record.iterations} epochs. {record.message}")
    return fits


def penalties_and_balance(X: np.ndarray, y: np.ndarray) -> None:
    """L1 sets coefficients to zero, L2 shrinks them; balancing the classes changes above all the intercept."""
    lasso = logistica.fit(X, target=y, C=0.1, l1_ratio=1.0, solver="gradient-descent")
    ridge = logistica.fit(X, target=y, C=0.1)
    print("\nL1:", lasso.coef_[0].round(3), "  L2:", ridge.coef_[0].round(3))
    for name, options in {
        "class weights": {"class_weight": "balanced"},
        "over-sampling": {"resample": "over"},
        "under-sampling": {"resample": "under"},
        "weights, prevalence restored": {"class_weight": "balanced", "restore_prevalence": True},
    }.items():
        model = logistica.fit(X, target=y, **options)
        recall = model.evaluate(X, target=y).per_class[1].recall
        share = model.predict_proba(X)[:, 1].mean()
        print(f"{name}: mean probability {share:.3f} ({y.mean():.2f} observed), recall {recall:.2f}")


def flowers(pictures: Path) -> dict[str, logistica.Model]:
    """Softmax on three kinds of iris; setosa against the rest, which no finite coefficients describe."""
    iris = load_iris()
    names = [name.removesuffix(" (cm)") for name in iris.feature_names]
    kinds = iris.target_names[iris.target]
    softmax = logistica.fit(iris.data, target=kinds, solver="gradient-descent", C=1, columns=names)
    print("\nSoftmax: each flower gets the class of highest probability.")
    print(softmax.evaluate(iris.data, target=kinds))

    setosa = np.where(kinds == "setosa", "setosa", "other")
    X, X_test, y, y_test = train_test_split(iris.data, setosa, test_size=0.2, random_state=42, stratify=setosa)
    plain = logistica.fit(X, target=y, columns=names)
    penalised = logistica.fit(X, target=y, C=1, columns=names)
    print("\nSetosa against the rest, by plain maximum likelihood:", plain.record.message)
    print("\nWith C=1, on the 20 % held out:")
    print(penalised.evaluate(X_test, target=y_test))
    print("A centimetre more of petal changes the log-odds of setosa by", penalised.coef_[0, 2].round(3))
    axes = logistica.pictures.decision_boundary(softmax, iris.data, names[2:], target=kinds)
    axes.figure.savefig(pictures / "4_iris.png")
    return {"softmax": softmax, "setosa": plain, "setosa, C=1": penalised}


def lesson(pictures: Path) -> dict[str, logistica.Model]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", logistica.LogisticaWarning)  # the messages are printed
        X, y = people()
        fits = training(X, y)
        penalties_and_balance(X, y)
        logistica.pictures.learning_curves(fits["ten epochs"]).figure.savefig(pictures / "4_learning_curve.png")
        return fits | flowers(pictures)


if __name__ == "__main__":
    lesson(Path(sys.argv[1]) if len(sys.argv) > 1 else Path())
